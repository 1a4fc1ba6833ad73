"""The record of a no; each in a stream of its own, so that refusals contend with nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SubmissionRefused:
    """Something malformed, not allowed or about nothing known was sent by somebody known to us.

    `asked`: the type of the request; `fingerprint`: hex HMAC of its content, so that the sender can show what it was.
    """

    asked: str
    code: str
    fingerprint: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRefused:
    """A well-formed, allowed request met a rule; the facts are those that the asker was told."""

    asked: str
    code: str
    facts: Mapping[str, str]
    rep_id: str | None
    customer_id: UUID | None
    refused_at: datetime


SubmissionEvent: TypeAlias = SubmissionRefused | DecisionRefused
