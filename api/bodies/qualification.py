"""What is known of a purchase that may come, as clients send it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Id, Line, MoneyBody, Text
from services.platform import Platform
from services.ports import Context, Receipt
from services.qualification import About, InterestOrigin, Money, Question, Shown

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(examples=["ab" * 32])]
OriginName = Literal[
    "COMPETITOR_RESULT", "ADVERTISEMENT", "FRIEND_REFERRAL", "EXISTING_NEED", "REP_PROSPECTING", "EVENT", "OTHER"
]


class EvidenceBody(Body):
    """What shows it: a visit, a document, or both. Without either it stands as UNVERIFIED, and counts for nothing."""

    visit_id: Id | None = None
    sha256: Sha256 | None = Field(default=None, description="Of a document, as `PUT /v1/attachments/{sha256}` took it.")

    def shown(self) -> Shown:
        """The evidence."""
        return Shown(self.visit_id, self.sha256)


class _Said(Body):
    """Something is said of a purchase that may come."""

    derived = frozenset({"confidence", "position"})

    customer_id: Id
    line: Line = "default"
    evidence: EvidenceBody = EvidenceBody()

    def about(self) -> About:
        """Of whom."""
        return About(self.customer_id, self.line)


class AnswerQuestion(_Said):
    """The customer answered a question of the discovery script."""

    question: Literal["NEED", "BUDGET", "BUYER", "TIMING"]
    answer: Text


class ConfirmNeed(_Said):
    """The customer needs what is sold."""

    need: Text


class ConfirmBudget(_Said):
    """There is money for it."""

    at_least: MoneyBody | None = None
    at_most: MoneyBody | None = None


class IdentifyBuyer(_Said):
    """This contact can release the money."""

    contact_id: Id


class MeetBuyer(_Said):
    """This contact, who can release the money, was met in the visit that is the evidence."""

    contact_id: Id
    interest_origin: OriginName | None = Field(default=None, description="Why the customer is interested.")


def _money(body: MoneyBody | None) -> Money | None:
    return Money(body.minor, body.currency) if body else None


async def _answer(platform: Platform, body: AnswerQuestion, context: Context) -> Receipt:
    question, shown = Question(body.question), body.evidence.shown()
    return await platform.qualification.answer(body.about(), question, body.answer, shown, context)


async def _confirm_need(platform: Platform, body: ConfirmNeed, context: Context) -> Receipt:
    return await platform.qualification.confirm_need(body.about(), body.need, body.evidence.shown(), context)


async def _confirm_budget(platform: Platform, body: ConfirmBudget, context: Context) -> Receipt:
    at_least, at_most = _money(body.at_least), _money(body.at_most)
    return await platform.qualification.confirm_budget(body.about(), at_least, at_most, body.evidence.shown(), context)


async def _identify_buyer(platform: Platform, body: IdentifyBuyer, context: Context) -> Receipt:
    return await platform.qualification.identify_buyer(body.about(), body.contact_id, body.evidence.shown(), context)


async def _meet_buyer(platform: Platform, body: MeetBuyer, context: Context) -> Receipt:
    origin = InterestOrigin(body.interest_origin) if body.interest_origin else None
    return await platform.qualification.meet_buyer(
        body.about(), body.contact_id, body.evidence.shown(), context, interest_origin=origin
    )


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("qualification.answer", AnswerQuestion, _answer),
    Emitted("qualification.confirm_need", ConfirmNeed, _confirm_need),
    Emitted("qualification.confirm_budget", ConfirmBudget, _confirm_budget),
    Emitted("qualification.identify_buyer", IdentifyBuyer, _identify_buyer),
    Emitted("qualification.meet_buyer", MeetBuyer, _meet_buyer),
)
