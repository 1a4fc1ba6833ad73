"""What a person sees where a page cannot be shown: why, and what to do now."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.console.shell import html_of, spoken, templates
from api.console.words import Words
from api.http.conversation import unforeseen
from api.http.problems import (
    DoorProblem,
    instance_of,
    internal,
    malformed_parameters,
    of_door,
    of_refusal,
    unavailable,
)
from services.ports import ChangedMeanwhile, LogUnavailable
from services.refusals import NotAllowed, Refusal


class PageRoute(APIRoute):
    """A route whose refusals and problems are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `APIRoute`."""
        ask = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await ask(request)
            except (Refusal, DoorProblem, RequestValidationError, LogUnavailable, ChangedMeanwhile) as problem:
                if isinstance(problem, DoorProblem) and problem.status == 401:
                    raise  # the door shows the way in
                return problem_page(request, problem)
            except HTTPException:
                raise
            except Exception as error:
                unforeseen(error, instance_of(request))
                return problem_page(request, internal())

        return answered


def problem_page(request: Request, problem: Exception) -> Response:
    """A refusal or a problem of the door as a page, with the same words and the same status as for machines."""
    language, instance = spoken(request), instance_of(request)
    headers: Mapping[str, str] = {}
    match problem:
        case Refusal():
            document = of_refusal(problem, language, instance, within="")
        case DoorProblem():
            document, headers = of_door(problem, language, instance), problem.headers
        case RequestValidationError():
            document = of_refusal(malformed_parameters(problem), language, instance, within="")
        case _:
            found = unavailable()
            document, headers = of_door(found, language, instance), found.headers
    request.state.code = document["code"]
    html = (
        templates()
        .get_template("problem.html")
        .render(
            request=request,
            say=Words(language, request.app.state.platform.settings.home_zone),
            problem=document,
            slug=str(document["type"]).rpartition("/")[2],
            forbidden=isinstance(problem, NotAllowed) or document["status"] == 403,
            again=document["status"] >= 500,
        )
    )
    response = html_of(request, html, int(document["status"]))
    response.headers.update(headers)
    return response
