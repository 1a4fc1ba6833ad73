"""Who may ask for what: the rights of each role (domain §3.4), by the type of the request.

Narrower rules (the own customer, the own line) belong to the decisions; this table says who may ask at all.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache


class Role(StrEnum):
    """In what role somebody asks. SYSTEM is the platform itself: its policies and its clock."""

    REP = "rep"
    MANAGER = "manager"
    ARBITER = "arbiter"
    AUDITOR = "auditor"
    OPS = "ops"
    CLIENT = "client"
    PRIVACY = "privacy"
    SYSTEM = "system"


_FIELD_WORK = (
    "customer.register",
    "customer.record_details",
    "customer.rename",
    "customer.add_contact",
    "customer.set_contact_role",
    "customer.contact_left",
    "customer.view",
    "ownership.claim",
    "ownership.release",
    "ownership.extend",
    "ownership.transfer",
    "ownership.park",
    "helper.link",
    "helper.unlink",
    "visit.plan",
    "visit.change_plan",
    "visit.cancel",
    "visit.check_in",
    "visit.check_out",
    "visit.record",
    "visit.attempt",
    "visit.correct",
    "visit.void",
    "visit.annotate",
    "qualification.answer",
    "qualification.confirm_need",
    "qualification.confirm_budget",
    "qualification.identify_buyer",
    "qualification.meet_buyer",
    "deal.open",
    "deal.advance",
    "deal.win",
    "deal.lose",
    "deal.challenge_credit",
    "conflict.open",
    "conflict.submit_evidence",
    "conflict.file_statement",
    "conflict.appeal",
    "target.propose",
    "target.accept",
    "privacy.give_consent",
    "privacy.withdraw_consent",
    "workday.plan",
    "workday.adjust_plan",
    "workday.close",
    "workday.reflect",
    "device.sync",
    "attachment.store",
    "attachment.open",
)

MAY: Mapping[Role, tuple[str, ...]] = {
    Role.REP: _FIELD_WORK,
    Role.CLIENT: _FIELD_WORK,
    Role.MANAGER: (
        *_FIELD_WORK,
        "customer.decline",
        "customer.override_grade",
        "icp.suspend_source",
        "icp.resume_source",
        "customer.resolve_duplicate",
        "customer.link_group",
        "customer.merge",
        "customer.unmerge",
        "visit.review",
        "followup.continue",
        "approval.*",
        "deal.assign_credit",
        "target.*",
        "workday.approve_time_off",
        "workday.inspect",
        "workday.inspect_record",
        "org.move_rep",
        "audit.export",
        "audit.look",
    ),
    Role.ARBITER: (
        "audit.export",
        "audit.look",
        "attachment.store",
        "attachment.open",
        "approval.*",
        "customer.resolve_duplicate",
        "customer.link_group",
        "customer.merge",
        "customer.unmerge",
        "conflict.submit_evidence",
        "conflict.rule",
        "visit.correct",
        "visit.void",
    ),
    Role.AUDITOR: (
        "audit.export",
        "audit.look",
        "attachment.store",
        "attachment.open",
        "visit.void",
        "visit.annotate",
        "conflict.submit_evidence",
        "conflict.reopen",
    ),
    Role.OPS: (
        "org.*",
        "audit.look",
        "calendar.*",
        "rules.*",
        "icp.*",
        "customer.*",
        "deal.*",
        "target.*",
        "visit.record",
        "workday.plan",
        "workday.close",
        "workday.approve_time_off",
        "ownership.claim",
        "audit.retry_parked",
    ),
    Role.PRIVACY: ("privacy.erase", "privacy.approve_erasure", "privacy.reject_erasure", "privacy.confirm_copy"),
    Role.SYSTEM: ("*",),
}
"""`ops` keeps house and may import the past for others; it rules on nothing."""


READ = "read"
"""The scope of whoever only looks."""
_LOOKS = ("attachment.open", "claims.explain", "stream.follow")


def within_scope(scopes: Sequence[str] | None, asked: str) -> bool:
    """Whether a token was made for this: any of its scopes names it, alone (`visit.record`) or with others
    (`visit.*`), or it is a way of looking and the token may `read`. A token without scopes was made for everything
    that its role may."""
    if scopes is None or any(fnmatchcase(asked, scope) for scope in scopes):
        return True
    return READ in scopes and (asked.endswith(".read") or asked in _LOOKS)


@lru_cache(1_024)
def may_ask(role: str, asked: str) -> bool:
    """Whether somebody in this role may ask for this at all."""
    return role in Role.__members__.values() and any(fnmatchcase(asked, right) for right in MAY[Role(role)])
