"""Anna's target for March, and what is asked about it on Monday the second."""

from datetime import date

from domain.target.events import AmendmentReason, TargetAmended, TargetProposed, TargetSet
from domain.target.period import PeriodKind
from domain.target_plan.events import TargetPeriodReserved
from domain.targeting.decisions import AmendTarget, Asker, ProposeTarget, SetTarget, Wanted
from tests.people import MONDAY, an_id

TARGET, OTHER, APPROVAL = an_id(1), an_id(2), an_id(3)
FIRST, LAST, TODAY = date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 2)
SUBJECT, METRIC = "rep:anna", "visits"
MEI = Asker("mei", "manager", is_subject=False, leads=True)
ANNA = Asker("anna", "rep", is_subject=True, leads=False)
BRUNO = Asker("bruno", "rep", is_subject=False, leads=False)

WANTED = Wanted(TARGET, SUBJECT, METRIC, PeriodKind.MONTH, FIRST, LAST, 60, None, False, "anna", None)
SET = SetTarget(WANTED, MEI, TODAY, MONDAY)
PROPOSE = ProposeTarget(WANTED, ANNA, TODAY, MONDAY)
WAS_SET = TargetSet(
    TARGET, SUBJECT, METRIC, PeriodKind.MONTH, FIRST, LAST, 60, None, False, "anna", None, "mei", MONDAY
)
RESERVED = TargetPeriodReserved(TARGET, SUBJECT, METRIC, "MONTH", FIRST, LAST)
PROPOSED = TargetProposed(
    TARGET, SUBJECT, METRIC, PeriodKind.MONTH, FIRST, LAST, 60, None, False, "anna", None, "anna", MONDAY
)
AMEND = AmendTarget(
    target_id=TARGET,
    subject=SUBJECT,
    new_qty=50,
    effective_from=date(2026, 3, 9),
    reason=AmendmentReason.LEAVE,
    approver="director",
    approver_leads=True,
    approval_id=None,
    needs_the_yes="anna",
    calc="60 × 17/21",
    asker=MEI,
    today=TODAY,
    at=MONDAY,
)
AMENDED = TargetAmended(
    TARGET,
    SUBJECT,
    60,
    50,
    date(2026, 3, 9),
    AmendmentReason.LEAVE,
    "director",
    None,
    "60 × 17/21",
    "mei",
    MONDAY,
)
