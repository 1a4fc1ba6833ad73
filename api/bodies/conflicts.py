"""Conflict cases, as clients send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.deals import CreditBody
from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Id, Line, OurId
from services.conflicts import CaseKind, Evidence, EvidenceKind, NewCase, Ruling
from services.platform import Platform
from services.ports import Context, Receipt

Words = Annotated[str, StringConstraints(max_length=4_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class OpenCase(Body):
    """Two reps or more are at odds about a customer."""

    customer_id: Id
    kind: Literal["POACHING", "TRANSFER", "LAPSE", "DEPARTURE", "REFERRAL", "MANUAL"] = "MANUAL"
    parties: list[OurId] = Field(min_length=1, max_length=20, description="The reps; whoever opens is one of them.")
    reason: Words = Field(default="", description="What it is about; needed.")
    line: Line = "default"
    case_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")


class SubmitEvidence(Body):
    """Something for the file of a case: an event by its position in the log, or a document by its fingerprint."""

    case_id: Id
    kind: Literal["EVENT", "DOCUMENT", "PHOTO", "CUSTOMER_LETTER"]
    position: int | None = Field(default=None, ge=1, description="Of the event; for EVENT.")
    sha256: Sha256 | None = Field(default=None, description="Of the document, hexadecimal.")
    favours: OurId | None = Field(default=None, description="Whom the customer's letter chooses.")
    text: Words | None = None
    evidence_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")


class FileStatement(Body):
    """A party says its own side; the last statement counts, all are kept."""

    case_id: Id
    text: Words


class Rule(Body):
    """The arbiter rules, or decides an appeal; everything left out: as the ladder says."""

    case_id: Id
    winner_id: OurId | None = Field(
        default=None, description="Who has the customer; otherwise than the ladder: say why."
    )
    credits: list[CreditBody] | None = Field(
        default=None, min_length=1, max_length=20, description="10,000 basis points together, of parties."
    )
    reason: Words | None = None
    ruling_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")

    def ruling(self) -> Ruling:
        """What the arbiter says."""
        credits = None if self.credits is None else tuple(one.credit() for one in self.credits)
        return Ruling(self.case_id, self.winner_id, credits, self.reason, self.ruling_id)


class Appeal(Body):
    """A party asks the next level, once."""

    case_id: Id
    reason: Words


class Reopen(Body):
    """An auditor has a case heard again."""

    case_id: Id
    reason: Words


class ChallengeCredit(Body):
    """A rep holds that the credit for a won deal is theirs; an arbiter decides."""

    deal_id: Id
    reason: Words = Field(default="", description="Why; needed.")
    case_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")


class ClosePeriod(Body):
    """The commission of a month is paid; what is adjusted afterwards counts in a later month."""

    period: Annotated[str, StringConstraints(max_length=7)] = Field(examples=["2026-03"])


async def _open(platform: Platform, body: OpenCase, context: Context) -> Receipt:
    case = NewCase(
        kind=CaseKind(body.kind),
        customer_id=body.customer_id,
        parties=tuple(body.parties),
        line=body.line,
        case_id=body.case_id,
        reason=body.reason,
    )
    return await platform.conflicts.open(case, context)


async def _submit_evidence(platform: Platform, body: SubmitEvidence, context: Context) -> Receipt:
    evidence = Evidence(
        kind=EvidenceKind(body.kind),
        position=body.position,
        sha256=body.sha256,
        favours=body.favours,
        text=body.text,
        evidence_id=body.evidence_id,
    )
    return await platform.conflicts.submit_evidence(body.case_id, evidence, context)


async def _file_statement(platform: Platform, body: FileStatement, context: Context) -> Receipt:
    return await platform.conflicts.file_statement(body.case_id, body.text, context)


async def _rule(platform: Platform, body: Rule, context: Context) -> Receipt:
    return await platform.conflicts.rule(body.ruling(), context)


async def _appeal(platform: Platform, body: Appeal, context: Context) -> Receipt:
    return await platform.conflicts.appeal(body.case_id, body.reason, context)


async def _reopen(platform: Platform, body: Reopen, context: Context) -> Receipt:
    return await platform.conflicts.reopen(body.case_id, body.reason, context)


async def _challenge(platform: Platform, body: ChallengeCredit, context: Context) -> Receipt:
    return await platform.conflicts.challenge_credit(body.deal_id, body.reason, context, case_id=body.case_id)


async def _close_period(platform: Platform, body: ClosePeriod, context: Context) -> Receipt:
    return await platform.deals.close_period(body.period, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("conflict.open", OpenCase, _open),
    Emitted("conflict.submit_evidence", SubmitEvidence, _submit_evidence),
    Emitted("conflict.file_statement", FileStatement, _file_statement),
    Emitted("conflict.rule", Rule, _rule),
    Emitted("conflict.appeal", Appeal, _appeal),
    Emitted("conflict.reopen", Reopen, _reopen),
    Emitted("deal.challenge_credit", ChallengeCredit, _challenge),
    Emitted("deal.close_commission_period", ClosePeriod, _close_period),
)
