"""Profiles of the ideal customer and sources of leads, as clients send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Day, Id, Text
from services.icp import Grade, IcpAttribute, IcpCriterion, NewProfile
from services.platform import Platform
from services.ports import Context, Receipt

AttributeName = Literal[
    "KIND", "COUNTRY", "REGION", "HAS_WEBSITE", "COMPETITOR_TIE", "BUYER_PERSONA", "SOURCE_METHOD", "COMPLETENESS",
    "KEY_CONTACTS",
]  # fmt: skip
MethodName = Literal[
    "PROSPECTING", "REFERRAL", "COMPETITOR_SITE", "EVENT", "ADVERTISEMENT", "INBOUND", "DIRECTORY", "PARTNER",
    "IMPORT", "OTHER",
]  # fmt: skip
Short = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class CriterionBody(Body):
    """One thing that speaks for a lead."""

    label: Short = Field(examples=["has a web site"])
    attribute: AttributeName
    any_of: list[Short] = Field(
        max_length=200,
        description="Any of these meets it. COMPLETENESS, KEY_CONTACTS: one number, the least; REGION: its beginning.",
    )
    weight: int = Field(examples=[30])

    def criterion(self) -> IcpCriterion:
        """The criterion."""
        return IcpCriterion(self.label, IcpAttribute(self.attribute), tuple(self.any_of), self.weight)


class PublishIcp(Body):
    """Leads are graded like this from a day on: A, B, C, or X, on which nobody spends effort."""

    criteria: list[CriterionBody]
    a_from: int = Field(default=80, description="The least score, 0–100, of grade A.")
    b_from: int = 60
    c_from: int = 40
    website_required: bool = Field(default=True, description="Whoever is known to have no web site is X.")
    effective_from: Day | None = Field(default=None, description="Left out: today.")


class OverrideGrade(Body):
    """A manager grades a lead otherwise."""

    customer_id: Id
    grade: Literal["A", "B", "C", "X"]
    reason: Text


class SuspendSource(Body):
    """No leads are taken from a source."""

    method: MethodName
    detail: Short | None = Field(default=None, description="The organisation's own label; left out: the whole method.")
    reason: Text


class ResumeSource(Body):
    """Leads are taken from a source again."""

    method: MethodName
    detail: Short | None = None


async def _publish(platform: Platform, body: PublishIcp, context: Context) -> Receipt:
    new = NewProfile(
        criteria=tuple(one.criterion() for one in body.criteria),
        a_from=body.a_from,
        b_from=body.b_from,
        c_from=body.c_from,
        website_required=body.website_required,
        effective_from=body.effective_from,
    )
    return await platform.icp.publish(new, context)


async def _override(platform: Platform, body: OverrideGrade, context: Context) -> Receipt:
    return await platform.icp.override(body.customer_id, Grade(body.grade), body.reason, context)


async def _suspend(platform: Platform, body: SuspendSource, context: Context) -> Receipt:
    return await platform.icp.suspend(body.method, body.detail, body.reason, context)


async def _resume(platform: Platform, body: ResumeSource, context: Context) -> Receipt:
    return await platform.icp.resume(body.method, body.detail, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("icp.publish", PublishIcp, _publish),
    Emitted("icp.suspend_source", SuspendSource, _suspend),
    Emitted("icp.resume_source", ResumeSource, _resume),
    Emitted("customer.override_grade", OverrideGrade, _override),
)
