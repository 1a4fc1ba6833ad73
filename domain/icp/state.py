"""Which profile is in force on a day, and which sources are suspended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, assert_never

from domain.decider import Stream
from domain.icp.events import IcpPublished, SourceEvent, SourceResumed, SourceSuspended
from domain.rulesets import IcpProfile

SourceKey: TypeAlias = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Profiles:
    """Every profile that was ever published, in the order of their versions."""

    published: tuple[IcpPublished, ...] = ()

    def in_force(self, day: date) -> IcpProfile | None:
        """The profile of a day: the latest day of effect, then the latest version; None before the first."""
        holding = [one for one in self.published if one.effective_from <= day]
        found = max(holding, key=lambda one: (one.effective_from, one.version), default=None)
        if found is None:
            return None
        return IcpProfile(
            found.version, found.criteria, found.a_from, found.b_from, found.c_from, found.website_required
        )


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that are suspended, with why."""

    suspended: Mapping[SourceKey, str] = field(default_factory=dict[SourceKey, str])

    def why(self, method: str, detail: str | None) -> str | None:
        """Why no leads are taken from a source; None where they are. A suspended method takes all its details along."""
        return self.suspended.get((method, None)) or self.suspended.get((method, detail))


def _published(profiles: Profiles, event: IcpPublished) -> Profiles:
    return Profiles((*profiles.published, event))


def _changed(sources: Sources, event: SourceEvent) -> Sources:
    key = (event.method, event.detail)
    match event:
        case SourceSuspended():
            return Sources({**sources.suspended, key: event.reason})
        case SourceResumed():
            return Sources({one: why for one, why in sources.suspended.items() if one != key})
        case _:
            assert_never(event)


def profiles() -> Stream[Profiles]:
    """The history of the profile."""
    return Stream("icp-profile", Profiles(), _published)


def sources() -> Stream[Sources]:
    """The history of all sources; they are few, and seldom change."""
    return Stream("icp-sources", Sources(), _changed)
