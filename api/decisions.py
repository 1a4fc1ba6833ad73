"""A decision about a claim as it is told: before it is asked for, and after it was answered; for HTTP and terminal."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services import words
from services.carry_out import told
from services.explanations import Claimability, Explanation


def claimability(found: Claimability, language: str) -> Mapping[str, Any]:
    """What a claim would be answered now. Of whoever holds the customer only the team and the date are told."""
    return {
        "claimable": found.claimable,
        "code": found.code,
        "claimable_at": found.claimable_at,
        "explanation": words.claimability(language, found.code, found.facts or {}, zone=found.zone),
        **_weighed(found, language),
    }


def explanation(found: Explanation, language: str, *, rivals: bool) -> Mapping[str, Any]:
    """What was answered, and why. `rivals`: whether the reader may know which other claim stood in the way."""
    answer, weighed = found.answer, found.weighed
    facts: Mapping[str, Any] = told({"claimable_at": answer.claimable_at}) | dict((weighed and weighed.facts) or {})
    hidden = None if rivals else answer.blocking_claim_id
    if weighed is None:
        facts = {"basis": answer.basis}
    return {
        "answer": answer.answer,
        "code": answer.code,
        "basis": answer.basis,
        "claimable_at": answer.claimable_at,
        "explanation": words.claim_answer(language, answer.code, facts, zone=weighed.zone if weighed else None),
        "customer_id": answer.customer_id,
        "line": answer.line,
        "rep_id": answer.rep_id,
        "asked_by": found.actor,
        "answered_at": answer.answered_at,
        "position": answer.position,
        "stood_on": found.position_before,
        "reproduced": found.reproduced,
        **({"blocking_claim_id": answer.blocking_claim_id} if rivals else {}),
        **(_weighed(weighed, language, hidden) if weighed else {"checks": [], "rules_version": answer.rules_version}),
    }


def _weighed(found: Claimability, language: str, hidden: UUID | None = None) -> Mapping[str, Any]:
    """The conditions and what they stand on; `hidden`: the rival's claim, where the reader may not know it."""

    def shown(value: str | int | None) -> str | int | None:
        return None if hidden is not None and value == str(hidden) else value

    return {
        "checks": [
            {
                "rule": one.rule,
                "value": shown(one.value),
                "limit": one.limit,
                "passed": one.passed,
                "explanation": words.check(
                    language, one.rule, one.passed, {"value": shown(one.value), "limit": one.limit}, zone=found.zone
                ),
            }
            for one in found.checks
        ],
        "rules_version": found.rules_version,
        "calendar_version": found.calendar_version,
        "clock": {
            "decided_at": found.decided_at,
            "priority_at": found.priority_at,
            "biz_date": found.biz_date,
            "zone": found.zone,
        },
    }
