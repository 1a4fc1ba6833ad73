"""Looks at whether visits fit together: with the rep's other visits, with where the device was, with their photos."""

import json
from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from domain.days import day_of
from domain.device.events import QueueEntryTaken
from domain.device.state import device_of
from domain.reporting.decisions import Examined, ExamineVisits, examining
from domain.rulesets import FlagRules
from domain.values import Place
from domain.visit.decisions import known
from domain.visit.integrity import Fix, IntegrityFlag, Noticed, overlap, strongest, too_fast
from domain.visit.report import LONGEST, TravelMode
from domain.visit.state import Visit, visit_of
from projections.projection import Known
from projections.visit_attachments import VisitAttachmentRow, visit_attachments
from projections.visits import Stage, VisitRow, visits
from services.carry_out import CarryOut
from services.lookups import Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Between, Context, EventLog, ReadStore, Receipt, Vault


@dataclass(frozen=True, slots=True)
class Pointer:
    """What an event about a visit pointed at: a photo used before, or the entry before which others are missing."""

    photo: str | None = None
    queue: tuple[str, int] | None = None


class IntegrityDesk:
    """The desk at which visits are held against everything that can be known of them (PM16)."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        log: EventLog,
        store: ReadStore,
        vault: Vault,
        reps: Reps,
        rulebook: RulesInForce,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._log = log
        self._store = store
        self._vault = vault
        self._reps = reps
        self._rulebook = rulebook

    async def examine(
        self, visit_id: UUID, at: datetime, context: Context, *, pointer: Pointer = Pointer()
    ) -> Receipt | None:
        """See whether a visit fits, and whether those still do not with which it did not; None where all is as noted.

        The table of visits must have come as far as the event that asks for this (the policy runner sees to it).
        """

        async def ask() -> ExamineVisits:
            mine = await self._examined(visit_id, pointer)
            before = {other for _, other in (await self._visit(visit_id)).noticed if other is not None}
            now = {one.other_visit_id for one in mine.noticed if one.flag is not IntegrityFlag.REUSED_ATTACHMENT}
            others = sorted((before | {one for one in now if one is not None}) - {visit_id})
            return ExamineVisits((mine, *[await self._examined(other) for other in others]), at)

        asked = await ask()
        looked = await self._pasts.look(examining.stands_on(asked))
        if not examining.decide(asked, looked.past):
            return None
        return await self._carry_out.afresh(ask, examining, context)

    async def _examined(self, visit_id: UUID, pointer: Pointer = Pointer()) -> Examined:
        visit = await self._visit(visit_id)
        rep_id, _ = known(visit, visit_id)
        hour = _hour(visit)
        rep = await self._reps.rep(rep_id, hour)
        rules = await self._rulebook.flags(day_of(hour, rep.zone), rep.team_id)
        journeys, overlaps = await gather(
            self._journeys(visit_id, rep_id, visit, rules), self._overlaps(visit_id, rep_id, visit)
        )
        noticed = [
            *journeys,
            *overlaps,
            *_made_up(visit),
            *await self._reused(visit_id, pointer.photo),
            *await self._missing(pointer.queue),
        ]
        return Examined(visit_id, strongest(noticed), rules.version)

    async def _journeys(self, visit_id: UUID, rep_id: str, visit: Visit, rules: FlagRules) -> Sequence[Noticed]:
        mine = await self._fixes(visit_id, visit)
        if not mine:
            return []
        before, after = await gather(
            self._neighbour(visit_id, rep_id, Between(None, mine[0].at), later=False),
            self._neighbour(visit_id, rep_id, Between(mine[0].at, None), later=True),
        )
        neighbours = [one for one in (before, after) if one is not None]
        seen = await gather(*(self._visit(neighbour) for neighbour in neighbours))
        ways = {visit_id: _way(visit), **{other: _way(one) for other, one in zip(neighbours, seen, strict=True)}}
        near = await gather(*(self._fixes(other, one) for other, one in zip(neighbours, seen, strict=True)))
        fixes = [*mine, *(fix for some in near for fix in some)]
        found = [
            too_fast(here, there, ways[there.visit_id], rules, visit_id)
            for here, there in pairwise(sorted(fixes, key=lambda fix: (fix.at, str(fix.visit_id))))
            if visit_id in (here.visit_id, there.visit_id)
        ]
        return [one for one in found if one is not None]

    async def _neighbour(self, visit_id: UUID, rep_id: str, when: Between, *, later: bool) -> UUID | None:
        """The visit in which the rep's device was seen last before, or next after, this one."""
        rows: Sequence[Known[VisitRow]] = await self._store.select(
            visits,
            {"rep_id": rep_id, "shown_at": when},
            order=("shown_at", "visit_id"),
            descending=not later,
            limit=2,
        )
        return next((one.row.visit_id for one in rows if one.row.visit_id != visit_id), None)

    async def _fixes(self, visit_id: UUID, visit: Visit) -> Sequence[Fix]:
        """Where the device was, as far as that can still be read, in the order of its hours; made up is nowhere."""
        seen = [one for one in (visit.check_in, visit.check_out) if one is not None and not one.mock and one.position]
        if not seen:
            return []
        opened = await self._vault.open([one.position for one in seen if one.position])
        fixes = [
            Fix(visit_id, _place(opened[one.position.digest]), one.accuracy_m or 0, one.seen_at)
            for one in seen
            if one.position is not None and one.position.digest in opened
        ]
        return sorted(fixes, key=lambda fix: fix.at)

    async def _overlaps(self, visit_id: UUID, rep_id: str, visit: Visit) -> Sequence[Noticed]:
        if visit.telling is None or visit.voided:
            return []
        mine = visit.telling.report
        where = {
            "rep_id": rep_id,
            "voided": False,
            "stage": Stage.RECORDED,
            "started_at": Between(mine.started_at - LONGEST, mine.ended_at),
        }
        rows: Sequence[Known[VisitRow]] = await self._store.select(visits, where, order=("started_at", "visit_id"))
        near = [
            one.row.visit_id
            for one in rows
            if one.row.visit_id != visit_id and one.row.ended_at is not None and one.row.ended_at > mine.started_at
        ]
        found: list[Noticed] = []
        for other in near:
            telling = (await self._visit(other)).telling
            both = overlap(mine, telling.report, other) if telling else None
            found += [] if both is None else [both]
        return found

    async def _reused(self, visit_id: UUID, photo: str | None) -> Sequence[Noticed]:
        if photo is None:
            return []
        rows: Sequence[Known[VisitAttachmentRow]] = await self._store.select(visit_attachments, {"sha256": photo})
        linked = [one.row for one in rows if one.row.visit_id not in (None, visit_id) and one.row.linked_at]
        first = min(linked, key=lambda row: (row.linked_at, str(row.visit_id)), default=None)
        return [Noticed(IntegrityFlag.REUSED_ATTACHMENT, first.visit_id, sha256=photo)] if first else []

    async def _missing(self, queue: tuple[str, int] | None) -> Sequence[Noticed]:
        """How many entries of the queue between this one and the one taken before it never came."""
        if queue is None:
            return []
        device_id, place = queue
        stream = device_of(device_id).name
        taken = [
            one.event.queue_seq
            for one in (await self._log.read({stream: 0})).get(stream, ())
            if isinstance(one.event, QueueEntryTaken) and one.event.queue_seq < place
        ]
        return [Noticed(IntegrityFlag.QUEUE_GAP, missing=place - (taken[-1] if taken else 0) - 1)]

    async def _visit(self, visit_id: UUID) -> Visit:
        return await self._pasts.of(visit_of(visit_id))


def _hour(visit: Visit) -> datetime:
    """When the visit was: as it is told, else when the device was first seen."""
    if visit.telling is not None:
        return visit.telling.report.started_at
    return min(seen.seen_at for seen in (visit.check_in, visit.check_out) if seen is not None)


def _made_up(visit: Visit) -> Sequence[Noticed]:
    seen = next((one for one in (visit.check_in, visit.check_out) if one is not None and one.mock), None)
    return [] if seen is None else [Noticed(IntegrityFlag.MOCK_LOCATION, metres=seen.distance_m)]


def _way(visit: Visit) -> TravelMode | None:
    travel = visit.telling.report.travel if visit.telling else None
    return travel.mode if travel else None


def _place(raw: str) -> Place:
    said = json.loads(raw)
    return Place(said["lat_e7"], said["lon_e7"], said["crs"])
