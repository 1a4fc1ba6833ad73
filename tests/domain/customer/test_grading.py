"""A lead is graded by what is known of it; a manager may say otherwise, for a reason."""

from domain.customer.decisions import AssessLead, OverrideGrade, keeping
from domain.customer.events import CustomerDetailsRecorded, DetailField, IcpAssessed, IcpOverridden
from domain.customer.fit import Grade
from domain.customer.state import Registered, customer_of
from domain.reception import ReasonRequired
from domain.rulesets import IcpAttribute, IcpCriterion, IcpProfile
from tests.domain.customer.customers import REGISTERED
from tests.given import given
from tests.people import ACME, MONDAY

PROFILE = IcpProfile(1, (IcpCriterion("a company", IcpAttribute.KIND, ("COMPANY",), 1),), 80, 60, 40)
ASSESS = AssessLead(ACME, PROFILE, MONDAY)
NO_SITE = CustomerDetailsRecorded(ACME, DetailField.HAS_WEBSITE, None, False, MONDAY)
OVERRIDE = OverrideGrade(ACME, Grade.B, "They sell through shops.", "mei", MONDAY)


def test_a_lead_is_graded_once_for_the_same_reasons_and_anew_for_others() -> None:
    first = IcpAssessed(ACME, 1, 100, Grade.A, ("a company",), MONDAY)
    given(REGISTERED).when(ASSESS, keeping).then(first)
    given(REGISTERED, first).when(ASSESS, keeping).then_nothing()
    second = IcpAssessed(ACME, 1, 100, Grade.X, ("a company", "NO_WEBSITE"), MONDAY)
    given(REGISTERED, first, NO_SITE).when(ASSESS, keeping).then(second)


def test_what_a_manager_said_holds_whatever_is_assessed_later() -> None:
    assessed = IcpAssessed(ACME, 1, 100, Grade.X, ("a company", "NO_WEBSITE"), MONDAY)
    said = IcpOverridden(ACME, Grade.X, Grade.B, "They sell through shops.", "mei", MONDAY)
    given(REGISTERED, assessed).when(OVERRIDE, keeping).then(said)
    given(REGISTERED, assessed, said).when(OVERRIDE, keeping).then_nothing()
    stream = customer_of(ACME)
    customer = stream.empty
    for event in (REGISTERED, assessed, said, assessed):
        customer = stream.evolve(customer, event)
    assert isinstance(customer, Registered)
    assert customer.grade is Grade.B


def test_nobody_is_graded_otherwise_without_a_reason() -> None:
    silent = OverrideGrade(ACME, Grade.B, " ", "mei", MONDAY)
    given(REGISTERED).when(silent, keeping).then_refused(ReasonRequired)
