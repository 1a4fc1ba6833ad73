"""What proof costs, each figure beside the one that the design measured (evidence §7), and what the followers take.

A slower figure shows a mistake, not a slower world: the design's were measured on two cores as well.
"""

import asyncio
import time
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from statistics import median

from benchmarks.filling import filled
from benchmarks.measuring import Figure, Table, a_database
from domain.envelope import Actor
from services.adapters.ed25519 import FileKey, checks
from services.adapters.event_json import EventJson
from services.adapters.vault import MemoryKeyStore, SealingVault
from services.checkpoints import Checkpoint, is_signed, proof_text
from services.platform import Platform, on_postgres
from services.ports import Context, Receipt, Stored
from services.proofs import is_included, node_hash
from services.reception import Asking
from services.settings import Settings
from services.tree import grow, leaf_hash, root_of

EVENTS = 8_000
ROUNDS = 5
AGO = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Size:
    """How many bytes something is, and how many the design says."""

    what: str
    bytes: float
    design: str


@dataclass
class Costs(Table):
    """What pieces take, each beside the design's figure where it has one, and sizes."""

    design: dict[str, float] = field(default_factory=dict[str, float])
    sizes: list[Size] = field(default_factory=list[Size])

    def compare(self, what: str, rounds: Sequence[float], pieces: int, design: float | None = None) -> None:
        """The median of rounds of so many pieces. `design`: microseconds for a piece."""
        self.add(Figure(what, pieces / median(rounds)))
        if design is not None:
            self.design[what] = design

    def text(self) -> str:
        """The table, and the sizes beneath it."""
        lines = [f"\n{self.name}  ({self.unit})"]
        for one in self.figures:
            design = self.design.get(one.what)
            told = "" if design is None else f"   the design: {design:,.1f} µs"
            lines.append(f"  {one.what:<58} {1e6 / one.per_second:>12,.1f} µs {one.per_second:>12,.0f}/s{told}")
        lines += [f"  {one.what:<58} {one.bytes:>12,.0f} bytes   the design: {one.design}" for one in self.sizes]
        return "\n".join(lines)


async def measure() -> Table:
    """Encoding, tree, proof, whole log, sealed values, followers, signer and bundle."""
    table = Costs("Evidence", "a piece; what only computes in seconds of the processor")
    with a_database() as (data, _):
        platform = await on_postgres(Settings(data=data), now=lambda: AGO)
        try:
            size = await _filled(platform)
            stored = [one for start in range(0, size, 5_000) for one in await platform.log.stored(start, 5_000)]
            _encoding(table, stored)
            _tree(table, stored)
            _offline(table, stored)
            await _sealed(table)
            await _followers(table, platform, size)
            await _bundle(table, platform)
        finally:
            await platform.close()
    return table


async def _filled(platform: Platform) -> int:
    """A log with read models and policies at work, and nothing that follows it for the sake of proof."""
    await platform.prepare()
    working = [asyncio.create_task(one) for one in (platform.projector.run(), platform.policies.run())]
    try:
        return await filled(platform, EVENTS)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


def rounds_of(work: Callable[[], object]) -> Sequence[float]:
    """Seconds of the processor that several rounds take: what else the machine does is not counted."""
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return took


def _encoding(table: Costs, stored: Sequence[Stored]) -> None:
    """Canonical bytes of events of about 700 bytes."""
    codec = EventJson()
    near = sorted(stored, key=lambda one: abs(len(one.body) - 700))[:2_000]
    decoded = [codec.decode(_name(one.body), one.body) for one in near]
    again = [codec.encode(envelope, event, bytes(32)) for envelope, event in decoded]
    table.sizes.append(Size("the events that are encoded, each", median(len(one) for one in again), "700"))
    work = rounds_of(lambda: [codec.encode(envelope, event, bytes(32)) for envelope, event in decoded])
    table.compare("canonical bytes of an event", work, len(near), 12)


def _name(body: bytes) -> str:
    return body.partition(b'"type":"')[2].partition(b'"')[0].decode()


def _tree(table: Costs, stored: Sequence[Stored]) -> None:
    """Leaf and nodes of each event, and with the chains of streams the check of a whole log, on one thread."""
    told = [(one.position, (one.recorded_at - _EPOCH).total_seconds(), one.body) for one in stored]
    entries = [(position, round(seconds * 1e6), body) for position, seconds, body in told]

    def planted() -> bytes:
        frontier: list[bytes] = []
        for position, us, body in entries:
            grow(frontier, position - 1, leaf_hash(position, us, body))
        return root_of(frontier)

    def checked() -> None:
        planted()
        for _, _, body in entries:
            sha256(body).digest()

    table.compare("leaf and nodes of the tree", rounds_of(planted), len(entries), 2)
    table.compare("whole log, bytes at hand, one thread", rounds_of(checked), len(entries), 1e6 / 380_000)


def _offline(table: Costs, stored: Sequence[Stored]) -> None:
    """The proof of one event in a log of a million, and its check from the text: signature, leaf, path."""
    key = FileKey("fieldtrace/main", bytes(32))
    event, path = stored[-1], [sha256(bytes([n])).digest() for n in range(20)]
    index, size = 0, 1 << 20
    us = round((event.recorded_at - _EPOCH).total_seconds() * 1e6)
    root = leaf_hash(event.position, us, event.body)
    for one in path:
        root = node_hash(root, one)
    text = proof_text(index, path, Checkpoint("fieldtrace/main", size, root).signed(key))
    table.sizes.append(Size("proof of one event in a log of 2^20", len(text.encode()), "1,270 in one of 10^6"))

    def check() -> None:
        head, _, note = text.partition("\n\n")
        hashes = [b64decode(line) for line in head.split("\n")[2:]]
        leaf = leaf_hash(event.position, us, event.body)
        holds = is_signed(note, key.public, checks)
        if not holds or not is_included(index, size, leaf, hashes, Checkpoint.read(note).root):
            msg = "a proof that holds was refused"
            raise RuntimeError(msg)

    work = rounds_of(lambda: [check() for _ in range(500)])
    table.compare("one event checked offline", work, 500, 240)


async def _sealed(table: Costs) -> None:
    """A personal value: what stands of it in the record, and what lies outside."""
    vault = SealingVault(bytes(32), MemoryKeyStore({}))
    sealed, disclosure = await vault.seal("contact:1", "name", "王芳")
    table.sizes.append(Size("a sealed value in the record: its digest", len(f'"{sealed.digest}",'), "46"))
    table.sizes.append(Size("and the MAC by which it is compared", len(f'"{sealed.mac}",'), "none"))
    table.sizes.append(Size("its ciphertext outside", len(disclosure.ciphertext), "74 to 91"))


async def _followers(table: Costs, platform: Platform, size: int) -> None:
    """What follows the log behind the answers: each by itself, over the whole log, once."""
    signer = platform.signer()
    for what, work in (
        ("tiles", platform.tiles.keep_up),
        ("subject heads", platform.subject_heads.catch_up),
        ("signer: every byte read, the tree made anew, one checkpoint", signer.sign),
    ):
        began = time.perf_counter()
        await work()
        table.compare(what, [time.perf_counter() - began], size)
    took: list[float] = []
    for _ in range(20):
        began = time.perf_counter()
        await signer.sign()
        took.append(time.perf_counter() - began)
    table.compare("signer: a look at a log that stands still", took, 1)


async def _bundle(table: Costs, platform: Platform) -> None:
    """The bundle of a rep, with the signer coming by."""
    prepared = await platform.dossiers.prepare("rep:r0001", disclose=True)

    async def carry(context: Context) -> Receipt:
        return await platform.dossiers.record(prepared, context)

    asking = Asking("audit.export", Actor("iris", "auditor"), "/bench", "bundle", b"bundle", "bundle")
    receipt = await platform.reception.submit(asking, carry)
    await platform.signer().sign()
    began = time.perf_counter()
    bundle = await platform.dossiers.close(prepared, receipt)
    table.compare("events of a bundle closed", [time.perf_counter() - began], len(prepared.events) + 2)
    events = len(prepared.events) + 2
    table.sizes.append(Size(f"a bundle of {events} events, for each", len(bundle) / events, "about 2,000"))
