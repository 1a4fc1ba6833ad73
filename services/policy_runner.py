"""Hands recorded events to the policies and their askings to the use cases, like any other asker."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from domain.envelope import Actor, Recorded
from domain.policies.policy import (
    AliasAsked,
    ArbiterAsked,
    Ask,
    AssessAsked,
    BasisAsked,
    CaseForClaimAsked,
    CaseForDealAsked,
    CaseForDuplicateAsked,
    CaseForVisitAsked,
    CountAsked,
    CountNewAsked,
    CustodyAsked,
    DestroyAsked,
    DuplicatesAsked,
    EvaluateAsked,
    ExamineAsked,
    FreeSlotAsked,
    LinkAsked,
    MergeAsked,
    Policy,
    ProgressAsked,
    RecheckAsked,
    RenewAsked,
    SeekBuyerAsked,
    TakeUpAsked,
    TermsAsked,
    WaitingMergeAsked,
    WonAsked,
)
from domain.refusal import Refusal
from domain.rights import Role
from services.gathering import GATHER, Gathering
from services.lookups import Abreast
from services.ports import Context, EventLog, LogUnavailable, Receipt, StoreUnavailable
from services.reception import Asking, Reception

PAGE = 500
FOLLOWER = "policies"
"""The name under which the place in the log is kept."""

Perform = Callable[[Any, Context], Awaitable[Receipt | None]]
"""Carries out one kind of asking."""


@dataclass(frozen=True, slots=True)
class _Task:
    policy: Policy
    because: Recorded
    number: int
    ask: Ask


class PolicyRunner:
    """Follows the log and asks for what the policies say.

    An asking has the id of the event that it answers, so running over the same events again is harmless, and the
    place in the log may be remembered after the deed. A no to a policy is kept like any other no. Askings about
    different customers and visits are carried out side by side.
    """

    def __init__(
        self,
        log: EventLog,
        reception: Reception,
        projector: Abreast,
        policies: Sequence[Policy],
        perform: Mapping[type[object], tuple[str, Perform]],
    ) -> None:
        """`perform`: for each kind of asking the type of the request and the use case."""
        self._log = log
        self._reception = reception
        self._projector = projector
        self._policies = policies
        self._perform = perform
        self._passed = 0
        self._moved = asyncio.Condition()
        self._catching_up = asyncio.Lock()
        self._gathering = Gathering()

    async def run(self, *, gather: float = GATHER) -> None:
        """Follow the log until cancelled; where the log is away, wait and go on from the remembered place.

        `gather`: seconds for which events may gather while nobody waits for what they lead to.
        """
        while True:
            try:
                await self._gathering.next_round(gather)
                await self.catch_up()
                await self._log.beyond(self._passed, seconds=5.0)
            except (LogUnavailable, StoreUnavailable):
                await asyncio.sleep(0.5)

    async def catch_up(self) -> int:
        """Do everything that the events recorded so far ask for, and what that asks for; the position then."""
        async with self._catching_up:
            self._passed = max(self._passed, await self._log.bookmark(FOLLOWER))
            while page := await self._log.page(self._passed, PAGE):
                await self._do(page)
                await self._log.move_bookmark(FOLLOWER, page[-1].position)
                async with self._moved:
                    self._passed = page[-1].position
                    self._moved.notify_all()
            return self._passed

    async def reached(self, position: int, *, seconds: float) -> bool:
        """Wait until everything that events up to a position ask for has been done."""
        if self._passed >= position:
            return True
        try:
            async with asyncio.timeout(seconds), self._moved:
                with self._gathering.wanted():
                    await self._moved.wait_for(lambda: self._passed >= position)
        except TimeoutError:
            return await self._log.bookmark(FOLLOWER) >= position
        return True

    async def _do(self, page: Sequence[Recorded]) -> None:
        chains: dict[UUID, list[_Task]] = defaultdict(list)
        for recorded in page:
            for policy in self._policies:
                if type(recorded.event) in policy.handles:
                    for number, ask in enumerate(policy.asks(recorded)):
                        chains[_about(ask)].append(_Task(policy, recorded, number, ask))
        if chains and not await self._projector.reached(page[-1].position, seconds=30.0):
            raise LogUnavailable("the read models that policies look at are behind")
        await asyncio.gather(*(self._one_after_another(chain) for chain in chains.values()))

    async def _one_after_another(self, chain: Sequence[_Task]) -> None:
        for task in chain:
            await self._ask(task)

    async def _ask(self, task: _Task) -> None:
        asked, perform = self._perform[type(task.ask)]
        source = f"policy/{task.policy.name}"
        asking = Asking(
            asked=asked,
            actor=Actor(source, Role.SYSTEM),
            source=source,
            id=f"{task.because.envelope.event_id}:{task.number}",
            content=repr(task.ask).encode(),
            correlation_id=task.because.envelope.correlation_id,
            causation_id=task.because.envelope.event_id,
        )

        async def carry(context: Context) -> Receipt:
            receipt = await perform(task.ask, context)
            return receipt or Receipt("accepted", task.because.position, (), (), {})

        with suppress(Refusal):  # a policy may ask for what is no longer possible; the no has been kept as any other
            await self._reception.submit(asking, carry)


def _about(ask: Ask) -> UUID:
    """What an asking is about; askings about the same thing are carried out in the order of the log."""
    match ask:
        case EvaluateAsked() | ExamineAsked() | LinkAsked() | BasisAsked():
            return ask.visit_id
        case (
            RenewAsked()
            | AliasAsked()
            | DuplicatesAsked()
            | AssessAsked()
            | MergeAsked()
            | WaitingMergeAsked()
            | FreeSlotAsked()
            | CustodyAsked()
            | CountAsked()
            | ProgressAsked()
            | TakeUpAsked()
            | CountNewAsked()
            | RecheckAsked()
            | SeekBuyerAsked()
        ):
            return ask.customer_id
        case CaseForVisitAsked() | CaseForDealAsked() | CaseForClaimAsked() | TermsAsked() | WonAsked():
            return ask.customer_id
        case CaseForDuplicateAsked():
            return ask.customer_id
        case ArbiterAsked():
            return ask.case_id
        case DestroyAsked():
            return ask.erasure_id
        case _:
            assert_never(ask)
