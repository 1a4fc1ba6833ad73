"""Everything about one rep, customer or case as a bundle that proves itself, without us (evidence §5).

Handing one out is an event, and that event carries the hash over every file that no proof covers; with it the heads of
all subjects are recorded. Then the signer comes by, and the bundle is closed over its checkpoint: so each byte of it
can be held against the signed root, and whoever holds the public key of the signer needs nothing else.
"""

import asyncio
import io
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from domain.audit.decisions import ExportDossier, exporting
from services.carry_out import CarryOut
from services.checkpoints import Checkpoint, proof_text
from services.dossier_report import CERTIFICATION, Told, names_in, report
from services.ports import Context, EventLog, NewId, Receipt, Stored, Vault
from services.proofs import Once, inclusion
from services.signing import CheckpointStore, Signed
from services.subject_heads import Heads, SubjectHeads
from services.tiles import Tiles
from services.trust_policy import TrustPolicy

FORMAT = "fieldtrace-evidence/1"
MOST_EVENTS = 100_000
_PATIENCE = 25.0
_LOOK = 0.25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
CASE = "case:"
_RULINGS = ("conflict.ruling_issued", "conflict.ruling_proposed")
_DIGEST = re.compile(rb'"digest":"([A-Za-z0-9_-]{43})"')


class NotSignedYet(Exception):
    """The export is recorded, but no signature covers it, or too few witnesses saw it: one is behind, or refuses."""


class TooMuch(Exception):
    """More events than one bundle holds."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dossier before it is handed out: whose, as of where, its events, the files that no proof covers, and
    whose personal values are in clear among them.

    `customer_id`: the customer whom it is about, itself or as the one of the case.
    """

    export_id: UUID
    subject: str
    heads: Heads
    events: Sequence[Stored]
    files: Mapping[str, bytes]
    disclosed: tuple[str, ...] = ()
    customer_id: UUID | None = None

    @property
    def content_sha256(self) -> str:
        """The hash over the list of those files."""
        lines = [f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(self.files.items())]
        return sha256("".join(lines).encode()).hexdigest()


class Dossiers:
    """The desk at which dossiers are handed out."""

    def __init__(
        self,
        log: EventLog,
        tiles: Tiles,
        counting: SubjectHeads,
        checkpoints: CheckpointStore,
        vault: Vault,
        carry_out: CarryOut,
        new_id: NewId,
        policy: TrustPolicy,
    ) -> None:
        self._log = log
        self._tiles = tiles
        self._counting = counting
        self._checkpoints = checkpoints
        self._vault = vault
        self._carry_out = carry_out
        self._new_id = new_id
        self._policy = policy

    async def prepare(self, subject: str, *, disclose: bool) -> Prepared:
        """Gather what there is about a subject now. `disclose`: whether personal values are opened for the asker.

        Of a case: its file, and every event elsewhere that the file names as evidence or that a ruling stands on.
        """
        heads = await self._counting.as_of_now()
        positions = await self._counting.positions(subject, upto=heads.as_of)
        if len(positions) > MOST_EVENTS:
            raise TooMuch(subject)
        events = [await self._at(position) for position in positions]
        customer_id = UUID(subject.partition(":")[2]) if subject.startswith("customer:") else None
        if subject.startswith(CASE):
            told = [json.loads(event.body) for event in events]
            customer_id = next((UUID(one["payload"]["customer_id"]) for one in told), None)
            elsewhere = sorted(_named(told) - {*positions})
            events = sorted([*events, *[await self._at(one) for one in elsewhere]], key=lambda one: one.position)
        state = await self._checkpoints.signer()
        files = {
            "CERTIFICATION.txt": CERTIFICATION.encode(),
            "policy.txt": self._policy.text(state.key if state else "").encode(),
        }
        opened = await self._vault.disclose(_digests(events) if disclose else ())
        for digest, told in opened.items():
            files[f"disclosures/{digest}.txt"] = told.encode()
        names = names_in(events)
        lines = [Told.of(event, opened, names) for event in events]
        files["report.html"] = report(subject, heads.as_of, lines, names).encode()
        disclosed = tuple(sorted({*(await self._vault.whose([*opened])).values()}))
        return Prepared(self._new_id(), subject, heads, events, files, disclosed, customer_id)

    async def record(self, prepared: Prepared, context: Context) -> Receipt:
        """Record that it is handed out, to whom, and the heads of all subjects with it."""
        kind, _, name = prepared.subject.partition(":")
        command = ExportDossier(
            export_id=prepared.export_id,
            subject=prepared.subject,
            as_of_position=prepared.heads.as_of,
            events=len(prepared.events),
            heads_root=(await prepared.heads.root()).hex(),
            subjects=len(prepared.heads.heads),
            content_sha256=prepared.content_sha256,
            rep_id=name if kind == "rep" else None,
            customer_id=prepared.customer_id,
            exported_by=context.actor.acting_for,
            at=context.decided_at,
            disclosed=prepared.disclosed,
        )
        return await self._carry_out(command, exporting, context)

    async def close(self, prepared: Prepared, receipt: Receipt) -> bytes:
        """The bundle, once the signer has come by. Raises `NotSignedYet`."""
        signed = await self._signed(receipt.position)
        recorded = [await self._at(one.position) for one in receipt.events]
        covered = [*prepared.events, *recorded]
        note = signed.note + "".join(self._policy.of_witnesses(signed.cosignatures))
        files: dict[str, bytes] = {**prepared.files, "checkpoint.txt": note.encode()}
        trees = Once(self._tiles)
        for event in covered:
            hashes = await inclusion(trees, event.position - 1, signed.size)
            files[f"events/{event.position:012}.json"] = event.body
            files[f"proofs/{event.position:012}.tlog-proof"] = proof_text(event.position - 1, hashes, note).encode()
        files["heads.json"] = _canonical(await self._proved(prepared))
        files["manifest.json"] = _canonical(
            {
                "format": FORMAT,
                "origin": Checkpoint.read(signed.note).origin,
                "size": signed.size,
                "subject": prepared.subject,
                "as_of_position": prepared.heads.as_of,
                "heads_position": recorded[0].position,
                "export_position": recorded[1].position,
                "events": [{"position": one.position, "recorded_us": _us(one)} for one in covered],
            }
        )
        return zipped(files)

    async def _proved(self, prepared: Prepared) -> Mapping[str, Any]:
        """The head of the subject with its proof, or those of the neighbours between which it would stand."""
        heads = prepared.heads
        entries = [
            {
                "subject": heads.heads[place].subject,
                "count": heads.heads[place].count,
                "chain": heads.heads[place].chain.hex(),
                "index": place,
                "hashes": [b64encode(one).decode() for one in await heads.proof(place)],
            }
            for place in heads.neighbours(prepared.subject)
        ]
        return {"subjects": len(heads.heads), "entries": entries}

    async def _signed(self, position: int) -> Signed:
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE
        while loop.time() < until:
            signed = await self._checkpoints.checkpoint(covering=position)
            if signed is not None and self._policy.is_fulfilled(signed.cosignatures):
                return signed
            await asyncio.sleep(_LOOK)
        raise NotSignedYet(position)

    async def _at(self, position: int) -> Stored:
        [stored] = await self._log.stored(position - 1, 1)
        return stored


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The same files give the same bytes: sorted, not compressed, without hours and owners."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def _named(case: Sequence[Mapping[str, Any]]) -> set[int]:
    """The positions that the file of a case names: what its rulings stand on, and what was submitted as evidence."""
    named: set[int] = set()
    for one in case:
        if one["type"] in _RULINGS:
            named |= {*one["payload"].get("fact_positions", ())}
        elif one["type"] == "conflict.evidence_submitted" and one["payload"]["position"] is not None:
            named.add(one["payload"]["position"])
    return named


def _digests(events: Sequence[Stored]) -> Sequence[str]:
    return list(dict.fromkeys(found.decode() for event in events for found in _DIGEST.findall(event.body)))


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _us(event: Stored) -> int:
    return (event.recorded_at - _EPOCH) // _MICROSECOND
