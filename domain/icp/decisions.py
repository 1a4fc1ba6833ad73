"""Publish a profile, suspend a source and resume it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, assert_never

from domain.decider import Decider, Past, Stream
from domain.icp.events import IcpPublished, SourceResumed, SourceSuspended
from domain.icp.state import Profiles, Sources, profiles, sources
from domain.reception import FieldFault, Malformed, ReasonRequired, RefNotFound, RetroactiveForbidden
from domain.rulesets import IcpAttribute, IcpCriterion

MOST_CRITERIA = 50
_HIGHEST = 100
_YES_OR_NO = frozenset({"true", "false"})
_NUMBERS = frozenset({IcpAttribute.COMPLETENESS, IcpAttribute.KEY_CONTACTS})


@dataclass(frozen=True, slots=True)
class PublishIcp:
    """Leads shall be graded like this from a day on. `today`: the day of the asking."""

    effective_from: date
    criteria: tuple[IcpCriterion, ...]
    a_from: int
    b_from: int
    c_from: int
    website_required: bool
    today: date
    at: datetime


@dataclass(frozen=True, slots=True)
class SuspendSource:
    """No leads shall be taken from a source."""

    method: str
    detail: str | None
    reason: str
    asked_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResumeSource:
    """Leads of a source shall be taken again."""

    method: str
    detail: str | None
    asked_by: str
    at: datetime


IcpCommand: TypeAlias = PublishIcp | SuspendSource | ResumeSource


def stands_on(command: IcpCommand) -> Sequence[Stream[Any]]:
    """The profile, or the sources."""
    return [profiles() if isinstance(command, PublishIcp) else sources()]


def decide(command: IcpCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case PublishIcp():
            return publish_icp(command, past.of(profiles()))
        case SuspendSource():
            return suspend_source(command, past.of(sources()))
        case ResumeSource():
            return resume_source(command, past.of(sources()))
        case _:
            assert_never(command)


def publish_icp(command: PublishIcp, known: Profiles) -> Sequence[object]:
    """A profile that can be applied, in force from today at the earliest."""
    faults = tuple(_faults(command))
    if faults:
        raise Malformed(faults)
    if command.effective_from < command.today:
        raise RetroactiveForbidden(command.effective_from, command.today)
    said = (command.criteria, command.a_from, command.b_from, command.c_from, command.website_required)
    now = known.in_force(command.effective_from)
    if now is not None and (now.criteria, now.a_from, now.b_from, now.c_from, now.website_required) == said:
        return []
    return [IcpPublished(len(known.published) + 1, command.effective_from, *said, published_at=command.at)]


def suspend_source(command: SuspendSource, known: Sources) -> Sequence[object]:
    """For a reason; another reason is another suspension."""
    if not command.reason.strip():
        raise ReasonRequired("icp.suspend_source")
    if known.suspended.get((command.method, command.detail)) == command.reason:
        return []
    return [SourceSuspended(command.method, command.detail, command.reason, command.asked_by, command.at)]


def resume_source(command: ResumeSource, known: Sources) -> Sequence[object]:
    """Only what is suspended can be resumed."""
    if (command.method, command.detail) not in known.suspended:
        raise RefNotFound("suspension", f"{command.method}:{command.detail or ''}")
    return [SourceResumed(command.method, command.detail, command.asked_by, command.at)]


def _faults(command: PublishIcp) -> Iterable[FieldFault]:
    if not 0 < len(command.criteria) <= MOST_CRITERIA:
        yield FieldFault("/data/criteria", f"From 1 to {MOST_CRITERIA}.")
    if not 0 <= command.c_from <= command.b_from <= command.a_from <= _HIGHEST:
        yield FieldFault("/data/a_from", "0 ≤ c_from ≤ b_from ≤ a_from ≤ 100.")
    for number, one in enumerate(command.criteria):
        if not 0 < one.weight <= 1_000:
            yield FieldFault(f"/data/criteria/{number}/weight", "From 1 to 1000.")
        if not one.any_of:
            yield FieldFault(f"/data/criteria/{number}/any_of", "At least one value.")
        elif one.attribute is IcpAttribute.HAS_WEBSITE and not set(one.any_of) <= _YES_OR_NO:
            yield FieldFault(f"/data/criteria/{number}/any_of", "true or false.")
        elif one.attribute in _NUMBERS and not (
            len(one.any_of) == 1 and one.any_of[0].isascii() and one.any_of[0].isdigit()
        ):
            yield FieldFault(f"/data/criteria/{number}/any_of", "One whole number: at least so many.")


grading = Decider[IcpCommand](stands_on, decide)
