"""Teams, reps, roles, rule sets, calendars: what keeps the house."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.answers import answer, basis_of, plain
from api.http.asking import READERS, AnyAsker, MinPosition, ThePlatform, only
from api.http.calls import call
from services.rulebook import RuleKind

router = APIRouter(tags=["organisation"])

call(router, "/v1/teams", "org.add_team", status=201)
call(router, "/v1/reps", "org.add_rep", status=201)
call(router, "/v1/reps/{rep_id}/moves", "org.move_rep")
call(router, "/v1/reps/{rep_id}/departure", "org.depart_rep")
call(router, "/v1/reps/{rep_id}/suspension", "org.suspend_rep")
call(router, "/v1/reps/{rep_id}/reinstatement", "org.reinstate_rep")
call(router, "/v1/reps/{rep_id}/zone", "org.set_zone")
call(router, "/v1/actors/{actor_id}/roles", "org.grant_role")
call(router, "/v1/actors/{actor_id}/revocations", "org.revoke_role")
call(router, "/v1/devices/{device_id}", "org.register_device", status=201)
call(router, "/v1/devices/{device_id}/sync", "device.sync")
call(router, "/v1/rule-sets", "rules.publish", status=201)
call(router, "/v1/rule-sets/{kind}/retirements", "rules.retire")
call(router, "/v1/calendars/{calendar_id}", "calendar.publish")
call(router, "/v1/calendars/{calendar_id}/days", "calendar.change_day")


@router.get("/v1/rule-sets")
async def read_rule_sets(
    platform: ThePlatform,
    asker: AnyAsker,
    kind: Annotated[RuleKind | None, Query(description="Only of this kind.")] = None,
    min_position: MinPosition = None,
) -> Response:
    """Every rule set that was published: its numbers, for whom and from which day on they hold, until when.

    Of those that hold on a day the narrowest scope wins, and in it the latest day of effect, then the latest version.
    """
    only(asker, "rules.read", *READERS)
    basis = await basis_of(platform, None, min_position)
    items: list[dict[str, Any]] = [
        {"kind": one, **plain(rule_set)}
        for one in RuleKind
        if kind in (None, one)
        for rule_set in await platform.rulebook.history(one)
    ]
    return answer({"items": items, "next": None}, basis=basis)
