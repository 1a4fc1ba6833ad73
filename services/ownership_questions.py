"""Who owned which customer, by which knowledge; each answer says since when, why, and until when (V1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from domain.ownership.events import ClaimBasis
from domain.ownership.state import FOREVER, ownership_of
from domain.reception import RefNotFound
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known
from services.families import family_of
from services.lookups import Abreast
from services.ownership import ClaimPlace
from services.ports import Between, EventLog, LogUnavailable, OneOf, ReadStore

__all__ = ["Owned", "OwnershipQuestions", "OwnershipSpan", "SpanTold", "State"]

State = Literal["PROTECTED", "PAUSED", "GRACE", "FREE"]
"""How a customer stands at an instant: protected, held by a case, lapsed and in grace, or in the pool."""


@dataclass(frozen=True, slots=True)
class SpanTold:
    """A claim in the history of a customer.

    `known_from`, `known_to`: the positions between which the log held this to be true; a span with a `known_to` was
    replaced by later knowledge. `entitled`: true by everything known at the position asked.
    """

    span: OwnershipSpan
    known_from: int
    known_to: int | None
    entitled: bool


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns a customer at an instant, as known at a position; `owner` is None for the pool.

    `stale`: an event of this customer could not be taken in and waits (ops sees it), so the answer is an earlier one.
    """

    owner: OwnershipSpan | None
    state: State
    spans: Sequence[SpanTold]
    stale: bool = False


class OwnershipQuestions:
    """Answers from the ownership table; both dials are filters."""

    def __init__(self, log: EventLog, store: ReadStore, projector: Abreast) -> None:
        self._log = log
        self._store = store
        self._projector = projector

    async def owned(self, customer_id: UUID, line: str, *, valid_at: datetime, known_at: int) -> Owned:
        """Who was entitled to a customer at `valid_at`, by what was recorded up to position `known_at`.

        Of merged records the spans of all are told, each with the record on which it stood; the owner is that of the
        record asked about, or of the one that stands for it.

        With both dials at the same moment this is what the table said then; with `known_at` at the head it is who was
        entitled, by everything known now.
        """
        family = await family_of(self._store, customer_id, known_at)
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table,
            {"customer_id": OneOf(family), "line": line},
            at=known_at,
            ever=True,
            order=("valid_from", "known_from"),
        )
        told = [SpanTold(known.row, known.known_from, known.known_to, known.known_to is None) for known in rows]
        owners = [one.span for one in told if one.entitled and _holds(one.span, valid_at)]
        owner = next((one for record in (customer_id, family[0]) for one in owners if one.customer_id == record), None)
        stale = ownership_of(customer_id, line).name in await self._waiting(known_at)
        return Owned(owner, _state(owner, valid_at), told, stale)

    async def stale(self, spans: Sequence[OwnershipSpan], *, known_at: int) -> frozenset[UUID]:
        """The claims among these of whose customer an event waits, so that what is told of them is an earlier state."""
        waiting = await self._waiting(known_at)
        return frozenset(one.claim_id for one in spans if ownership_of(one.customer_id, one.line).name in waiting)

    async def _waiting(self, known_at: int) -> frozenset[str]:
        """The streams of which an event up to a position could not be taken in."""
        parked = (await self._store.standing(ownership_table)).parked
        return frozenset(stream for stream, one in parked.items() if one.position <= known_at)

    async def table(
        self,
        *,
        valid_at: datetime,
        known_at: int,
        rep_id: str | None = None,
        team_id: str | None = None,
        state: State | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[OwnershipSpan, State]]:
        """The claims that held at an instant, the nearest end first; one page at a time.

        `after`: the end and the claim of the last row of the page before.
        """
        just_after = valid_at + timedelta(microseconds=1)  # spans are half-open: from ≤ at < to
        where: dict[str, Any] = {"valid_from": Between(None, just_after)}
        if rep_id is not None:
            where["rep_id"] = rep_id
        if team_id is not None:
            where["team_id"] = team_id
        if state == "PROTECTED":
            where["lapses_at"] = Between(just_after, FOREVER)
        elif state == "PAUSED":
            where["lapses_at"] = FOREVER
        elif state == "GRACE":
            where["lapses_at"] = Between(None, just_after)
        latest_end = just_after + await self._store.longest(ownership_table)  # what began by then has ended by then
        rows: list[Known[OwnershipSpan]] = []
        for ends in (Between(just_after, latest_end), FOREVER):
            begin = after if not rows else None
            rows += await self._store.select(
                ownership_table,
                {**where, "valid_to": ends},
                at=known_at,
                order=("valid_to", "claim_id"),
                after=begin or (),
                limit=limit - len(rows),
            )
            if len(rows) >= limit:
                break
        return [(known.row, _state(known.row, valid_at)) for known in rows]

    async def every_claim(self, *, known_at: int) -> Sequence[OwnershipSpan]:
        """Every claim that was ever granted, as known at a position, in the order of their beginnings."""
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {}, at=known_at, order=("valid_from", "claim_id")
        )
        return [known.row for known in rows]

    async def live(
        self, customer_ids: Sequence[UUID], *, valid_at: datetime, known_at: int, line: str | None = None
    ) -> Mapping[UUID, Sequence[tuple[OwnershipSpan, State]]]:
        """The claims that hold on some customers at an instant, in one line or in every one, with how each stands."""
        if not customer_ids:
            return {}
        where: dict[str, Any] = {"customer_id": OneOf(customer_ids)} | ({"line": line} if line is not None else {})
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(ownership_table, where, at=known_at)
        found: dict[UUID, list[tuple[OwnershipSpan, State]]] = {}
        for known in rows:
            if _holds(known.row, valid_at):
                found.setdefault(known.row.customer_id, []).append((known.row, _state(known.row, valid_at)))
        return found

    async def holders(self, customer_id: UUID, *, valid_at: datetime, known_at: int) -> frozenset[str]:
        """Everybody who holds a customer at an instant, in whatever line."""
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"customer_id": customer_id}, at=known_at
        )
        return frozenset(known.row.rep_id for known in rows if _holds(known.row, valid_at))

    async def place(self, claim_id: UUID) -> ClaimPlace:
        """The customer and line of a claim; raises `RefNotFound`."""
        found = await self._claim(claim_id)
        if found is None:
            await self._projector.reached((await self._log.head()).position, seconds=2.0)
            found = await self._claim(claim_id)
        if found is None:
            raise RefNotFound("claim", str(claim_id))
        return ClaimPlace(found.customer_id, found.line, found.rep_id, found.claim_id)

    async def held_by(self, rep_id: str, *, at: datetime) -> Sequence[ClaimPlace]:
        """Everything that a rep holds at an hour, as far as it is known now."""
        after = at + timedelta(microseconds=1)
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"rep_id": rep_id, "valid_to": Between(after, None)}, order=("valid_to", "claim_id")
        )
        return [
            ClaimPlace(one.row.customer_id, one.row.line, rep_id, one.row.claim_id)
            for one in rows
            if _holds(one.row, at)
        ]

    async def unworked(self, rep_id: str, *, at: datetime, known_at: int | None = None) -> int:
        """How many customers a rep holds at an hour without an effective visit, by everything that is recorded.

        Raises `LogUnavailable` where that is not to be had yet: a limit is never passed because a table is behind.
        """
        if known_at is None and not await self._projector.reached((await self._log.head()).position, seconds=2.0):
            raise LogUnavailable("the read models are behind; the same request may be sent again")
        after = at + timedelta(microseconds=1)
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"rep_id": rep_id, "valid_to": Between(after, None), "visited": False}, at=known_at
        )
        return sum(_holds(one.row, at) and one.row.basis is not ClaimBasis.CUSTODY for one in rows)

    async def _claim(self, claim_id: UUID) -> OwnershipSpan | None:
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"claim_id": claim_id}, limit=1
        )
        return rows[0].row if rows else None


@dataclass(frozen=True)
class ClaimsAsOf:
    """Finds claims as they were known at a position; where a claim stands never changes."""

    questions: OwnershipQuestions
    position: int

    async def place(self, claim_id: UUID) -> ClaimPlace:
        """The customer and line of a claim; raises `RefNotFound`."""
        return await self.questions.place(claim_id)

    async def held_by(self, rep_id: str, *, at: datetime) -> Sequence[ClaimPlace]:
        """Everything that a rep holds at an hour, as far as it is known now."""
        return await self.questions.held_by(rep_id, at=at)

    async def unworked(self, rep_id: str, *, at: datetime) -> int:
        """How many customers a rep held at an hour without an effective visit, by what was known then."""
        return await self.questions.unworked(rep_id, at=at, known_at=self.position)


def _holds(span: OwnershipSpan, at: datetime) -> bool:
    return span.valid_from <= at < span.valid_to


def _state(owner: OwnershipSpan | None, at: datetime) -> State:
    if owner is None:
        return "FREE"
    if owner.cases:
        return "PAUSED"
    return "PROTECTED" if at < owner.lapses_at else "GRACE"
