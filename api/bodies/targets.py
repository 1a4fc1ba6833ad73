"""Targets, as clients send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Day, Id, Label
from services.platform import Platform
from services.ports import Context, Receipt
from services.targets import Amendment, AmendmentReason, NewTarget, PeriodKind

Subject = Annotated[str, StringConstraints(pattern=r"^(rep|team):[A-Za-z0-9._-]{1,64}$")]


class ProposeTarget(Body):
    """Somebody, as a rule the rep, says what could be reached; it binds nobody until it is set."""

    target_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")
    subject: Subject = Field(description="`rep:<id>` or `team:<id>`.", examples=["rep:r01"])
    metric: Label = Field(description="By its name, as `GET /v1/metrics/{name}` takes it.", examples=["visits"])
    period: Literal["YEAR", "MONTH", "WEEK", "DAY"] = Field(examples=["DAY"])
    from_day: Day = Field(description="First day of the period.", examples=["2026-03-17"])
    to_day: Day = Field(description="Last day of the period.", examples=["2026-03-17"])
    qty: int = Field(
        description="Whole: a number, basis points or the smallest unit of `currency`, as the metric has it.",
        examples=[8],
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217; with metrics in money only."
    )
    iron: bool = Field(default=False, description="Not to be changed inside its period.")
    responsible_id: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="Who is responsible; must be said for a team.", examples=["r01"]
    )
    parent_id: Id | None = Field(default=None, description="The target that this one is a part of.")

    def target(self) -> NewTarget:
        """What it says."""
        return NewTarget(
            subject=self.subject,
            metric=self.metric,
            period=PeriodKind(self.period),
            from_day=self.from_day,
            to_day=self.to_day,
            qty=self.qty,
            responsible_id=self.responsible_id,
            target_id=self.target_id,
            currency=self.currency,
            iron=self.iron,
            parent_id=self.parent_id,
        )


class SetTarget(ProposeTarget):
    """A manager says what shall be reached, by whom and until when."""


class AcceptTarget(Body):
    """The subject says yes to the own target."""

    target_id: Id


class LockTarget(Body):
    """From now on only an approval moves it."""

    target_id: Id


class AmendTarget(Body):
    """Another quantity from a day on; what was reached before is measured by what held before."""

    target_id: Id
    qty: int = Field(examples=[6])
    effective_from: Day = Field(description="Today at the earliest.", examples=["2026-03-18"])
    reason: Literal["TERRITORY", "LEAVE", "ROLE", "PRODUCT", "MARKET_EVENT"] | None = Field(
        default=None, description="Must be said.", examples=["LEAVE"]
    )
    calc: Annotated[str, StringConstraints(max_length=4_000)] = Field(
        default="", description="How the new quantity was worked out."
    )
    approver: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="Who says yes to it."
    )
    approval_id: Id | None = Field(default=None, description="That yes; a locked target needs it.")

    def amendment(self) -> Amendment:
        """What changes."""
        return Amendment(
            target_id=self.target_id,
            qty=self.qty,
            effective_from=self.effective_from,
            reason=AmendmentReason(self.reason) if self.reason else None,
            calc=self.calc,
            approver=self.approver,
            approval_id=self.approval_id,
        )


class CloseTarget(Body):
    """Nobody works for it any more."""

    target_id: Id


async def _propose(platform: Platform, body: ProposeTarget, context: Context) -> Receipt:
    return await platform.targets.propose(body.target(), context)


async def _set(platform: Platform, body: SetTarget, context: Context) -> Receipt:
    return await platform.targets.set(body.target(), context)


async def _accept(platform: Platform, body: AcceptTarget, context: Context) -> Receipt:
    return await platform.targets.accept(body.target_id, context)


async def _lock(platform: Platform, body: LockTarget, context: Context) -> Receipt:
    return await platform.targets.lock(body.target_id, context)


async def _amend(platform: Platform, body: AmendTarget, context: Context) -> Receipt:
    return await platform.targets.amend(body.amendment(), context)


async def _close(platform: Platform, body: CloseTarget, context: Context) -> Receipt:
    return await platform.targets.close(body.target_id, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("target.propose", ProposeTarget, _propose),
    Emitted("target.set", SetTarget, _set),
    Emitted("target.accept", AcceptTarget, _accept),
    Emitted("target.lock", LockTarget, _lock),
    Emitted("target.amend", AmendTarget, _amend),
    Emitted("target.close", CloseTarget, _close),
)
