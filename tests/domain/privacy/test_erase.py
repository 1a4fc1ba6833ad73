"""Two persons erase somebody; nothing else does, and nothing is left half done."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given as any_of
from hypothesis import strategies as some

from domain.decider import Past
from domain.privacy.decisions import (
    ApproveErasure,
    ConfirmCopyDestroyed,
    PersonErased,
    PrivacyCommand,
    RejectErasure,
    RequestErasure,
    SecondPersonRequired,
    SubjectActive,
    TellDestroyed,
    decide,
    erasing,
)
from domain.privacy.events import (
    CopyDestroyed,
    ErasureBasis,
    ErasureCompleted,
    ErasureRejected,
    ErasureRequested,
    RejectionReason,
    SubjectErased,
    ValuesDestroyed,
)
from domain.privacy.state import Erasure, ErasureState, erasure_of, evolve
from domain.reception import RefNotFound
from domain.refusal import Refusal
from tests.given import given
from tests.people import ACME, MONDAY, an_id

WANG = f"contact:{an_id(41)}"
ASK = RequestErasure(WANG, ACME, None, ErasureBasis.ASKED_BY_THE_PERSON, False, "pia", MONDAY)
ERASURE = ASK.erasure_id
AGREE = ApproveErasure(ERASURE, "paul", MONDAY)
UNTIL = MONDAY + timedelta(days=35)
A_COPY, ANOTHER = an_id(71), an_id(72)
REQUESTED = ErasureRequested(
    ERASURE, WANG, ACME, None, ErasureBasis.ASKED_BY_THE_PERSON, "pia", MONDAY + timedelta(days=30), MONDAY
)
ERASED = SubjectErased(ERASURE, WANG, ACME, None, "pia", "paul", MONDAY)
DESTROYED = ValuesDestroyed(ERASURE, WANG, ACME, None, (A_COPY, ANOTHER), UNTIL, MONDAY)
REJECTED = ErasureRejected(ERASURE, WANG, ACME, None, RejectionReason.NOT_IDENTIFIED, "paul", MONDAY)
COMPLETED = ErasureCompleted(ERASURE, WANG, ACME, None, UNTIL, MONDAY)


def test_it_is_asked_with_a_month_to_do_it() -> None:
    given().when(ASK, erasing).then(REQUESTED)


def test_it_is_asked_once_and_again_after_a_no() -> None:
    given(REQUESTED).when(replace(ASK, requested_by="paul"), erasing).then_nothing()
    given(REQUESTED, REJECTED).when(ASK, erasing).then(REQUESTED)


def test_a_rep_who_works_here_is_not_erased() -> None:
    asked = replace(ASK, data_subject="rep:anna", customer_id=None, rep_id="anna", active=True)
    given().when(asked, erasing).then_refused(SubjectActive)


def test_another_person_agrees() -> None:
    given(REQUESTED).when(AGREE, erasing).then(ERASED)


def test_whoever_asked_does_not_agree_too() -> None:
    given(REQUESTED).when(replace(AGREE, approved_by="pia"), erasing).then_refused(SecondPersonRequired)


def test_after_a_no_the_other_person_may_ask_and_the_first_agree() -> None:
    again = replace(REQUESTED, requested_by="paul")
    [erased] = given(REQUESTED, REJECTED, again).when(replace(AGREE, approved_by="pia"), erasing).happens()
    assert erased == replace(ERASED, requested_by="paul", approved_by="pia")


def test_what_nobody_asked_for_is_not_agreed_to() -> None:
    given().when(AGREE, erasing).then_refused(RefNotFound)
    given(REQUESTED, REJECTED).when(AGREE, erasing).then_refused(RefNotFound)


def test_what_is_erased_cannot_be_taken_back() -> None:
    no = RejectErasure(ERASURE, RejectionReason.MISTAKEN, "pia", MONDAY)
    given(REQUESTED, ERASED).when(no, erasing).then_refused(PersonErased)


def test_where_no_copy_is_out_it_is_complete_with_the_key() -> None:
    told = TellDestroyed(ERASURE, (), UNTIL, MONDAY)
    given(REQUESTED, ERASED).when(told, erasing).then(replace(DESTROYED, copies=()), COMPLETED)


def test_it_is_complete_with_the_last_copy() -> None:
    first, last = (ConfirmCopyDestroyed(ERASURE, copy, "pia", MONDAY) for copy in (A_COPY, ANOTHER))
    gone = CopyDestroyed(ERASURE, WANG, ACME, None, A_COPY, "pia", MONDAY)
    given(REQUESTED, ERASED, DESTROYED).when(first, erasing).then(gone)
    given(REQUESTED, ERASED, DESTROYED, gone).when(first, erasing).then_nothing()
    given(REQUESTED, ERASED, DESTROYED, gone).when(last, erasing).then(replace(gone, export_id=ANOTHER), COMPLETED)


_WHO = some.sampled_from(["pia", "paul"])
_COMMANDS = some.one_of(
    _WHO.map(lambda who: replace(ASK, requested_by=who)),
    _WHO.map(lambda who: replace(AGREE, approved_by=who)),
    _WHO.map(lambda who: RejectErasure(ERASURE, RejectionReason.MISTAKEN, who, MONDAY)),
    some.sampled_from([(), (A_COPY,), (A_COPY, ANOTHER)]).map(lambda them: TellDestroyed(ERASURE, them, UNTIL, MONDAY)),
    some.sampled_from([A_COPY, ANOTHER]).map(lambda one: ConfirmCopyDestroyed(ERASURE, one, "pia", MONDAY)),
)


@any_of(some.lists(_COMMANDS, max_size=12))
def test_in_whatever_order_it_is_asked_two_persons_erase_once_and_it_ends_with_the_last_copy(
    commands: list[PrivacyCommand],
) -> None:
    erasure, happened = Erasure(), list[object]()
    for command in commands:
        try:
            events = decide(command, Past({erasure_of(ERASURE).name: erasure}))
        except Refusal:
            continue
        for event in events:
            happened.append(event)
            erasure = evolve(erasure, event)  # pyright: ignore[reportArgumentType] - decide answers events of privacy
    erased = [one for one in happened if isinstance(one, SubjectErased)]
    assert len(erased) <= 1
    assert all(one.requested_by != one.approved_by for one in erased)
    assert sum(isinstance(one, ErasureCompleted) for one in happened) == (erasure.state == ErasureState.COMPLETED)
    if erasure.state == ErasureState.COMPLETED:
        assert erasure.copies == ()
