"""Every code that a client may meet, brought about through the door, and its problem document read."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import httpx
import pytest

from api.http.problems import slug, status_of_kind
from domain.portfolio.events import SlotReleased
from domain.portfolio.state import portfolio_of
from projections.departures import DepartureRow
from services import words
from services.by_itself import at_start
from services.carry_out import enveloped
from services.ports import Append, Receipt, Request
from services.refusals import Conflict, Invalid, NotAllowed, Refusal, Unknown
from tests.api.office import SINCE, Office, customer, opened, visit
from tests.people import ACME, GLOBEX, SHANGHAI, an_id

Story: TypeAlias = Callable[[Office], Awaitable[httpx.Response]]
STORIES: dict[str, Story] = {}
NO_STORY: Mapping[str, str] = {
    "NO_CHANGE": "is no problem: test_what_is_so_already_is_answered_with_200_and_no_event",
}


def story(of: Story) -> Story:
    """A story is named for the code that it ends with."""
    STORIES[of.__name__.upper()] = of
    return of


# ------------------------------------------------------------------------------------------------ every kind of request


@story
async def malformed(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", {})


@story
async def unknown_field(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(colour="red"))


@story
async def block_overlap(office: Office) -> httpx.Response:
    block = {"kind": "ADMIN", "from": "09:00", "to": "10:00"}
    return await office.post("anna", "/v1/workdays/plans", {"blocks": [block, {**block, "kind": "TRAVEL"}]})


@story
async def day_planned(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/workdays/plans", {"commitments": [{"metric": "visits", "qty": 8}]})
    return await office.post("anna", "/v1/workdays/plans", {"commitments": [{"metric": "visits", "qty": 2}]})


@story
async def day_not_planned(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/workdays/plans/adjustments", {"reason": "Snow."})


@story
async def day_closed(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/workdays/closings", {"result": "Five visits."})
    return await office.post("anna", "/v1/workdays/plans", {"commitments": [{"metric": "visits", "qty": 2}]})


@story
async def day_ahead(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/workdays/closings", {"result": "Five visits.", "day": "2026-03-03"})


@story
async def day_still_open(office: Office) -> httpx.Response:
    judged = {"rep_id": "anna", "day": "2026-03-02", "verdict": "OK"}
    return await office.post("mei", "/v1/workdays/inspections", judged)


@story
async def derived_field(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(grade="A"))


@story
async def text_invalid(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(note="\x00"))


@story
async def unknown_event_type(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.teleport", {})


@story
async def schema_version_unsupported(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(), specversion="2.0")


@story
async def payload_too_large(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(note="x" * 66_000))


@story
async def tz_invalid(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(), timezone="Mars/Olympus")


@story
async def future_occurred_at(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(), time="2026-03-02T09:06:00+08:00")


@story
async def occurred_at_out_of_range(office: Office) -> httpx.Response:
    return await office.emit("otto", "org.add_team", {"team_id": "x", "zone": "UTC"}, time="1999-12-31T23:59:59Z")


@story
async def backdate_limit(office: Office) -> httpx.Response:
    office.later(days=30)
    return await office.emit("anna", "visit.record", visit())


@story
async def ref_not_found(office: Office) -> httpx.Response:
    return await office.post("anna", f"/v1/customers/{an_id(9)}/claims")


@story
async def organisation_mismatch(office: Office) -> httpx.Response:
    return await office.emit("anna", "visit.record", visit(), organisation="other")


@story
async def forbidden(office: Office) -> httpx.Response:
    return await office.emit("anna", "org.add_team", {"team_id": "x", "zone": "UTC"})


@story
async def out_of_scope(office: Office) -> httpx.Response:
    made = await office.platform.access.create("anna", "rep", scopes=["read"])
    return await office.http.post("/v1/visits", json=visit(1), headers={"Authorization": f"Bearer {made.token}"})


@story
async def actor_inactive(office: Office) -> httpx.Response:
    await office.emit("otto", "org.depart_rep", {"rep_id": "anna"})
    office.later(minutes=5)
    return await office.emit("anna", "customer.rename", {"customer_id": str(ACME), "legal_name": "Acme"})


@story
async def rate_limited(_: Office) -> httpx.Response:
    slow = await opened(a_second=1)
    answers = [await slow.get("anna", "/v1/ownership") for _ in range(12)]
    await slow.http.aclose()
    await slow.platform.close()
    return next(answer for answer in answers if answer.status_code == 429)


@story
async def idempotency_mismatch(office: Office) -> httpx.Response:
    await office.emit("anna", "visit.record", visit(1), id="one")
    return await office.emit("anna", "visit.record", visit(2), id="one")


@story
async def depends_on_rejected(office: Office) -> httpx.Response:
    events = [office.event("visit.record", {}, deviceid="p"), office.event("visit.record", visit(), deviceid="p")]
    return _item(await office.batch("anna", events), 1)


@story
async def attachment_mismatch(office: Office) -> httpx.Response:
    headers = office.headers("anna", Content_Type="image/jpeg")
    return await office.http.put(f"/v1/attachments/{'ab' * 32}", content=b"a photo", headers=headers)


@story
async def device_of_another(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/devices/phone-17/sync", {"boot_id": "b1"})
    return await office.post("bruno", "/v1/devices/phone-17/sync", {"boot_id": "b1"})


@story
async def precondition_failed(office: Office) -> httpx.Response:
    return await office.post("anna", f"/v1/customers/{ACME}/renames", {"legal_name": "Acme Group"}, If_Match='"v9"')


@story
async def version_conflict(office: Office) -> httpx.Response:
    """Somebody else writes to anna's portfolio before every try of hers, for as long as she tries."""
    log, portfolio = office.platform.log, portfolio_of("anna").name
    append = log.append

    async def somebody_is_quicker(asked: Append) -> Receipt:
        if portfolio in asked.stands_on:
            tips = {portfolio: asked.stands_on[portfolio]}
            news = [SlotReleased("anna", an_id(999), GLOBEX)]
            context = at_start(office.platform.now(), SHANGHAI)
            written = enveloped(news, tips, context, log.name, office.platform.new_id)
            await append(Append(None, "accepted", context.decided_at, tips, written))
        return await append(asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "append", somebody_is_quicker)
        return await office.post("anna", f"/v1/customers/{ACME}/claims")


@story
async def reason_required(office: Office) -> httpx.Response:
    question = {"rep_id": "anna", "purpose": "BACKDATE", "ref": str(an_id(1)), "reason": ""}
    return await office.post("mei", "/v1/approvals", question)


# ------------------------------------------------------------------------------------------------------------ customers


@story
async def source_required(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(source=None))


@story
async def source_detail_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(source={"method": "EVENT", "detail": "x" * 65}))


@story
async def duplicate_pending(office: Office) -> httpx.Response:
    twice = (await office.post("bruno", "/v1/customers", customer("ACME LTD."))).json()["customer_id"]
    return await office.post("bruno", f"/v1/customers/{twice}/claims", {})


@story
async def merged_use_survivor(office: Office) -> httpx.Response:
    await office.post("mei", f"/v1/duplicates/{GLOBEX}/{ACME}/verdict", {"verdict": "SAME"})
    await office.settled()
    merged = (await office.get("mei", f"/v1/customers/{ACME}")).json()["merged_ids"] or [str(ACME)]
    return await office.post("bruno", f"/v1/customers/{merged[0]}/claims", {})


@story
async def merge_forbidden(office: Office) -> httpx.Response:
    for customer_id, uscc in ((ACME, "91350100M000100Y43"), (GLOBEX, "91310000MA1000018Y")):
        await office.post("otto", f"/v1/customers/{customer_id}/details", {"uscc": uscc})
    return await office.post("mei", f"/v1/duplicates/{GLOBEX}/{ACME}/verdict", {"verdict": "SAME"})


@story
async def merge_invalid(office: Office) -> httpx.Response:
    return await office.post("mei", f"/v1/duplicates/{ACME}/{ACME}/verdict", {"verdict": "SAME"})


@story
async def uscc_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(uscc="91350100M000100Y4Z"))


@story
async def name_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer("!!!"))


@story
async def country_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(country="China"))


@story
async def region_code_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(region_code="shang hai"))


@story
async def phone_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(phones=["ask Li"]))


@story
async def address_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(address="——"))


@story
async def email_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", f"/v1/customers/{ACME}/contacts", {"name": "Li", "email": "li at home"})


@story
async def domain_not_company(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(domain="gmail.com"))


@story
async def crs_required(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(geo={"lat": 31, "lon": 121}))


@story
async def geo_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/customers", customer(geo={"lat": 0, "lon": 0, "crs": "WGS84"}))


@story
async def duplicate_hard(office: Office) -> httpx.Response:
    code = "91350100M000100Y43"
    await office.post("anna", "/v1/customers", customer(uscc=code))
    return await office.post("bruno", "/v1/customers", customer("Initech Group Ltd", uscc=code))


@story
async def contact_exists(office: Office) -> httpx.Response:
    path, one = f"/v1/customers/{ACME}/contacts", str(an_id(1))
    await office.post("anna", path, {"contact_id": one, "name": "Li Lei"})
    return await office.post("anna", path, {"contact_id": one, "name": "Han Meimei"})


# ------------------------------------------------------------------------------------------------------------- claims


@story
async def extension_used(office: Office) -> httpx.Response:
    claim_id = await _claimed(office)
    await office.post("mei", f"/v1/claims/{claim_id}/extend", {"reason": "They decide in April.", "days": 5})
    return await office.post("mei", f"/v1/claims/{claim_id}/extend", {"reason": "They decide in May."})


@story
async def lapsed(office: Office) -> httpx.Response:
    claim_id = await _claimed(office)
    office.later(days=4)
    return await office.post("mei", f"/v1/claims/{claim_id}/extend", {"reason": "They decide in April."})


@story
async def not_common_manager(office: Office) -> httpx.Response:
    claim_id = await _claimed(office)
    return await office.post("anna", f"/v1/claims/{claim_id}/transfer", {"to_rep_id": "bruno"})


@story
async def split_required(office: Office) -> httpx.Response:
    claim_id = await _claimed(office)
    return await office.post("mei", f"/v1/claims/{claim_id}/transfer", {"to_rep_id": "bruno"})


@story
async def in_custody(office: Office) -> httpx.Response:
    await _claimed(office)
    left_at = office.platform.now()
    await office.emit("otto", "org.depart_rep", {"rep_id": "anna"})
    await office.platform.ownership.place_in_custody(DepartureRow("anna", left_at), left_at, SHANGHAI)
    return await office.post("bruno", f"/v1/customers/{ACME}/claims")


@story
async def harvest_reserved(office: Office) -> httpx.Response:
    claim_id = await _claimed(office)
    parked = await office.post("anna", f"/v1/claims/{claim_id}/park", {"harvest_on": "2026-03-09"})
    assert parked.json()["state"] == "PARKED", parked.text
    office.later(days=7)
    return await office.post("bruno", f"/v1/customers/{ACME}/claims")


@story
async def not_stopped(office: Office) -> httpx.Response:
    claim_id = await _claimed(office)
    return await office.post("mei", f"/v1/claims/{claim_id}/continue", {"reason": "They decide in April."})


async def _with_rules(office: Office, **rules: object) -> None:
    """An organisation that has switched something on."""
    published = await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "body": rules})
    assert published.status_code in (200, 201), published.text


@story
async def frozen_in_pool(office: Office) -> httpx.Response:
    await _with_rules(office, pool_freeze_days=2)
    claim_id = await _claimed(office)
    await office.post("anna", f"/v1/claims/{claim_id}/release")
    return await office.post("bruno", f"/v1/customers/{ACME}/claims")


@story
async def unworked_limit(office: Office) -> httpx.Response:
    await _with_rules(office, unworked_capacity=1)
    async with office.platform.started(clock=False):
        await _claimed(office)
        return await office.post("anna", f"/v1/customers/{GLOBEX}/claims")


@story
async def claim_gap(office: Office) -> httpx.Response:
    await _with_rules(office, claim_gap_minutes=10)
    await _claimed(office)
    return await office.post("anna", f"/v1/customers/{GLOBEX}/claims")


@story
async def contested(office: Office) -> httpx.Response:
    context = replace(at_start(office.platform.now(), SHANGHAI), request=Request("/test", "case", b""))
    await office.platform.ownership.pause(ACME, "default", an_id(500), context)
    return await office.post("anna", f"/v1/customers/{ACME}/claims")


@story
async def already_claimed(office: Office) -> httpx.Response:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    return await office.post("bruno", f"/v1/customers/{ACME}/claims")


@story
async def already_owned_by_you(office: Office) -> httpx.Response:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    return await office.post("anna", f"/v1/customers/{ACME}/claims")


@story
async def in_grace(office: Office) -> httpx.Response:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    office.later(days=4)
    return await office.post("bruno", f"/v1/customers/{ACME}/claims")


@story
async def cooling_off(office: Office) -> httpx.Response:
    claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    await office.post("anna", f"/v1/claims/{claim.json()['claim_id']}/release")
    return await office.post("anna", f"/v1/customers/{ACME}/claims")


@story
async def icp_x(office: Office) -> httpx.Response:
    await office.post("mei", f"/v1/customers/{ACME}/decline", {"reason": "NOT_ICP"})
    return await office.post("anna", f"/v1/customers/{ACME}/claims")


@story
async def capacity_exceeded(office: Office) -> httpx.Response:
    await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "body": {"capacity": 1}})
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    return await office.post("anna", f"/v1/customers/{GLOBEX}/claims")


@story
async def pool_view_limit(office: Office) -> httpx.Response:
    await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "body": {"pool_views_per_day": 0}})
    await office.settled()
    return await office.get("anna", f"/v1/customers/{ACME}")


@story
async def not_suspended(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/reps/anna/reinstatement")


@story
async def daily_limit(office: Office) -> httpx.Response:
    await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "body": {"claims_per_day": 1}})
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    return await office.post("anna", f"/v1/customers/{GLOBEX}/claims")


@story
async def not_owner(office: Office) -> httpx.Response:
    claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    return await office.post("bruno", f"/v1/claims/{claim.json()['claim_id']}/release")


# ------------------------------------------------------------------------------------------------------------- visits


@story
async def interval_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/visits", visit(ended_at="2026-03-02T08:00:00+08:00"))


@story
async def duration_invalid(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/visits", visit(started_at="2026-03-01T08:00:00+08:00"))


@story
async def date_in_past(office: Office) -> httpx.Response:
    step = {"what": "Call", "due": "2026-02-01", "responsible_id": "anna"}
    return await office.post("anna", "/v1/visits", visit(next_step=step))


@story
async def responsible_required(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/visits", visit(next_step={"what": "Call", "due": "2026-03-09"}))


@story
async def contact_unknown(office: Office) -> httpx.Response:
    return await office.post("anna", "/v1/visits", visit(participants={"customer": [{"contact_id": str(an_id(5))}]}))


@story
async def already_recorded(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    return await office.post("anna", "/v1/visits", visit(note="Something else entirely."))


@story
async def already_planned(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits/plans", plan())
    return await office.post("anna", "/v1/visits/plans", plan(planned_min=60))


@story
async def not_planned(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    return await office.post("anna", f"/v1/visits/{an_id(1)}/cancellation", {"reason": "They moved."})


@story
async def not_recorded(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits/plans", plan())
    return await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})


@story
async def not_author(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    return await office.post("bruno", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})


@story
async def already_void(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})
    return await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})


@story
async def source_is_suspended(office: Office) -> httpx.Response:
    await office.post("mei", "/v1/sources/suspensions", {"method": "DIRECTORY", "reason": "Wrong numbers."})
    return await office.post("anna", "/v1/customers", customer(source={"method": "DIRECTORY"}))


@story
async def evidence_unfit(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    needs = {"need": "A smaller pack.", "evidence": {"visit_id": str(an_id(1))}}
    return await office.post("anna", f"/v1/customers/{GLOBEX}/qualification/needs", needs)


@story
async def buyer_not_present(office: Office) -> httpx.Response:
    contact = {"contact_id": str(an_id(601)), "name": "Li Na", "role": "BUYER"}
    await office.post("anna", f"/v1/customers/{ACME}/contacts", contact)
    await office.post("anna", "/v1/visits", visit())
    meeting = {"contact_id": str(an_id(601)), "evidence": {"visit_id": str(an_id(1))}}
    return await office.post("anna", f"/v1/customers/{ACME}/qualification/meetings", meeting)


@story
async def sensor_fact(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    correction = {"field": "distance_m", "new_value": 5, "reason": "TYPO"}
    return await office.post("anna", f"/v1/visits/{an_id(1)}/corrections", correction)


@story
async def field_not_correctable(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    correction = {"field": "mood", "new_value": "good", "reason": "TYPO"}
    return await office.post("anna", f"/v1/visits/{an_id(1)}/corrections", correction)


@story
async def approval_required(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/visits", visit())
    correction = {"field": "ended_at", "new_value": "2026-03-02T08:50:00+08:00", "reason": "WRONG_TIME"}
    return await office.post("anna", f"/v1/visits/{an_id(1)}/corrections", correction)


@story
async def already_decided(office: Office) -> httpx.Response:
    question = {
        "approval_id": str(an_id(3)), "rep_id": "anna", "purpose": "BACKDATE", "ref": str(an_id(1)), "reason": "Ill."
    }  # fmt: skip
    await office.post("mei", "/v1/approvals", question)
    return await office.post("mei", "/v1/approvals/denials", question)


@story
async def self_approval(office: Office) -> httpx.Response:
    join = {"rep_id": "mei", "team_id": "east", "effective_at": SINCE}
    await office.post("otto", "/v1/reps", join)
    question = {"rep_id": "mei", "purpose": "BACKDATE", "ref": str(an_id(1)), "reason": "Ill."}
    return await office.post("mei", "/v1/approvals", question)


# ------------------------------------------------------------------------------------------------------- organisation


@story
async def team_exists(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/teams", {"team_id": "east", "zone": "Europe/Berlin"})


@story
async def already_joined(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/reps", {"rep_id": "anna", "team_id": "east", "zone": "Europe/Berlin"})


@story
async def line_cycle(office: Office) -> httpx.Response:
    await office.post("otto", "/v1/reps/anna/moves", {"manager_id": "bruno"})
    return await office.post("otto", "/v1/reps/bruno/moves", {"manager_id": "anna"})


@story
async def retroactive_forbidden(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "effective_from": "2026-03-01", "body": {}})


@story
async def ruleset_inconsistent(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "body": {"protection_days": 100}})


@story
async def nothing_left_in_force(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/rule-sets/PROT/retirements", {"version": 1})


# -------------------------------------------------------------------------------------------------------------- deals


@story
async def deal_exists(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/deals", deal())
    return await office.post("anna", "/v1/deals", deal(product="Something else"))


@story
async def deal_closed(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/deals", deal())
    await office.post("anna", f"/v1/deals/{an_id(1)}/loss", {"lost_reason": "PRICE"})
    return await office.post("anna", f"/v1/deals/{an_id(1)}/stages", {"stage": "PROPOSAL"})


@story
async def deal_not_won(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/deals", deal())
    credits = {"credits": [{"rep_id": "anna", "bp": 10_000}], "reason": "As agreed."}
    return await office.post("mei", f"/v1/deals/{an_id(1)}/credits", credits)


@story
async def customer_required(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/deals", deal(customer_id=None))
    return await office.post("anna", f"/v1/deals/{an_id(1)}/win", win())


@story
async def split_invalid(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/deals", deal())
    return await office.post("anna", f"/v1/deals/{an_id(1)}/win", win(credits=[{"rep_id": "anna", "bp": 9_000}]))


# ------------------------------------------------------------------------------------------------------------ targets


@story
async def qty_invalid(office: Office) -> httpx.Response:
    return await office.post("mei", "/v1/targets", target(qty=-1))


@story
async def metric_unknown(office: Office) -> httpx.Response:
    return await office.post("mei", "/v1/targets", target(metric="happiness"))


@story
async def metric_level(office: Office) -> httpx.Response:
    return await office.post("mei", "/v1/targets", target(metric="conversion"))


@story
async def period_invalid(office: Office) -> httpx.Response:
    return await office.post("mei", "/v1/targets", target(to_day="2026-03-05"))


@story
async def target_exists(office: Office) -> httpx.Response:
    await office.post("mei", "/v1/targets", target())
    return await office.post("mei", "/v1/targets", target(qty=9))


@story
async def target_overlap(office: Office) -> httpx.Response:
    await office.post("mei", "/v1/targets", target())
    return await office.post("mei", "/v1/targets", target(target_id=str(an_id(2))))


@story
async def target_not_set(office: Office) -> httpx.Response:
    await office.post("anna", "/v1/targets/proposals", target())
    return await office.post("mei", f"/v1/targets/{an_id(1)}/lock")


@story
async def parent_mismatch(office: Office) -> httpx.Response:
    await office.post("mei", "/v1/targets", target())
    part = target(target_id=str(an_id(2)), subject="rep:bruno", metric="valid_new_leads", parent_id=str(an_id(1)))
    return await office.post("mei", "/v1/targets", part)


@story
async def iron_target(office: Office) -> httpx.Response:
    await office.post("mei", "/v1/targets", target(iron=True, from_day="2026-03-02", to_day="2026-03-02"))
    change = {"qty": 5, "effective_from": "2026-03-02", "reason": "LEAVE", "calc": "Half a day.", "approver": "rex"}
    return await office.post("mei", f"/v1/targets/{an_id(1)}/amendments", change)


@story
async def locked_in_period(office: Office) -> httpx.Response:
    await office.post("mei", "/v1/targets", target(from_day="2026-03-02", to_day="2026-03-02"))
    await office.post("mei", f"/v1/targets/{an_id(1)}/lock")
    return await office.post("mei", f"/v1/targets/{an_id(1)}/close")


# ---------------------------------------------------------------------------------------------------------- conflicts


@story
async def not_party(office: Office) -> httpx.Response:
    said = {"customer_id": str(ACME), "parties": ["bruno", "mei"], "reason": "It is mine."}
    await office.emit("otto", "org.add_rep", {"rep_id": "mei", "team_id": "east"})
    return await office.post("anna", "/v1/conflicts", said)


@story
async def case_exists(office: Office) -> httpx.Response:
    await _case(office)
    said = {"customer_id": str(ACME), "parties": ["bruno", "anna"], "reason": "It is mine."}
    return await office.post("bruno", "/v1/conflicts", said)


@story
async def too_early(office: Office) -> httpx.Response:
    return await office.post("rex", f"/v1/conflicts/{await _case(office)}/rulings")


@story
async def arbiter_conflict(office: Office) -> httpx.Response:
    """Mei is above both of them and may rule, so nobody from outside does."""
    await office.emit("otto", "org.grant_role", {"actor_id": "mei", "role": "arbiter"})
    case_id = await _case(office)
    office.later(days=4)
    return await office.post("rex", f"/v1/conflicts/{case_id}/rulings")


@story
async def appeal_closed(office: Office) -> httpx.Response:
    return await office.post("bruno", f"/v1/conflicts/{await _case(office)}/appeals", {"reason": "It is mine."})


@story
async def case_final(office: Office) -> httpx.Response:
    return await office.post("rex", f"/v1/conflicts/{await _ruled(office)}/rulings")


@story
async def letter_required(office: Office) -> httpx.Response:
    case_id = await _case(office)
    office.later(days=4)
    said = {"winner_id": "bruno", "reason": "They want him."}
    return await office.post("rex", f"/v1/conflicts/{case_id}/rulings", said)


@story
async def evidence_locked(office: Office) -> httpx.Response:
    await office.emit("anna", "visit.record", visit())
    await office.settled()
    await _case(office)
    said = {"field": "outcome", "new_value": "They liked it.", "reason": "TYPO"}
    return await office.post("anna", f"/v1/visits/{an_id(1)}/corrections", said)


@story
async def challenge_closed(office: Office) -> httpx.Response:
    await office.post("bruno", "/v1/deals", deal())
    await office.post("bruno", f"/v1/deals/{an_id(1)}/win", win())
    office.later(days=8)
    return await office.post("anna", f"/v1/deals/{an_id(1)}/challenges", {"reason": "It is mine."})


@story
async def period_not_over(office: Office) -> httpx.Response:
    return await office.post("otto", "/v1/commission-periods", {"period": "2026-03"})


# ------------------------------------------------------------------------------------------------------------ privacy


async def _erasure(office: Office) -> str:
    """Pia asks that Wang Fang at Acme be forgotten: the id of the erasure."""
    told = {"contact_id": str(an_id(41)), "name": "Wang Fang", "role": "BUYER"}
    assert (await office.post("anna", f"/v1/customers/{ACME}/contacts", told)).status_code == 201
    said = {"customer_id": str(ACME), "contact_id": str(an_id(41)), "basis": "ASKED_BY_THE_PERSON"}
    asked = await office.post("pia", "/v1/privacy/erasures", said)
    assert asked.status_code == 201, asked.text
    return str(asked.json()["erasure_id"])


@story
async def second_person_required(office: Office) -> httpx.Response:
    return await office.post("pia", f"/v1/privacy/erasures/{await _erasure(office)}/approval")


@story
async def person_erased(office: Office) -> httpx.Response:
    erasure_id = await _erasure(office)
    assert (await office.post("paul", f"/v1/privacy/erasures/{erasure_id}/approval")).status_code == 200
    return await office.post("pia", f"/v1/privacy/erasures/{erasure_id}/rejection", {"reason": "MISTAKEN"})


@story
async def subject_active(office: Office) -> httpx.Response:
    return await office.post("pia", "/v1/privacy/erasures", {"rep_id": "anna", "basis": "ASKED_BY_THE_PERSON"})


# ------------------------------------------------------------------------------------------------------------ the laws

KINDS = (Conflict, Invalid, NotAllowed, Unknown)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


@pytest.mark.parametrize("code", sorted(STORIES))
async def test_every_code_comes_through_the_door_as_a_problem(office: Office, code: str) -> None:
    answer = await STORIES[code](office)
    problem = answer.json()
    assert problem["code"] == code, problem
    assert answer.status_code == status_of_kind(Refusal.by_code[code]) == problem["status"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{slug(code)}"
    assert problem["instance"]
    assert problem["detail"]
    assert code not in problem["detail"]
    meaning = await office.http.get(problem["type"])
    assert code in meaning.text
    assert answer.status_code != 429 or int(answer.headers["Retry-After"]) >= 1


def test_every_refusal_has_its_story() -> None:
    known = {
        code for code, kind in Refusal.by_code.items() if kind not in KINDS and kind.__module__.startswith("domain.")
    }
    assert set(STORIES) | set(NO_STORY) == known


@pytest.mark.parametrize("code", sorted({*STORIES, *NO_STORY}))
def test_every_refusal_has_its_sentence_in_every_language(code: str) -> None:
    for language in ("en", "zh-CN"):
        assert code in words.catalogue(language)["refusals"], f"{code} says nothing in {language}"


async def test_a_problem_speaks_the_language_that_is_asked_for(office: Office) -> None:
    english = await office.get("anna", f"/v1/visits/{an_id(1)}", Accept_Language="en")
    chinese = await office.get("anna", f"/v1/visits/{an_id(1)}", Accept_Language="fr, zh-CN;q=0.9, en;q=0.1")
    assert english.json()["code"] == chinese.json()["code"] == "REF_NOT_FOUND"
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in english.json()["detail"])
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese.json()["detail"])


async def test_a_fault_in_a_resource_call_points_into_its_own_body(office: Office) -> None:
    answer = await office.post("anna", "/v1/customers", customer(geo={"lat": 31, "lon": 121}))
    assert answer.json()["errors"][0]["pointer"] == "/geo/crs"
    answer = await office.post("anna", "/v1/visits", {})
    assert "/visit_id" in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_refusal_shows_nothing_of_a_rival_but_team_and_date(office: Office) -> None:
    answer = await already_claimed(office)
    assert "anna" not in answer.text
    assert {"team_id", "claimable_at"} <= set(answer.json())


async def test_what_is_so_already_is_answered_with_200_and_no_event(office: Office) -> None:
    before = (await office.platform.log.head()).position
    answer = await office.post("anna", f"/v1/customers/{ACME}/renames", {"legal_name": "Acme Ltd"})
    assert (answer.status_code, answer.json()["code"], answer.json()["events"]) == (200, "NO_CHANGE", [])
    assert (await office.platform.log.head()).position == before


async def _claimed(office: Office, who: str = "anna") -> str:
    """Somebody claims Acme: the id of the claim."""
    claimed = await office.post(who, f"/v1/customers/{ACME}/claims")
    assert claimed.status_code == 201, claimed.text
    await office.settled()
    return str(claimed.json()["claim_id"])


async def _case(office: Office) -> str:
    """Anna holds Acme, and Bruno says that it is his: the id of the case."""
    await _claimed(office)
    said = {"customer_id": str(ACME), "parties": ["anna", "bruno"], "reason": "It is mine."}
    opened_case = await office.post("bruno", "/v1/conflicts", said)
    assert opened_case.status_code == 201, opened_case.text
    await office.settled()
    return str(opened_case.json()["case_id"])


async def _ruled(office: Office) -> str:
    """The case is ruled on, as the ladder says."""
    case_id = await _case(office)
    office.later(days=4)
    ruled = await office.post("rex", f"/v1/conflicts/{case_id}/rulings")
    assert ruled.status_code == 201, ruled.text
    await office.settled()
    return case_id


def _item(batch: httpx.Response, number: int) -> httpx.Response:
    """One item's problem, as if it had come alone."""
    problem = batch.json()["results"][number]["problem"]
    headers = {"Content-Type": "application/problem+json"}
    return httpx.Response(problem["status"], content=json.dumps(problem), headers=headers)


def plan(**more: object) -> dict[str, Any]:
    return {
        "visit_id": str(an_id(1)),
        "customer_id": str(ACME),
        "planned_start": "2026-03-03T10:00:00+08:00",
        "planned_min": 45,
    } | more


def deal(**more: object) -> dict[str, Any]:
    return {"deal_id": str(an_id(1)), "customer_id": str(ACME)} | more


def win(**more: object) -> dict[str, Any]:
    return {
        "amount": {"minor": 500_000, "currency": "CNY"},
        "unknown_reason": "Not worked out.",
        "none_reason": "By phone.",
    } | more


def target(**more: object) -> dict[str, Any]:
    return {
        "target_id": str(an_id(1)),
        "subject": "rep:anna",
        "metric": "visits",
        "period": "DAY",
        "from_day": "2026-03-03",
        "to_day": "2026-03-03",
        "qty": 8,
        "responsible_id": "anna",
    } | more
