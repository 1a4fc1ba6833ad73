"""The HTTP door, put together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.console import pages
from api.http import (
    accesses,
    approvals,
    attachments,
    conflicts,
    customers,
    deals,
    duplicates,
    events,
    evidence,
    exports,
    flags,
    focus,
    front,
    icp,
    metrics,
    organisation,
    ownership,
    pool,
    privacy,
    qualification,
    reps,
    sign_in,
    targets,
    tokens,
    visits,
    watching,
    workdays,
)
from api.http.conversation import Conversation, Measures
from api.http.pace import Pace
from api.http.problems import (
    DoorProblem,
    on_door_problem,
    on_http,
    on_parameters,
    on_refusal,
    on_unavailable,
)
from api.http.schema import openapi_of
from api.http.sign_in import OpenDoors
from api.http.watching import Running
from services.platform import Platform
from services.ports import ChangedMeanwhile, LogUnavailable
from services.refusals import Refusal

NOUNS = (
    evidence,
    exports,
    events,
    customers,
    ownership,
    pool,
    visits,
    qualification,
    icp,
    focus,
    flags,
    reps,
    approvals,
    attachments,
    deals,
    conflicts,
    privacy,
    accesses,
    duplicates,
    targets,
    workdays,
    metrics,
    organisation,
    tokens,
    watching,
    sign_in,
    front,
    pages,
)


def create_app(platform: Platform, *, a_second: int | None = None, open_doors: OpenDoors | None = None) -> FastAPI:
    """The app of one organisation. The platform is started and closed by whoever made it.

    `a_second`: requests that one token or session may send a second, where not as
    the settings say, on average over ten seconds; `open_doors`: by which
    anybody comes into a demo company.
    """
    behind = Running()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await behind.stop()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.platform = platform
    app.state.running = behind
    app.state.measures = Measures()
    app.state.open_doors = open_doors
    app.state.pace = Pace(a_second or platform.settings.requests_a_second)
    for noun in NOUNS:
        app.include_router(noun.router)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(DoorProblem, on_door_problem)
    app.add_exception_handler(LogUnavailable, on_unavailable)
    app.add_exception_handler(ChangedMeanwhile, on_unavailable)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_parameters)
    app.add_middleware(Conversation, measures=app.state.measures, new_id=platform.new_id)
    app.openapi = partial(openapi_of, app)
    return app
