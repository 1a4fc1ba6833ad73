"""The signer signs the log that it knows, grown, and no other."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from services.adapters.ed25519 import FileKey, checks
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.evidence_in_memory import EvidenceInMemory
from services.adapters.memory_recorder import MemoryRecorder
from services.checkpoints import COSIGNATURE, Checkpoint, NoCheckpoint, PublicKey, cosigned_at, is_signed
from services.signing import Remembered, Signer, SignerRefuses
from tests.services.adapters.stories import reserved, write

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = FileKey("example.org/log", bytes(range(32)))
WITNESS = FileKey("example.org/witness", bytes(range(1, 33)), COSIGNATURE)


@dataclass
class Notebook:
    """A memory that lasts as long as the test."""

    held: Remembered | None = None

    def read(self) -> Remembered | None:
        """See `Memory`."""
        return self.held

    def write(self, remembered: Remembered) -> None:
        """See `Memory`."""
        self.held = remembered


async def a_log(*reps: str) -> EventsourcingLog:
    log = EventsourcingLog(MemoryRecorder(), "main")
    for rep in reps:
        await write(log, reserved(rep))
    return log


def _signer(log: EventsourcingLog, store: EvidenceInMemory, memory: Notebook, key: FileKey = KEY) -> Signer:
    return Signer(log, store, key, memory, checks, lambda: NOON, key.public.name)


async def test_what_is_signed_is_the_name_the_size_and_the_root_of_the_log() -> None:
    log, store = await a_log("anna", "bruno", "anna"), EvidenceInMemory()
    signed = await _signer(log, store, Notebook()).sign()
    assert signed is not None
    assert signed == await store.checkpoint()
    assert Checkpoint.read(signed.note) == Checkpoint("example.org/log", 3, (await log.head()).root)
    assert is_signed(signed.note, KEY.public, checks)
    assert not is_signed(signed.note.replace("\n3\n", "\n4\n"), KEY.public, checks)
    assert not is_signed(signed.note, FileKey("example.org/log", bytes(32)).public, checks)


async def test_a_log_that_stands_still_is_signed_once() -> None:
    log, store, memory = await a_log("anna"), EvidenceInMemory(), Notebook()
    assert await _signer(log, store, memory).sign() is not None
    assert await _signer(log, store, memory).sign() is None
    await write(log, reserved("anna"))
    grown = await _signer(log, store, memory).sign()
    assert grown is not None
    assert grown.size == 2


async def test_a_log_that_was_set_back_is_refused_and_the_refusal_stays_visible() -> None:
    store, memory = EvidenceInMemory(), Notebook()
    await _signer(await a_log("anna", "bruno"), store, memory).sign()
    with pytest.raises(SignerRefuses, match="set back"):
        await _signer(await a_log("anna"), store, memory).sign()
    state = await store.signer()
    assert state is not None
    assert "set back" in (state.refusal or "")


async def test_a_log_that_was_set_back_and_grew_otherwise_is_refused() -> None:
    store, memory = EvidenceInMemory(), Notebook()
    await _signer(await a_log("anna", "bruno"), store, memory).sign()
    with pytest.raises(SignerRefuses, match="not the one of 2 that was signed"):
        await _signer(await a_log("anna", "carla", "bruno"), store, memory).sign()


async def test_a_signer_without_its_memory_goes_on_from_its_own_checkpoint_only() -> None:
    log, store = await a_log("anna", "bruno"), EvidenceInMemory()
    await _signer(log, store, Notebook()).sign()
    await write(log, reserved("carla"))
    grown = await _signer(log, store, Notebook()).sign()
    assert grown is not None
    assert grown.size == 3
    with pytest.raises(SignerRefuses, match="another key"):
        await _signer(log, store, Notebook(), FileKey("example.org/log", bytes(32))).sign()
    with pytest.raises(SignerRefuses, match="not the one that was signed at 3"):
        await _signer(await a_log("anna", "otto", "carla"), store, Notebook()).sign()


async def test_bytes_that_are_not_those_of_their_leaf_are_not_signed() -> None:
    class Tampered(MemoryRecorder):
        def page(self, after: int, limit: int):  # noqa: ANN202 - as there
            return [row._replace(state=row.state.replace(b"anna", b"otto")) for row in super().page(after, limit)]

    log = EventsourcingLog(Tampered(), "main")
    await write(log, reserved("anna"))
    with pytest.raises(SignerRefuses, match="not what was recorded"):
        await _signer(log, EvidenceInMemory(), Notebook()).sign()


def test_a_witness_says_when_it_saw_a_checkpoint() -> None:
    checkpoint = Checkpoint("example.org/log", 7, bytes(32))
    note = checkpoint.signed(KEY) + checkpoint.cosignature(WITNESS, NOON)
    assert cosigned_at(note, WITNESS.public, checks) == int(NOON.timestamp())
    assert is_signed(note, KEY.public, checks)
    assert cosigned_at(note, KEY.public, checks) is None
    assert cosigned_at(checkpoint.signed(KEY), WITNESS.public, checks) is None


def test_a_public_key_is_read_as_it_is_written() -> None:
    assert PublicKey.read(KEY.public.text) == KEY.public
    with pytest.raises(NoCheckpoint, match="id"):
        PublicKey.read(KEY.public.text.replace(KEY.public.id.hex(), "00000000"))
    with pytest.raises(NoCheckpoint, match="name"):
        PublicKey.read("nothing")


@pytest.mark.parametrize("note", ["", "a\nb\nc\n\n", "a\n01\n" + "A" * 43 + "=\n\n", "a\n1\nQQ==\n\n"])
def test_what_is_no_checkpoint_is_not_read(note: str) -> None:
    with pytest.raises(NoCheckpoint):
        Checkpoint.read(note)
