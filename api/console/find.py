"""Finding: pages, people, customers by how their names begin, events by their position."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from api.console.navigation import ABOVE, places_of
from api.console.problem_pages import PageRoute
from api.console.reps import visible
from api.console.shell import Page, ThePage
from api.http.asking import READERS

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found: what it is, what it is called, and where it is looked at."""

    kind: str
    text: str
    href: str
    more: str = ""


@router.get("/find")
async def find(page: ThePage, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """What goes by a name. `#48170` looks at the books as of that position."""
    text = q.strip()
    if text.startswith("#") and text[1:].isdecimal():
        return RedirectResponse(f"/?at={text[1:]}", 303)
    return page.show("find.html", q=text, found=await _found(page, text) if text else [])


async def _found(page: Page, text: str) -> Sequence[Found]:
    wanted = text.casefold()
    found = [
        Found("page", page.say(f"nav.{place.name}"), page.link(place.path))
        for place in places_of(page.role)
        if wanted in page.say(f"nav.{place.name}").casefold() or wanted == place.name
    ]
    if page.role in ABOVE:
        found += [
            Found("rep", row.display_name or row.rep_id, page.link(f"/reps/{row.rep_id}/replay"), row.rep_id)
            for row in await visible(page)
            if wanted in (row.display_name or "").casefold() or row.rep_id.casefold().startswith(wanted)
        ]
    if page.role in READERS:
        names = await page.platform.customer_file.found(text, at=page.position, limit=MOST)
        found += [Found("customer", one.name, page.link(f"/customers/{one.customer_id}")) for one in names]
    return found[:MOST]
