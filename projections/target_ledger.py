"""Every target as it stands, one row each; what it was before stays (V5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.target.events import TargetAccepted, TargetAmended, TargetClosed, TargetLocked, TargetProposed, TargetSet
from domain.target.metrics import METRICS, MetricClass, Unit
from domain.target.period import PeriodKind
from domain.target.state import Standing, with_step
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target.

    `first_qty`: as it was set; `step_days`, `step_qtys`: the amended quantities and the days from which they count;
    `qty`: the last of them, which counts in the end; `version`: the last event that made the row.
    """

    target_id: UUID
    standing: Standing
    subject: str
    metric: str
    metric_class: MetricClass
    unit: Unit
    period: PeriodKind
    from_day: date
    to_day: date
    first_qty: int
    qty: int
    step_days: tuple[date, ...]
    step_qtys: tuple[int, ...]
    currency: str | None
    iron: bool
    responsible_id: str
    parent_id: UUID | None
    proposed_by: str | None
    proposed_at: datetime | None
    set_by: str | None
    set_at: datetime | None
    accepted_at: datetime | None
    locked_at: datetime | None
    closed_at: datetime | None
    version: int

    def qty_on(self, day: date) -> int:
        """The quantity that counts on a day."""
        in_effect = [qty for since, qty in zip(self.step_days, self.step_qtys, strict=True) if since <= day]
        return in_effect[-1] if in_effect else self.first_qty


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case (
            TargetProposed()
            | TargetSet()
            | TargetAccepted()
            | TargetLocked()
            | TargetAmended()
            | TargetClosed() as event
        ):
            return (event.target_id,)
        case _:
            return None


def _fold(rows: Sequence[TargetRow], recorded: Recorded) -> Sequence[TargetRow]:
    version = recorded.envelope.stream_version
    match recorded.event:
        case TargetProposed() as event:
            said = _said(event, version)
            return [
                replace(said, standing=Standing.PROPOSED, proposed_by=event.proposed_by, proposed_at=event.proposed_at)
            ]
        case TargetSet() as event:
            said = _said(event, version)
            proposed = rows[0] if rows else said
            return [
                replace(
                    said,
                    standing=Standing.SET,
                    proposed_by=proposed.proposed_by,
                    proposed_at=proposed.proposed_at,
                    set_by=event.set_by,
                    set_at=event.set_at,
                )
            ]
        case _:
            return [replace(_changed(row, recorded.event), version=version) for row in rows]


def _said(event: TargetProposed | TargetSet, version: int) -> TargetRow:
    metric = METRICS[event.metric]
    return TargetRow(
        target_id=event.target_id,
        standing=Standing.UNKNOWN,
        subject=event.subject,
        metric=event.metric,
        metric_class=metric.kind,
        unit=metric.unit,
        period=event.period,
        from_day=event.from_day,
        to_day=event.to_day,
        first_qty=event.qty,
        qty=event.qty,
        step_days=(),
        step_qtys=(),
        currency=event.currency,
        iron=event.iron,
        responsible_id=event.responsible_id,
        parent_id=event.parent_id,
        proposed_by=None,
        proposed_at=None,
        set_by=None,
        set_at=None,
        accepted_at=None,
        locked_at=None,
        closed_at=None,
        version=version,
    )


def _changed(row: TargetRow, event: object) -> TargetRow:
    match event:
        case TargetAccepted():
            return replace(row, accepted_at=event.accepted_at)
        case TargetLocked():
            return replace(row, locked_at=event.locked_at)
        case TargetAmended():
            before = tuple(zip(row.step_days, row.step_qtys, strict=True))
            steps = with_step(before, event.effective_from, event.new_qty)
            return replace(
                row,
                qty=steps[-1][1],
                step_days=tuple(since for since, _ in steps),
                step_qtys=tuple(qty for _, qty in steps),
            )
        case TargetClosed():
            return replace(row, standing=Standing.CLOSED, closed_at=event.closed_at)
        case _:
            return row


target_ledger = Spans(
    name="target_ledger",
    version=1,
    row=TargetRow,
    key=("target_id",),
    indexes=(("subject", "metric", "period", "from_day"), ("from_day",), ("parent_id",), ("responsible_id",)),
    handles=frozenset({TargetProposed, TargetSet, TargetAccepted, TargetLocked, TargetAmended, TargetClosed}),
    touches=_touches,
    fold=_fold,
)
