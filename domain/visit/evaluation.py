"""EFF: what makes a visit effective, and what is missing where it is not (domain §3.4, S13, S69)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.days import Calendar, start_of_day
from domain.rulesets import EffectiveVisitRules
from domain.visit.events import Presence, Verdict
from domain.visit.presence import metres_outside
from domain.visit.report import KEY_ROLES, Discovery, Mode, Report
from domain.visit.state import Sighting, Telling, Visit


class Failing(StrEnum):
    """The criteria, each by the word that says it is not met."""

    VOIDED = "VOIDED"
    NOT_IN_PERSON = "NOT_IN_PERSON"
    PRESENCE = "PRESENCE"
    NO_KEY_PERSON = "NO_KEY_PERSON"
    DURATION = "DURATION"
    NOTE_TOO_SHORT = "NOTE_TOO_SHORT"
    NO_NEXT_STEP = "NO_NEXT_STEP"
    LATE = "LATE"
    NO_NEW_FACT = "NO_NEW_FACT"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict before it is written. `settles_at`: when UNDETERMINED becomes NOT by itself; `shown_at`: when the
    device was seen there."""

    verdict: Verdict
    failed: tuple[str, ...] = ()
    settles_at: datetime | None = None
    shown_at: datetime | None = None


def evaluate(
    visit: Visit,
    telling: Telling,
    rules: EffectiveVisitRules,
    calendar: Calendar,
    previous: Report | None,
    key_contacts: frozenset[UUID],
    at: datetime,
    *,
    photo_confirmed: bool,
) -> Finding:
    """Judge a visit by all criteria at once.

    `previous`: what was told of the visit before this one to the same customer; `key_contacts`: the customer's key
    persons as the customer's record knows them, besides those whom the report names as such.
    """
    failed = list(_failed(visit, telling, rules, previous, key_contacts))
    shown_at = _there_at(visit.sighting)
    if photo_confirmed or shown_at is not None:
        return Finding(Verdict.NOT if failed else Verdict.EFFECTIVE, tuple(failed), shown_at=shown_at)
    if failed or not _open(visit, rules):
        return Finding(Verdict.NOT, _in_order([*failed, Failing.PRESENCE]))
    settles_at = start_of_day(
        calendar.workdays_after(telling.biz_date, rules.undetermined_workdays) + timedelta(days=1), telling.zone
    )
    if visit.reviewed or settles_at <= at:
        return Finding(Verdict.NOT, (Failing.PRESENCE,))
    return Finding(Verdict.UNDETERMINED, (Failing.PRESENCE,), settles_at)


def _failed(
    visit: Visit,
    telling: Telling,
    rules: EffectiveVisitRules,
    previous: Report | None,
    key_contacts: frozenset[UUID],
) -> Iterable[Failing]:
    report = telling.report
    if visit.voided:
        yield Failing.VOIDED
    if report.mode is not Mode.IN_PERSON:
        yield Failing.NOT_IN_PERSON
    if not any(met.contact_id in key_contacts or met.role in KEY_ROLES for met in report.participants.customer):
        yield Failing.NO_KEY_PERSON
    lasted = report.ended_at - report.started_at
    if not timedelta(minutes=rules.shortest_minutes) <= lasted <= timedelta(minutes=rules.longest_minutes):
        yield Failing.DURATION
    if report.note_characters < rules.note_characters:
        yield Failing.NOTE_TOO_SHORT
    if report.next_step is None and not (report.none_reason or "").strip():
        yield Failing.NO_NEXT_STEP
    if not telling.on_time:
        yield Failing.LATE
    if not learnt(report) - (learnt(previous) if previous else frozenset()):
        yield Failing.NO_NEW_FACT


def learnt(report: Report) -> frozenset[tuple[str, str]]:
    """The facts that a report brings: answers, an objection, a commitment; case and spaces make no new fact."""
    answers = report.discovery or Discovery()
    said = {
        "need": answers.need,
        "budget": answers.budget,
        "buyer": answers.buyer,
        "timing": answers.timing,
        "objection": report.objection,
        "commitment": report.commitment,
    }
    plain = {kind: " ".join(words.split()).casefold() for kind, words in said.items() if words}
    return frozenset((kind, words) for kind, words in plain.items() if words)


def _there_at(sighting: Sighting | None) -> datetime | None:
    return sighting.seen_at if sighting is not None and sighting.presence is Presence.VERIFIED else None


def _open(visit: Visit, rules: EffectiveVisitRules) -> bool:
    """Nothing was seen that speaks against being there: no sensor, or one that was off by little and not made up."""
    if visit.mock:
        return False
    seen = visit.sighting
    if seen is None or seen.presence is not Presence.OUTSIDE or seen.distance_m is None:
        return True
    return metres_outside(seen.distance_m, seen.accuracy_m or 0, rules) <= rules.nearby_metres


def _in_order(failed: Iterable[Failing]) -> tuple[str, ...]:
    return tuple(sorted(failed, key=list(Failing).index))
