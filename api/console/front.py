"""Where a visitor comes in: `/` leads to the visitor's own first page; `/about` says what is here."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.console.navigation import home_of
from api.console.problem_pages import PageRoute
from api.console.shell import ThePage, html_of, spoken, templates
from api.console.words import Words
from api.http.words import FRONT

router = APIRouter(include_in_schema=False, route_class=PageRoute)
LINKS = (("/docs", "docs"), ("/openapi.json", "openapi"), ("/readyz", "ready"), ("/metrics", "metrics"))
CURL = """curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/cloudevents+json" \\
  --data '{"specversion":"1.0","id":"first","source":"/hello","type":"customer.register",
           "data":{"kind":"COMPANY","legal_name":"Acme Ltd","country":"CN","source":{"method":"PROSPECTING"}}}' \\
  http://localhost:8000/v1/events"""


@router.get("/")
async def front(page: ThePage) -> Response:
    """The first page of whoever signed in."""
    return RedirectResponse(page.link(home_of(page.role)), 303)


@router.get("/about")
async def about(request: Request) -> Response:
    """What is here, for everybody."""
    language = spoken(request)
    say = Words(language, request.app.state.platform.settings.home_zone)
    found = FRONT[language]
    html = (
        templates()
        .get_template("about.html")
        .render(request=request, say=say, front=found, links=[(path, found[name]) for path, name in LINKS], curl=CURL)
    )
    return html_of(request, html)
