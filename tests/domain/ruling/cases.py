"""Anna holds Acme, Bruno says that it is his: the commands and facts of that case."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.conflict.events import CaseKind, ConflictCaseOpened
from domain.conflict.ladder import Facts
from domain.days import day_of
from domain.facts import RepFacts
from domain.rulesets import ProtectionRules, RulingRules
from domain.ruling.opening import Holding, OpenCase
from domain.ruling.ruling import RuleOnCase, Winner
from tests.domain.conflict.facts import anna, bruno, claim, facts, protection, visit
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, SHANGHAI, an_id, at

CASE, RULING, CLAIM = an_id(700), an_id(701), an_id(702)
OPENED_AT = at("03-03 09:00")
HEARD = at("03-06 00:00")
"""The end of two workdays after the opening."""
RULES, PROTECTION = RulingRules(), ProtectionRules()


def opens(
    *, by: str = "bruno", kind: CaseKind = CaseKind.MANUAL, held: bool = True, deal_id: UUID | None = None
) -> OpenCase:
    return OpenCase(
        case_id=CASE,
        customer_id=ACME,
        other_customer_id=None,
        line=LINE,
        kind=kind,
        parties=("anna", "bruno"),
        trigger_event=None,
        deal_id=deal_id,
        opened_by=by,
        asked_by_rep=by,
        by_hand=True,
        reason="It is mine.",
        arbiter_id="mei",
        exists=None,
        challenge_until=None,
        holdings=(Holding(ACME, LINE, ("anna",), PROTECTION),) if held else (),
        rules=RULES,
        calendar=CALENDAR,
        zone=SHANGHAI,
        at=OPENED_AT,
    )


def opened(kind: CaseKind = CaseKind.MANUAL) -> ConflictCaseOpened:
    return ConflictCaseOpened(
        case_id=CASE,
        customer_id=ACME,
        other_customer_id=None,
        line=LINE,
        kind=kind,
        parties=("anna", "bruno"),
        trigger_event=None,
        deal_id=None,
        opened_by="bruno",
        reason="It is mine.",
        arbiter_id="mei",
        statements_due=HEARD,
        ruling_due=at("03-11 00:00"),
        zone=SHANGHAI,
        rules_version=1,
        calendar_version=0,
        opened_at=OPENED_AT,
    )


ANNA_WINS = facts(
    anna(claim(at("03-02 09:00")), protections=[protection(at("03-02 09:00"), n=1)]), bruno(), notice_at=OPENED_AT
)
BRUNO_WINS = facts(
    anna(claim(at("03-02 12:00"), n=1), visits=[visit(at("03-02 14:00"))]),
    bruno(claim(at("03-02 09:00"), n=2)),
    notice_at=OPENED_AT,
)


def rules(
    found: Facts = ANNA_WINS,
    hour: datetime = HEARD,
    *,
    may_rule: bool = True,
    winner_id: str | None = None,
    reason: str | None = None,
    held: bool = True,
) -> RuleOnCase:
    return RuleOnCase(
        case_id=CASE,
        ruling_id=RULING,
        arbiter_id="mei",
        may_rule=may_rule,
        proper_arbiter="mei",
        winner_id=winner_id,
        credits=None,
        reason=reason,
        facts=found,
        fact_positions=(1, 2),
        evidence_sha256="ab" * 32,
        holdings=(Holding(ACME, LINE, ("anna",), PROTECTION),) if held else (),
        winners={rep.rep_id: winner(rep, hour) for rep in (ANNA, BRUNO)},
        claim_id=CLAIM,
        deals=(),
        periods={},
        rules=RULES,
        calendar=CALENDAR,
        at=hour,
    )


def winner(rep: RepFacts, hour: datetime, *, active: bool = True) -> Winner:
    return Winner(replace(rep, active=active), PROTECTION, day_of(hour, SHANGHAI))
