"""The list says of each customer what its events say, now and as of every earlier position."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date

from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.customer.decisions import (
    AddContact,
    ContactExists,
    CustomerCommand,
    DeclineLead,
    NoteAlias,
    RecordContactLeft,
    RenameCustomer,
    SetContactRole,
    keeping,
)
from domain.customer.details import text_hash
from domain.customer.events import (
    CompetitorRelation,
    CompetitorTie,
    ContactLeft,
    ContactRole,
    ContactRoleSet,
    CustomerDetailsRecorded,
    CustomerRenamed,
    DeclineReason,
    DetailField,
    LeadDeclined,
    Source,
    SourceMethod,
)
from domain.customer.said import DetailsSaid, GivenPlace
from domain.customer.state import Registered, customer_of
from domain.decider import Past
from domain.facts import DomainFacts
from domain.reception import RefNotFound
from domain.registering.decisions import RecordDetails, registering
from domain.values import Place
from projections.customer_list import CustomerRow, customer_list
from projections.projection import Known, replay
from tests.domain.customer.customers import (
    CODE,
    FAIR,
    LI,
    OTHER_CODE,
    REGISTERED,
    WANG,
    li_added,
    said_name,
    said_phone,
    sealed,
)
from tests.happened import all_happened
from tests.people import ACME, GLOBEX, MONDAY, days

LATER = MONDAY + days(1)
NEW = "上海远洋贸易有限公司"
RENAMED = CustomerRenamed(ACME, text_hash(REGISTERED.legal_name), NEW, LATER)


def now(*past: object) -> CustomerRow:
    """The one row that is true now."""
    rows = [known.row for known in listed(*past) if known.known_to is None]
    assert len(rows) == 1
    return rows[0]


def listed(*past: object) -> Sequence[Known[CustomerRow]]:
    """Every row that was ever true."""
    return replay(customer_list, all_happened(past))


def test_a_registration_makes_a_row_with_everything_that_was_said() -> None:
    full = replace(
        REGISTERED,
        uscc=CODE,
        region_code="310000",
        domain="shop.acme.example",
        registrable="acme.example",
        phones=("+862150001234",),
        place=Place(312304000, 1214737000, "GCJ02"),
        competitor_relation=CompetitorRelation("Globex", CompetitorTie.INTENT, "a letter", date(2026, 2, 27)),
        has_website=False,
        buyer_persona="owner of a workshop",
        source=Source(SourceMethod.DIRECTORY, "yellow pages", "https://pages.example", date(2026, 2, 26)),
    )
    row = now(full)
    plain = {field.name for field in fields(CustomerRow)} & {field.name for field in fields(full)}
    assert {name: getattr(row, name) for name in plain} == {name: getattr(full, name) for name in plain}
    assert (row.lat_e7, row.lon_e7, row.crs) == (312304000, 1214737000, "GCJ02")
    relation = (row.competitor, row.competitor_tie, row.competitor_evidence, row.competitor_seen_on)
    assert relation == ("Globex", CompetitorTie.INTENT, "a letter", date(2026, 2, 27))
    source = (row.source_method, row.source_detail, row.source_url, row.source_seen_on)
    assert source == (SourceMethod.DIRECTORY, "yellow pages", "https://pages.example", date(2026, 2, 26))
    assert (row.completeness, row.contacts, row.key_contacts, row.version) == (75, 0, 0, 1)


def test_the_business_date_of_a_registration_is_that_of_its_envelope() -> None:
    row = now(REGISTERED)
    assert (row.registered_on, row.registered_at) == (MONDAY.date(), MONDAY)


def test_a_source_without_a_label_has_none() -> None:
    assert now(replace(REGISTERED, source=replace(FAIR, detail=None))).source_detail is None


def test_a_renamed_customer_is_listed_under_its_new_name_with_the_old_one_as_an_alias() -> None:
    row = now(REGISTERED, RENAMED)
    assert (row.legal_name, row.search_name, row.aliases) == (NEW, NEW, (REGISTERED.legal_name,))


def test_the_list_as_of_an_earlier_position_still_has_the_old_name() -> None:
    history = listed(REGISTERED, RENAMED)
    assert [(one.known_from, one.known_to, one.row.legal_name) for one in history] == [
        (1, 2, REGISTERED.legal_name),
        (2, None, NEW),
    ]


def test_a_name_is_looked_up_in_small_letters_without_blanks_and_punctuation() -> None:
    assert now(replace(REGISTERED, legal_name="Acme－Trading Co., Ltd.")).search_name == "acmetradingcoltd"


def test_one_group_of_details_changes_its_own_columns_alone() -> None:
    before = now(replace(REGISTERED, uscc=CODE, phones=("+862150001234",)))
    region = CustomerDetailsRecorded(
        ACME, DetailField.REGION, "hash", {"country": "CN", "region_code": "310000"}, LATER
    )
    after = now(replace(REGISTERED, uscc=CODE, phones=("+862150001234",)), region)
    assert after == replace(before, region_code="310000", completeness=before.completeness + 10, version=2)


def test_people_are_counted_while_they_are_there_and_key_persons_while_they_are_key() -> None:
    buyer = ContactRoleSet(ACME, LI, ContactRole.USER, ContactRole.BUYER, LATER)
    user = ContactRoleSet(ACME, LI, ContactRole.BUYER, ContactRole.USER, LATER)
    left = ContactLeft(ACME, LI, ContactRole.BUYER, LATER)
    two = [REGISTERED, li_added(), li_added(ContactRole.CHAMPION, contact_id=WANG)]

    def counts(*past: object) -> tuple[int, int]:
        row = now(*past)
        return row.contacts, row.key_contacts

    assert counts(*two) == (2, 1)
    assert counts(*two, buyer) == (2, 2)
    assert counts(*two, buyer, user) == (2, 1)
    assert counts(*two, buyer, left) == (1, 1)


def test_a_declined_lead_says_why_and_since_when() -> None:
    row = now(REGISTERED, LeadDeclined(ACME, DeclineReason.NO_POWER, LATER))
    assert (row.declined, row.declined_at) == (DeclineReason.NO_POWER, LATER)


def test_two_customers_have_a_row_each() -> None:
    rows = listed(REGISTERED, replace(REGISTERED, customer_id=GLOBEX), RENAMED)
    assert {one.row.customer_id: one.row.legal_name for one in rows if one.known_to is None} == {
        ACME: NEW,
        GLOBEX: REGISTERED.legal_name,
    }


def test_replaying_twice_gives_the_same_rows() -> None:
    history = (REGISTERED, RENAMED, li_added(), LeadDeclined(ACME, DeclineReason.NOT_ICP, LATER))
    assert listed(*history) == listed(*history)


acme, later, people, roles = st.just(ACME), st.just(LATER), st.sampled_from([LI, WANG]), st.sampled_from(ContactRole)
called = st.sampled_from([said_name(name) for name in (REGISTERED.legal_name, NEW, "Acme")])
keepings: st.SearchStrategy[CustomerCommand] = st.one_of(
    st.builds(RenameCustomer, acme, called, later),
    st.builds(NoteAlias, acme, called, later),
    st.builds(AddContact, acme, people, st.just(sealed("n")), roles, st.none(), st.none(), st.none(), later),
    st.builds(SetContactRole, acme, people, roles, later),
    st.builds(RecordContactLeft, acme, people, later),
    st.builds(DeclineLead, acme, st.sampled_from(DeclineReason), later),
)
said = st.builds(
    DetailsSaid,
    uscc=st.sampled_from([CODE, OTHER_CODE, None]),
    region_code=st.sampled_from(["310000", None]),
    domain=st.just("acme.example"),
    phones=st.sampled_from([(), ("+862150001234",)]),
    place=st.sampled_from([GivenPlace(1, 2, "WGS84"), None]),
    has_website=st.sampled_from([True, False, None]),
    buyer_persona=st.sampled_from(["patient", None]),
    address=st.sampled_from(["1 N Ogden Ave", None]),
)
domains = st.sampled_from(
    [DomainFacts(name, name, "acme.example", False, False) for name in ("acme.example", "shop.acme.example")]
)
numbers = st.sampled_from([(), (said_phone("+862150001234"),)])
learnings = st.builds(RecordDetails, acme, said, st.none() | domains, numbers, st.none(), st.none(), later)


@for_any(st.lists(keepings | learnings, max_size=15))
def test_whatever_is_asked_in_whatever_order_the_row_says_what_the_customer_is(
    asked: list[CustomerCommand | RecordDetails],
) -> None:
    stream, history = customer_of(ACME), list[object]([REGISTERED])
    state = stream.evolve(stream.empty, REGISTERED)
    for one in asked:
        assert isinstance(state, Registered)
        events = _decided(one, state)
        for event in events:
            state = stream.evolve(state, event)
        history.extend(events)
    assert isinstance(state, Registered)
    row = now(*history)
    assert (row.legal_name, row.aliases) == (state.legal_name, state.aliases)
    assert (row.completeness, row.declined) == (state.completeness, state.declined)
    here = [contact for contact in state.contacts.values() if contact.here]
    assert (row.contacts, row.key_contacts) == (len(here), sum(contact.role.is_key for contact in here))
    details = state.details
    assert (row.uscc, row.country, row.region_code, row.domain, row.registrable, row.phones) == (
        details.uscc,
        details.country,
        details.region_code,
        details.domain,
        details.registrable,
        details.phones,
    )
    assert (row.has_website, row.buyer_persona, row.address, row.crs) == (
        details.has_website,
        details.buyer_persona,
        details.address,
        details.place.crs if details.place else None,
    )


def _decided(asked: CustomerCommand | RecordDetails, state: Registered) -> list[object]:
    """The events of the customer that come of asking, none where a rule says no."""
    stream = customer_of(ACME)
    if not isinstance(asked, RecordDetails):
        try:
            return list(keeping.decide(asked, Past({stream.name: state})))
        except (ContactExists, RefNotFound):
            return []
    held = state.details
    command = replace(asked, held_uscc=held.uscc, held_registrable=held.registrable)
    states: dict[str, object] = {one.name: one.empty for one in registering.stands_on(command)}
    events = registering.decide(command, Past({**states, stream.name: state}))
    return [event for event in events if isinstance(event, CustomerDetailsRecorded)]
