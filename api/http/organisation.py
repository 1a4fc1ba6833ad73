"""Teams, reps, roles, rule sets, calendars: what keeps the house."""

from fastapi import APIRouter

from api.http.calls import call

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
