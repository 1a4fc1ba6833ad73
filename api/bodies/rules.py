"""Rule sets, as clients send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Day
from services.platform import Platform
from services.ports import Context, Receipt
from services.rulebook import RuleKind

Kind = Literal["PROT", "EFF", "FLAG", "RULE", "FOCUS"]


class PublishRules(Body):
    """Put numbers in force from a day on; those that are not named stay as they are."""

    kind: Kind = Field(
        description="PROT: protection; EFF: effective visits; FLAG: hours and lateness; RULE: rulings and credit."
    )
    scope: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(
        default="organisation",
        description="`organisation`, `team:<id>` or `grade:<x>`; the narrowest holds.",
        examples=["organisation", "team:sh"],
    )
    effective_from: Day | None = Field(default=None, description="Left out: today; never earlier than today.")
    body: dict[str, int | str | list[int] | None] = Field(
        description="Parameters by name. Null: off; 0 means zero.", examples=[{"protection_days": 10}]
    )


class RetireRules(Body):
    """Take a rule set out of force."""

    kind: Kind
    version: int = Field(ge=1)
    retired_from: Day | None = Field(default=None, description="Left out: today.")


async def _publish(platform: Platform, body: PublishRules, context: Context) -> Receipt:
    return await platform.rulebook.publish(
        RuleKind(body.kind), body.body, context, scope=body.scope, effective_from=body.effective_from
    )


async def _retire(platform: Platform, body: RetireRules, context: Context) -> Receipt:
    return await platform.rulebook.retire(RuleKind(body.kind), body.version, context, retired_from=body.retired_from)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("rules.publish", PublishRules, _publish),
    Emitted("rules.retire", RetireRules, _retire),
)
