"""Whoever may not rule on a case wanted to: it goes to the lowest common manager of its parties (A30)."""

from collections.abc import Sequence
from uuid import UUID

from domain.envelope import Recorded
from domain.policies.policy import ArbiterAsked, Ask, Policy
from domain.ruling.refusals import ArbiterConflict
from domain.submission.events import DecisionRefused


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case DecisionRefused(asked="conflict.rule") as event if event.code == ArbiterConflict.code():
            return [ArbiterAsked(UUID(event.facts["case_id"]))]
        case _:
            return []


move_a_case_to_whoever_may_rule = Policy(
    name="move a case to whoever may rule",
    handles=frozenset({DecisionRefused}),
    asks=_asks,
)
