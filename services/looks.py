"""Who looked at what is not their own: recorded by the reader's own doing, told to the person concerned (V20)."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.audit.decisions import RecordLook, looking
from domain.audit.events import HistoryReplayed, LookEvent, LookPurpose, RowsExported, RulingRehearsed, ValuesOpened
from domain.envelope import Actor
from domain.rights import Role
from projections.access_log import AccessRow, access_log
from services.carry_out import CarryOut
from services.ports import Context, NewId, Now, ReadStore, Receipt
from services.reception import Asking, Reception

__all__ = ["AccessRow", "LookPurpose", "Looker", "Looks"]
_REMEMBERED = 10_000
"""Looks of this hour that a process remembers, so as not to ask the log again; the log itself forgets none."""
_USUAL = {
    Role.MANAGER: LookPurpose.INSPECTION,
    Role.ARBITER: LookPurpose.CASE,
    Role.AUDITOR: LookPurpose.AUDIT,
    Role.OPS: LookPurpose.SUPPORT,
}


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks, in which conversation, and what for; None: what one in this role usually looks for."""

    actor: Actor
    correlation_id: str
    purpose: LookPurpose | None = None


class Looks:
    """Records looks, each before its answer is given, and tells of them.

    The same look of the same person (same history, same days, same purpose) is one event an hour: a page that is loaded
    again tells nothing new, and whoever looks all day is seen to. The event's request names person, look and hour, so
    that it is one across all processes too.
    """

    def __init__(self, carry_out: CarryOut, reception: Reception, store: ReadStore, now: Now, new_id: NewId) -> None:
        self._carry_out = carry_out
        self._reception = reception
        self._store = store
        self._now = now
        self._new_id = new_id
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def replayed(
        self, looker: Looker, rep_id: str, view: str, first: str | None, last: str | None, as_of_position: int
    ) -> None:
        """The history of a rep was opened. `first`, `last`: days or hours, as they were asked for."""

        def look(look_id: UUID, purpose: LookPurpose, at: datetime) -> HistoryReplayed:
            return HistoryReplayed(
                look_id=look_id,
                rep_id=rep_id,
                view=view,
                first=first,
                last=last,
                as_of_position=as_of_position,
                purpose=purpose,
                viewed_by=looker.actor.acting_for,
                role=looker.actor.role,
                viewed_at=at,
            )

        await self._record(looker, f"{view}/{rep_id}/{first or ''}/{last or ''}", look)

    async def exported(self, looker: Looker, what: str, form: str, as_of_position: int) -> None:
        """Everything of a kind is about to be handed out; each time is an event of its own."""

        def look(look_id: UUID, purpose: LookPurpose, at: datetime) -> RowsExported:
            return RowsExported(
                look_id=look_id,
                what=what,
                form=form,
                as_of_position=as_of_position,
                purpose=purpose,
                exported_by=looker.actor.acting_for,
                role=looker.actor.role,
                exported_at=at,
            )

        await self._record(looker, f"EXPORT/{what}/{form}/{self._new_id()}", look)

    async def opened(self, looker: Looker, customer_id: UUID, data_subjects: Sequence[str]) -> None:
        """Who the people at a customer are was read by somebody who does not hold it; other people are another look."""
        people = tuple(sorted(data_subjects))

        def look(look_id: UUID, purpose: LookPurpose, at: datetime) -> ValuesOpened:
            return ValuesOpened(
                look_id=look_id,
                customer_id=customer_id,
                data_subjects=people,
                purpose=purpose,
                opened_by=looker.actor.acting_for,
                role=looker.actor.role,
                opened_at=at,
            )

        await self._record(looker, f"VALUES/{customer_id}/{sha256(repr(people).encode()).hexdigest()[:16]}", look)

    async def rehearsed(self, looker: Looker, case_id: UUID, parties: Sequence[str], as_of_position: int) -> None:
        """What a ruling would be was asked; each time is an event of its own."""

        def look(look_id: UUID, purpose: LookPurpose, at: datetime) -> RulingRehearsed:
            return RulingRehearsed(
                look_id=look_id,
                case_id=case_id,
                parties=tuple(parties),
                as_of_position=as_of_position,
                purpose=purpose,
                rehearsed_by=looker.actor.acting_for,
                role=looker.actor.role,
                rehearsed_at=at,
            )

        await self._record(looker, f"REHEARSAL/{case_id}/{self._new_id()}", look)

    async def listed(
        self, where: Mapping[str, Any], *, at: int, after: Sequence[Any] = (), limit: int
    ) -> Sequence[AccessRow]:
        """Looks by equal columns, the latest first."""
        return await self._store.select(
            access_log, where, at=at, order=("position", "number"), descending=True, after=after, limit=limit
        )

    def forget(self) -> None:
        """Begin as a process does that has recorded no look yet."""
        self._seen.clear()

    async def _record(
        self, looker: Looker, what: str, look: Callable[[UUID, LookPurpose, datetime], LookEvent]
    ) -> None:
        hour = self._now()
        purpose = looker.purpose or _USUAL.get(Role(looker.actor.role), LookPurpose.SUPPORT)
        source, name = f"look/{looker.actor.acting_for}", f"{what}/{purpose}/{hour:%Y-%m-%dT%H}"
        if (source, name) in self._seen:
            return
        asking = Asking(
            asked="audit.look",
            actor=looker.actor,
            source=source,
            id=name,
            content=f"{source} {name}".encode(),
            correlation_id=looker.correlation_id,
        )

        async def carry(context: Context) -> Receipt:
            return await self._carry_out(
                RecordLook(look(self._new_id(), purpose, context.decided_at)), looking, context
            )

        await self._reception.submit(asking, carry)
        self._seen[source, name] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
