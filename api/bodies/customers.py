"""Customers, as clients send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Day, GeoBody, Id, Label, Text, Url
from services.customers import (
    KEEP,
    CompetitorRelation,
    CompetitorTie,
    ContactRole,
    ContactSaid,
    CustomerKind,
    DeclineReason,
    DetailsSaid,
    GivenPlace,
    Registration,
    Source,
    SourceMethod,
    Verdict,
)
from services.platform import Platform
from services.ports import Context, Receipt

RoleName = Literal["BUYER", "INFLUENCER", "USER", "GATEKEEPER", "CHAMPION", "UNKNOWN"]
Phone = Annotated[str, StringConstraints(max_length=32), Field(examples=["+8613800138000"])]
DIALLED = "As dialled in the customer's country, or with a plus; kept as E.164."
Address = Annotated[str, StringConstraints(max_length=400), Field(examples=["上海市黄浦区南京西路100号"])]
LegalName = Annotated[str, StringConstraints(max_length=400), Field(description="2–200 characters.")]
Uscc = Annotated[str, StringConstraints(max_length=64), Field(description="Unified social credit code, GB 32100.")]


class SourceBody(Body):
    """Where a lead came from."""

    method: Literal[
        "PROSPECTING", "REFERRAL", "COMPETITOR_SITE", "EVENT", "ADVERTISEMENT", "INBOUND", "DIRECTORY", "PARTNER",
        "IMPORT", "OTHER",
    ]  # fmt: skip
    detail: Annotated[str, StringConstraints(max_length=400)] | None = Field(
        default=None, description="The organisation's own label of the channel, 1–64 characters."
    )
    url: Url | None = None
    seen_on: Day | None = None

    def source(self) -> Source:
        """The source."""
        return Source(SourceMethod(self.method), self.detail, self.url, self.seen_on)


class CompetitorBody(Body):
    """That the customer buys from a competitor, or means to."""

    competitor: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    tie: Literal["ACTIVE", "INTENT"]
    evidence: Text | None = None
    seen_on: Day | None = None

    def relation(self) -> CompetitorRelation:
        """The relation."""
        return CompetitorRelation(self.competitor, CompetitorTie(self.tie), self.evidence, self.seen_on)


class RegisterCustomer(Body):
    """A customer comes into the registry, with the source that every lead must name."""

    derived = frozenset({"completeness", "registrable"})

    customer_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")
    kind: Literal["COMPANY", "SOLE_TRADER", "OUTLET"]
    legal_name: LegalName = Field(examples=["上海蓝海贸易有限公司"])
    country: Annotated[str, StringConstraints(max_length=16)] = Field(
        description="ISO 3166-1, two capital letters.", examples=["CN"]
    )
    source: SourceBody | None = Field(default=None, description="Must be said; without it SOURCE_REQUIRED.")
    uscc: Uscc | None = None
    region_code: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, examples=["310000"])
    domain: Annotated[str, StringConstraints(max_length=400)] | None = Field(default=None, examples=["acme.example"])
    address: Address | None = None
    phones: list[Phone] = Field(default=[], max_length=20, description=DIALLED)
    geo: GeoBody | None = None
    competitor_relation: CompetitorBody | None = None
    has_website: bool | None = None
    buyer_persona: Text | None = None

    def registration(self) -> Registration:
        """What is said of the customer."""
        return Registration(
            kind=CustomerKind(self.kind),
            legal_name=self.legal_name,
            country=self.country,
            source=self.source.source() if self.source else None,
            customer_id=self.customer_id,
            uscc=self.uscc,
            region_code=self.region_code,
            domain=self.domain,
            phones=tuple(self.phones),
            place=_place(self.geo),
            competitor_relation=self.competitor_relation.relation() if self.competitor_relation else None,
            has_website=self.has_website,
            buyer_persona=self.buyer_persona,
            address=self.address,
        )


class RecordDetails(Body):
    """Something was learnt about a customer. What is left out stays as it is; null takes it away."""

    derived = frozenset({"completeness", "registrable"})

    customer_id: Id
    uscc: Uscc | None = None
    country: Annotated[str, StringConstraints(max_length=16)] = ""
    region_code: Annotated[str, StringConstraints(max_length=64)] | None = None
    domain: Annotated[str, StringConstraints(max_length=400)] | None = None
    address: Address | None = None
    phones: list[Phone] | None = Field(default=None, max_length=20, description=DIALLED)
    geo: GeoBody | None = None
    competitor_relation: CompetitorBody | None = None
    has_website: bool | None = None
    buyer_persona: Text | None = None

    def details(self) -> DetailsSaid:
        """What is said, and only that."""
        said = self.model_fields_set
        relation = self.competitor_relation.relation() if self.competitor_relation else None
        return DetailsSaid(
            uscc=self.uscc if "uscc" in said else KEEP,
            country=self.country if "country" in said else KEEP,
            region_code=self.region_code if "region_code" in said else KEEP,
            domain=self.domain if "domain" in said else KEEP,
            phones=tuple(self.phones or ()) if "phones" in said else KEEP,
            place=_place(self.geo) if "geo" in said else KEEP,
            competitor_relation=relation if "competitor_relation" in said else KEEP,
            has_website=self.has_website if "has_website" in said else KEEP,
            buyer_persona=self.buyer_persona if "buyer_persona" in said else KEEP,
            address=self.address if "address" in said else KEEP,
        )


class RenameCustomer(Body):
    """The customer bears another name; it is found under the old one too."""

    customer_id: Id
    legal_name: LegalName


class AddContact(Body):
    """A person at the customer. Name, phone and e-mail are sealed under the person's own key."""

    customer_id: Id
    contact_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")
    name: Annotated[str, StringConstraints(max_length=400)] = Field(examples=["李雷"])
    role: RoleName = "UNKNOWN"
    phone: Phone | None = None
    email: Annotated[str, StringConstraints(max_length=400)] | None = None
    persona: Label | None = None

    def contact(self) -> ContactSaid:
        """What is said of the person."""
        return ContactSaid(self.name, ContactRole(self.role), self.contact_id, self.phone, self.email, self.persona)


class SetContactRole(Body):
    """A person plays another part in the purchase than was thought."""

    customer_id: Id
    contact_id: Id
    role: RoleName


class ContactLeft(Body):
    """A person is no longer at the customer."""

    customer_id: Id
    contact_id: Id


class DeclineLead(Body):
    """Nobody shall spend effort on this lead."""

    customer_id: Id
    reason: Literal["NOT_ICP", "NO_POWER", "OUT_OF_REGION", "DUPLICATE", "BAD_DATA"]


class ResolveDuplicate(Body):
    """Somebody looked at two records, pointed out or not, and says whether they are of one customer."""

    customer_id: Id
    other_id: Id
    verdict: Literal["SAME", "DIFFERENT"]
    reason: Text | None = None


class MergeCustomers(Body):
    """Two records are of one customer, as the duplicate desk found: the one registered first stands for both."""

    customer_id: Id
    other_id: Id


class UnmergeCustomers(Body):
    """A merge was wrong: each record stands for itself again, with the visits that named it."""

    customer_id: Id
    other_id: Id
    reason: Text | None = Field(default=None, description="Must be said; without it REASON_REQUIRED.")


class LinkGroup(Body):
    """Two customers belong to one group of companies and stay two."""

    customer_id: Id
    other_id: Id
    reason: Text | None = None


def _place(geo: GeoBody | None) -> GivenPlace | None:
    return GivenPlace(geo.lat_e7, geo.lon_e7, geo.crs) if geo else None


async def _register(platform: Platform, body: RegisterCustomer, context: Context) -> Receipt:
    return await platform.customers.register(body.registration(), context)


async def _record_details(platform: Platform, body: RecordDetails, context: Context) -> Receipt:
    return await platform.customers.record_details(body.customer_id, body.details(), context)


async def _rename(platform: Platform, body: RenameCustomer, context: Context) -> Receipt:
    return await platform.customers.rename(body.customer_id, body.legal_name, context)


async def _add_contact(platform: Platform, body: AddContact, context: Context) -> Receipt:
    return await platform.customers.add_contact(body.customer_id, body.contact(), context)


async def _set_contact_role(platform: Platform, body: SetContactRole, context: Context) -> Receipt:
    return await platform.customers.set_contact_role(body.customer_id, body.contact_id, ContactRole(body.role), context)


async def _contact_left(platform: Platform, body: ContactLeft, context: Context) -> Receipt:
    return await platform.customers.contact_left(body.customer_id, body.contact_id, context)


async def _decline(platform: Platform, body: DeclineLead, context: Context) -> Receipt:
    return await platform.customers.decline(body.customer_id, DeclineReason(body.reason), context)


async def _resolve_duplicate(platform: Platform, body: ResolveDuplicate, context: Context) -> Receipt:
    return await platform.customers.resolve_duplicate(
        body.customer_id, body.other_id, Verdict(body.verdict), body.reason, context
    )


async def _merge(platform: Platform, body: MergeCustomers, context: Context) -> Receipt:
    return await platform.merging.merge(body.customer_id, body.other_id, context)


async def _unmerge(platform: Platform, body: UnmergeCustomers, context: Context) -> Receipt:
    return await platform.merging.unmerge(body.customer_id, body.other_id, body.reason, context)


async def _link_group(platform: Platform, body: LinkGroup, context: Context) -> Receipt:
    return await platform.customers.link_group(body.customer_id, body.other_id, body.reason, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("customer.register", RegisterCustomer, _register),
    Emitted("customer.record_details", RecordDetails, _record_details),
    Emitted("customer.rename", RenameCustomer, _rename),
    Emitted("customer.add_contact", AddContact, _add_contact),
    Emitted("customer.set_contact_role", SetContactRole, _set_contact_role),
    Emitted("customer.contact_left", ContactLeft, _contact_left),
    Emitted("customer.decline", DeclineLead, _decline),
    Emitted("customer.resolve_duplicate", ResolveDuplicate, _resolve_duplicate),
    Emitted("customer.link_group", LinkGroup, _link_group),
    Emitted("customer.merge", MergeCustomers, _merge),
    Emitted("customer.unmerge", UnmergeCustomers, _unmerge),
)
