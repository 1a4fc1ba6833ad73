"""May two records be of one customer? Pointed out by the platform, decided by a person (PM10, V19)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.customer.decisions import registered
from domain.customer.events import DuplicateResolved, DuplicateSuspected, GroupLinked, Level, Sign, Verdict
from domain.customer.likeness import Identity, Likeness, likeness
from domain.customer.state import Customer, Doubt, Registered, customer_of
from domain.decider import Decider, Past, Stream
from domain.refusal import Conflict, Invalid
from domain.rulesets import RulingRules


@dataclass(eq=False)
class MergeInvalid(Invalid):
    """A record cannot be merged into itself, nor one that was merged already, nor without the verdict SAME.

    `why`: ITSELF, MERGED, NO_VERDICT, or NOT_MERGED where a merge is to be undone that was not made.
    """

    customer_id: UUID
    other_id: UUID
    why: str


@dataclass(eq=False)
class MergeForbidden(Conflict):
    """Both records have a valid company code, and not the same one: they are two legal persons (A9, A29)."""

    customer_id: UUID
    other_id: UUID


@dataclass(frozen=True, slots=True)
class LookForDuplicates:
    """A customer was registered, renamed, or became better known: see of which records it may be a double.

    `mine`: what tells it from others now; `others`: the customers of the index with which it has something in common,
    and those of which it was suspected before.
    """

    mine: Identity
    others: Sequence[Identity]
    rules: RulingRules
    at: datetime


@dataclass(frozen=True, slots=True)
class ResolveDuplicate:
    """Somebody looked at two records, whether or not anybody suspected them, and says what they are."""

    customer_id: UUID
    other_id: UUID
    verdict: Verdict
    reason: str | None
    asked_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Two customers belong to one group of companies."""

    customer_id: UUID
    other_id: UUID
    reason: str | None
    asked_by: str
    at: datetime


DoubtCommand: TypeAlias = LookForDuplicates | ResolveDuplicate | LinkGroup


def stands_on(command: DoubtCommand) -> Sequence[Stream[Customer]]:
    """Every record that is spoken of."""
    match command:
        case LookForDuplicates():
            others = {other.customer_id for other in command.others}
            return [customer_of(one) for one in sorted(others | {command.mine.customer_id})]
        case ResolveDuplicate() | LinkGroup():
            return [customer_of(one) for one in sorted({command.customer_id, command.other_id})]
        case _:
            assert_never(command)


def decide(command: DoubtCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case LookForDuplicates():
            return list(look_for_duplicates(command, past))
        case ResolveDuplicate():
            return resolve_duplicate(command, past)
        case LinkGroup():
            return link_group(command, past)
        case _:
            assert_never(command)


def look_for_duplicates(command: LookForDuplicates, past: Past) -> Iterator[object]:
    """Point out what was not known, or not so surely; and let go of what company codes have shown to be two."""
    one = registered(past.of(customer_of(command.mine.customer_id)), command.mine.customer_id)
    for identity in command.others:
        other = past.of(customer_of(identity.customer_id))
        if not isinstance(other, Registered) or other.customer_id in {one.customer_id, *one.group}:
            continue
        alike = likeness(command.mine, identity, command.rules)
        later, earlier, doubt = _pair(one, other)
        if doubt is not None and doubt.verdict is None and alike is not None and Sign.DIFFERENT_USCC in alike.signs:
            yield DuplicateResolved(
                later.customer_id, earlier.customer_id, Verdict.DIFFERENT, Sign.DIFFERENT_USCC, None, command.at
            )
        elif alike is not None and _is_news(alike, doubt):
            yield DuplicateSuspected(
                customer_id=later.customer_id,
                other_id=earlier.customer_id,
                level=alike.level,
                score_bp=alike.score_bp,
                signs=alike.signs,
                rules_version=command.rules.version,
                suspected_at=command.at,
            )


def resolve_duplicate(command: ResolveDuplicate, past: Past) -> Sequence[object]:
    """Keep the verdict; said again it is nothing new. Two different company codes allow one verdict alone."""
    one, other = _both(command.customer_id, command.other_id, past)
    later, earlier, doubt = _pair(one, other)
    if doubt is not None and doubt.verdict is command.verdict:
        return []
    if command.verdict is Verdict.SAME:
        not_two_legal_persons(one, other)
    return [
        DuplicateResolved(
            later.customer_id, earlier.customer_id, command.verdict, command.reason, command.asked_by, command.at
        )
    ]


def link_group(command: LinkGroup, past: Past) -> Sequence[object]:
    """Note the group in both histories; an open suspicion of the two is settled by it."""
    one, other = _both(command.customer_id, command.other_id, past)
    if other.customer_id in one.group:
        return []
    later, earlier, doubt = _pair(one, other)
    linked = [
        GroupLinked(mine, theirs, command.reason, command.asked_by, command.at)
        for mine, theirs in ((one.customer_id, other.customer_id), (other.customer_id, one.customer_id))
    ]
    if doubt is None or doubt.verdict is Verdict.DIFFERENT:
        return linked
    settled = DuplicateResolved(
        later.customer_id, earlier.customer_id, Verdict.DIFFERENT, command.reason, command.asked_by, command.at
    )
    return [*linked, settled]


def not_two_legal_persons(one: Registered, other: Registered) -> None:
    """Two different valid company codes are never one customer."""
    mine, theirs = one.details.uscc, other.details.uscc
    if mine is not None and theirs is not None and mine != theirs:
        raise MergeForbidden(one.customer_id, other.customer_id)


def earlier_of(one: Registered, other: Registered) -> Registered:
    """The record that was registered first; it is the one that survives a merge."""
    return min(one, other, key=lambda record: (record.registered_at, record.customer_id))


def verdict_on(one: Registered, other: Registered) -> Verdict | None:
    """What was found about two records, None while nobody looked."""
    doubt = _pair(one, other)[2]
    return doubt.verdict if doubt is not None else None


def _both(customer_id: UUID, other_id: UUID, past: Past) -> tuple[Registered, Registered]:
    if customer_id == other_id:
        raise MergeInvalid(customer_id, other_id, "ITSELF")
    return both_registered(customer_id, other_id, past)


def both_registered(customer_id: UUID, other_id: UUID, past: Past) -> tuple[Registered, Registered]:
    """Two records, both there; raises `RefNotFound`."""
    return (
        registered(past.of(customer_of(customer_id)), customer_id),
        registered(past.of(customer_of(other_id)), other_id),
    )


def _pair(one: Registered, other: Registered) -> tuple[Registered, Registered, Doubt | None]:
    """The record in whose history their likeness stands, the other one, and the doubt, if there is one."""
    if other.customer_id in one.doubts:
        return one, other, one.doubts[other.customer_id]
    if one.customer_id in other.doubts:
        return other, one, other.doubts[one.customer_id]
    earlier = earlier_of(one, other)
    return (one, other, None) if earlier is other else (other, one, None)


def _is_news(alike: Likeness, doubt: Doubt | None) -> bool:
    """Whether this was not known yet: a surer level, or a sure sign that nobody who looked had seen."""
    if doubt is None:
        return True
    if doubt.verdict is None:
        return alike.level.rank > doubt.level.rank
    unseen = {*alike.signs} - {*doubt.signs}
    return doubt.verdict is Verdict.DIFFERENT and alike.level is not Level.WEAK and bool(unseen)


doubting = Decider[DoubtCommand](stands_on, decide)
"""What is pointed out as a possible double, and what was found of it (S15)."""
