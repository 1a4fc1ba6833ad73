"""A witness signs that a log only grew, and nothing else."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from services.adapters.anchors import FolderCopies
from services.adapters.ed25519 import FileKey, WitnessFolder, checks
from services.adapters.evidence_in_memory import EvidenceInMemory
from services.anchoring import AnchorAhead, AnchorAway, Anchoring, AnchorRefuses, Grown
from services.checkpoints import COSIGNATURE, Checkpoint, cosigned_at, is_signed
from services.proofs import consistency, root_at
from services.signing import Signed, Signer, SignerRefuses
from services.tiles import Tiles
from services.trust_policy import NoPolicy, TrustPolicy
from services.witness import (
    NotAsked,
    NotGrown,
    NotSignedByTheLog,
    SeenOtherwise,
    UnknownLog,
    Witness,
    asking,
)
from tests.services.adapters.stories import reserved, write
from tests.services.test_oracles import Levels
from tests.services.test_signing import KEY, NOON, Notebook, a_log

LEAVES = [sha256(bytes([n])).digest() for n in range(40)]
OTHERS = [*LEAVES[:10], *(sha256(b"other" + bytes([n])).digest() for n in range(30))]
NAMED = FileKey("example.org/w1", bytes(range(1, 33)), COSIGNATURE)


def a_witness(folder: Path) -> Witness:
    return Witness(NAMED, [KEY.public], WitnessFolder(folder), checks, lambda: NOON)


async def note(size: int, leaves: list[bytes] = LEAVES, key: FileKey = KEY) -> str:
    """The checkpoint of a log of so many of these leaves."""
    return Checkpoint(key.public.name, size, await root_at(Levels(leaves), size)).signed(key)


async def asked(old: int, new: int, leaves: list[bytes] = LEAVES) -> str:
    """What a log asks that grew from one size to another."""
    return asking(old, await consistency(Levels(leaves), old, new), await note(new, leaves))


async def test_a_log_that_grew_is_signed_for_with_the_hour(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    for old, new in ((0, 7), (7, 7), (7, 32), (32, 40)):
        line = await witness.add_checkpoint(await asked(old, new))
        whole = await note(new) + line
        assert is_signed(whole, NAMED.public, checks)
        assert cosigned_at(whole, NAMED.public, checks) == int(NOON.timestamp())
    assert witness.public_key == NAMED.public.text


async def test_it_remembers_over_a_restart_what_it_saw(tmp_path: Path) -> None:
    await a_witness(tmp_path).add_checkpoint(await asked(0, 30))
    with pytest.raises(SeenOtherwise) as seen:
        await a_witness(tmp_path).add_checkpoint(await asked(0, 20))
    assert seen.value.size == 30


async def test_a_fork_is_refused_and_kept_as_evidence(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    await witness.add_checkpoint(await asked(0, 20))
    with pytest.raises(NotGrown):
        await witness.add_checkpoint(await asked(20, 30, OTHERS))
    with pytest.raises(SeenOtherwise):
        await witness.add_checkpoint(asking(20, [], await note(20, OTHERS)))
    kept = [file.read_text() for file in (tmp_path / "refused").iterdir()]
    assert await asked(20, 30, OTHERS) in kept
    assert len(kept) == 2
    await witness.add_checkpoint(await asked(20, 30))


@pytest.mark.parametrize(
    "said", ["", "old 1\n", "old x\n\nlog\n1\nAA==\n", "old 01\n\n", "new 0\n\n", "old 0\nshort\n\n", "old -1\n\n"]
)
async def test_what_is_no_request_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(NotAsked):
        await a_witness(tmp_path).add_checkpoint(said)


async def test_only_logs_it_knows_are_signed_for_and_only_by_their_key(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    with pytest.raises(UnknownLog):
        await witness.add_checkpoint(asking(0, [], await note(3, key=FileKey("example.org/other", bytes(32)))))
    with pytest.raises(NotSignedByTheLog):
        await witness.add_checkpoint(asking(0, [], await note(3, key=FileKey(KEY.public.name, bytes(32)))))
    with pytest.raises(NotAsked):
        await witness.add_checkpoint(asking(4, [], await note(3)))


async def test_two_who_ask_at_once_do_not_set_it_back(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    await witness.add_checkpoint(await asked(0, 10))
    answers = await asyncio.gather(
        *[witness.add_checkpoint(await asked(10, new)) for new in (20, 15)], return_exceptions=True
    )
    assert [type(one) for one in answers] == [str, SeenOtherwise]


# -------------------------------------------------------------------------------------------------------------- policy

OTHER = FileKey("example.org/w2", bytes(range(2, 34)), COSIGNATURE)
POLICY = f"""
# whom we ask
log {KEY.public.text}
witness a {NAMED.public.text} http://127.0.0.1:8700
witness b {OTHER.public.text}
group both all a b
quorum both
"""


async def test_a_policy_says_how_many_of_whom_must_have_seen_a_checkpoint() -> None:
    policy = TrustPolicy.read(POLICY)
    checkpoint = Checkpoint.read(await note(5))
    first, second = (checkpoint.cosignature(key, NOON) for key in (NAMED, OTHER))
    assert not policy.is_fulfilled([])
    assert not policy.is_fulfilled([first, first])
    assert policy.is_fulfilled([first, second])
    assert replace(policy, quorum="a").is_fulfilled([first])
    assert policy.of_witnesses([second, checkpoint.cosignature(FileKey("x", bytes(32), COSIGNATURE), NOON)]) == [second]
    assert TrustPolicy.read(policy.text(KEY.public.text)) == replace(
        policy, witnesses=tuple(replace(one, url=None) for one in policy.witnesses)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum a",
        "quorum none\nquorum none",
        f"witness a {KEY.public.text}\nquorum a",
        f"witness a {NAMED.public.text}\nwitness a {OTHER.public.text}\nquorum a",
        f"witness a {NAMED.public.text}\ngroup g 2 a\nquorum g",
        f"witness a {NAMED.public.text}\ngroup g any a\ngroup h any a\nquorum h",
        f"witness a {NAMED.public.text}\ngroup g any b\nquorum g",
        "what none",
    ],
)
def test_what_is_no_policy_is_refused_and_not_guessed_at(text: str) -> None:
    with pytest.raises(NoPolicy):
        TrustPolicy.read(text)


# ------------------------------------------------------------------------------------------------------------- anchors


class Says:
    """An anchor that says one thing."""

    name = "somebody"

    def __init__(self, says: str | Exception | None) -> None:
        self.says = says
        self.asked = 0

    async def keep(self, signed: Signed, grown: Grown) -> str | None:
        """See `Anchor`."""
        del signed
        self.asked += 1
        assert await grown(0) == ()
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def test_an_anchor_that_has_it_is_not_asked_again_and_one_that_was_away_is() -> None:
    log, store = await a_log("anna", "bruno"), EvidenceInMemory()
    there, away = Says(None), Says(AnchorAway("no answer"))
    away.name = "away"
    anchoring = Anchoring([there, away], log, store, Tiles(log, store))
    signer = Signer(log, store, KEY, Notebook(), checks, lambda: NOON, KEY.public.name, anchoring)
    await signer.sign()
    await signer.sign()
    assert (there.asked, away.asked) == (1, 2)
    anchored = await store.anchored()
    assert anchored is not None
    assert anchored.size == 2


@pytest.mark.parametrize("says", [AnchorRefuses("it has seen another log"), AnchorAhead(3)], ids=type)
async def test_nothing_more_is_signed_while_an_anchor_does_not_believe_it(says: Exception) -> None:
    log, store, doubter = await a_log("anna", "bruno"), EvidenceInMemory(), Says(None)
    anchoring = Anchoring([doubter], log, store, Tiles(log, store))
    signer = Signer(log, store, KEY, Notebook(), checks, lambda: NOON, KEY.public.name, anchoring)
    await signer.sign()
    doubter.says = says
    another = Anchoring([doubter], log, store, Tiles(log, store))
    restarted = Signer(log, store, KEY, Notebook(), checks, lambda: NOON, KEY.public.name, another)
    for _ in range(2):
        with pytest.raises(SignerRefuses, match="somebody"):
            await restarted.sign()
    if isinstance(says, AnchorAhead):
        await write(log, reserved("anna"))  # now the log is as long as what it saw, so it only was overtaken
        assert await restarted.sign() is not None
    state = await store.signer()
    assert state is not None
    assert (state.refusal is None) is isinstance(says, AnchorAhead)


async def test_copies_lie_in_a_folder_and_one_that_says_otherwise_is_an_alarm(tmp_path: Path) -> None:
    folder = FolderCopies(tmp_path)
    hour = datetime(2026, 3, 2, tzinfo=UTC)

    async def no_proof(_: int) -> list[bytes]:
        return []

    for size in (5, 9, 9):
        assert await folder.keep(Signed(size, await note(size), hour), no_proof) is None
    names = sorted(file.name for file in tmp_path.rglob("*.txt"))
    assert names == ["000000000005.txt", "000000000009.txt"]
    with pytest.raises(AnchorRefuses):
        await folder.keep(Signed(9, await note(9, OTHERS[::-1]), hour), no_proof)
    with pytest.raises(AnchorAhead):
        await folder.keep(Signed(7, await note(7), hour), no_proof)
