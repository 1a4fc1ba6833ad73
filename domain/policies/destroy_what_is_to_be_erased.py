"""When two persons agreed that somebody's personal values go, their key and ciphertexts are destroyed (A32)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, DestroyAsked, Policy
from domain.privacy.events import SubjectErased


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case SubjectErased(erasure_id=erasure_id, data_subject=data_subject, erased_at=erased_at):
            return [DestroyAsked(erasure_id, data_subject, erased_at)]
        case _:
            return []


destroy_what_is_to_be_erased = Policy(
    name="destroy what is to be erased", handles=frozenset({SubjectErased}), asks=_asks
)
