"""What every page stands in: who looks, in which words, as of when, and how fresh that is.

A page is a pure function of its address. It asks services, hands what it found to a template, and holds no state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from api.console import statics
from api.console.navigation import PLACES, places_of
from api.console.words import LANGUAGES, Language, Words
from api.http import answers
from api.http.asking import AnyAsker, Asker, ThePlatform, instant_or_position
from api.http.problems import language_of
from services.access import Role
from services.as_of import Basis, TooFarBehind
from services.platform import Platform
from services.ports import Progress
from services.refusals import Malformed, RefNotFound

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 24 * 3600
COMPRESSED_FROM = 1_000
"""Bytes from which a page is worth compressing."""

At = Annotated[str | None, Query(max_length=64)]
After = Annotated[int | None, Query(ge=0, description="The position of what the visitor just did.")]


@dataclass(frozen=True, slots=True)
class Fresh:
    """How fresh the tables are. `behind`: events not taken in; `done`: of a rebuild, in percent; `names`: which."""

    state: Literal["live", "behind", "rebuilding", "stalled", "history"]
    head: int
    behind: int = 0
    done: int = 0
    names: Sequence[str] = ()


@dataclass
class Page:
    """One page on its way to one visitor."""

    request: Request
    platform: Platform
    asker: Asker
    say: Words
    basis: Basis
    as_of: str | None
    """What the address says after `at=`, None for now."""
    fresh: Fresh
    notices: list[str] = field(default_factory=list[str])

    @property
    def language(self) -> Language:
        """In which the visitor reads."""
        return self.say.language

    @property
    def role(self) -> str:
        """In which the visitor looks."""
        return self.asker.token.role

    @property
    def me(self) -> str:
        """Who looks."""
        return self.asker.token.actor

    @property
    def position(self) -> int:
        """As of which the page is answered."""
        return self.basis.position

    @property
    def hour(self) -> datetime:
        """The hour that the page speaks of: now, or when the position asked about was recorded."""
        if self.as_of is None or self.basis.recorded_at is None:
            return self.platform.now()
        return self.basis.recorded_at

    @property
    def writes(self) -> bool:
        """Whether things can be done here: not while one looks at the past."""
        return self.as_of is None

    @property
    def wants_csv(self) -> bool:
        """Whether the list is asked for as a table for a spreadsheet."""
        return self.request.url.path.endswith(".csv")

    # ------------------------------------------------------------------------------------------------ addresses

    def link(self, path: str, **asked: object) -> str:
        """The address of another page, as of the same moment."""
        return _address(path, {"at": self.as_of, **asked})

    def here(self, **changed: object) -> str:
        """The address of this page with other parameters; None takes one out."""
        left_out = ("after", "lang", "theme")
        asked: dict[str, object] = {
            name: value for name, value in self.request.query_params.items() if name not in left_out
        }
        return _address(self.request.url.path, {**asked, **changed})

    def as_csv(self) -> str:
        """The address of this list for a spreadsheet."""
        return _address(f"{self.request.url.path}.csv", dict(self.request.query_params))

    # -------------------------------------------------------------------------------------------------- answers

    async def names(self, *ids: str | None) -> Mapping[str, str]:
        """How people are called, by id; whoever is not known goes by the id."""
        wanted = [one for one in ids if one]
        return {
            **{one: one for one in wanted},
            **await self.platform.directory.names(wanted, known_at=self.position),
        }

    def show(self, template: str, *, status: int = 200, twin: str | None = None, **values: Any) -> Response:  # noqa: ANN401 - whatever a template wants
        """The page. `twin`: the resource of the API that says the same to machines."""
        csv = values.pop("csv", None)
        html = templates().get_template(template).render(page=self, say=self.say, twin=twin, csv=csv, **values)
        return html_of(self.request, html, status)

    def table(self, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Response:
        """The list for a spreadsheet: UTF-8 with a BOM."""
        body = answers.as_csv(answers.Page(rows, None, columns))
        headers = {
            "Log-Position": str(self.position),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv",
        }
        return Response(body, 200, headers, answers.CSV + "; charset=utf-8")


def html_of(request: Request, html: str, status: int = 200) -> Response:
    """A page on its way out: compressed, and with what the visitor chose just now kept in the browser."""
    body, headers = html.encode(), {"Content-Security-Policy": POLICY, "Vary": "Accept-Language, Cookie"}
    headers["Referrer-Policy"] = "same-origin"
    if len(body) >= COMPRESSED_FROM and statics.takes_gzip(request):
        body = statics.gzip.compress(body, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    response = Response(body, status, headers, "text/html; charset=utf-8")
    for name, among in (("lang", LANGUAGES), ("theme", THEMES)):
        chosen = request.query_params.get(name)
        if chosen is not None and chosen in among:
            response.set_cookie(name, chosen, max_age=A_YEAR, samesite="lax")
    return response


async def the_page(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    at: At = None,
    after: After = None,
    lang: Annotated[str | None, Query(max_length=16)] = None,  # noqa: ARG001 - may be asked; `spoken` reads it
    theme: Annotated[str | None, Query(max_length=16)] = None,  # noqa: ARG001 - likewise, `theme_of`
) -> Page:
    """The page that is asked for, with everything that its shell shows."""
    say = Words(spoken(request), await _zone_of(platform, asker))
    when = None if not at else _moment(at, say)
    notices: list[str] = []
    progress = await platform.projector.progress()
    try:
        basis = await platform.as_of.basis(when, min_position=after)
    except TooFarBehind:
        come = min((one.position for one in progress), default=0)
        basis = await platform.as_of.basis(come)
        notices.append(say("shell.behind_own_write", position=say.number(after)) if after else say("shell.behind"))
    if isinstance(when, int) and when > basis.position:
        notices.append(say("shell.beyond_head", asked=say.number(when), head=say.number(basis.position)))
    return Page(
        request, platform, asker, say, basis, at or None, _fresh(progress, basis.position, history=bool(at)), notices
    )


ThePage = Annotated[Page, Depends(the_page)]


def spoken(request: Request) -> Language:
    """In which language the visitor reads: as chosen just now, else before, else as the browser says."""
    for chosen in (request.query_params.get("lang"), request.cookies.get("lang")):
        for language in LANGUAGES:
            if chosen == language:
                return language
    return language_of(request)


def theme_of(request: Request) -> str:
    """Light, dark, or as the machine has it."""
    for chosen in (request.query_params.get("theme"), request.cookies.get("theme")):
        if chosen in THEMES:
            return chosen
    return "auto"


@cache
def templates() -> Environment:
    """The templates; what a template is not given is an error, and what it prints is escaped."""
    found = Environment(
        loader=PackageLoader("api.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    known = cast("dict[str, object]", found.globals)
    known.update(
        static=statics.address,
        places_of=places_of,
        PLACES=PLACES,
        LANGUAGES=LANGUAGES,
        THEMES=THEMES,
        theme_of=theme_of,
        address=_address,
    )
    return found


def _address(path: str, asked: Mapping[str, object]) -> str:
    said = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    return f"{path}?{urlencode(said, safe=':+,/')}" if said else path


def _moment(at: str, say: Words) -> int | datetime:
    """What `at` means: a position, an instant, or an hour without a zone, which is one of the page's own clocks."""
    text = at.removeprefix("#").replace(" ", "T", 1) if at[:4].isdigit() else at.removeprefix("#")
    if "T" in text and "+" not in text and not text.endswith("Z") and "-" not in text.partition("T")[2]:
        try:
            hour = datetime.fromisoformat(text)
        except ValueError:
            return instant_or_position(at, "at")
        if hour.tzinfo is None:
            return hour.replace(tzinfo=ZoneInfo(say.zone))
    try:
        return instant_or_position(text, "at")
    except Malformed:
        return instant_or_position(f"{text[:16]}:00{text[16:]}", "at") if "T" in text else instant_or_position(at, "at")


async def _zone_of(platform: Platform, asker: Asker) -> str:
    if asker.token.role in (Role.REP, Role.MANAGER):
        try:
            return (await platform.organisation.rep(asker.token.actor, platform.now())).zone
        except RefNotFound:
            return platform.settings.home_zone
    return platform.settings.home_zone


def _fresh(progress: Sequence[Progress], position: int, *, history: bool) -> Fresh:
    head = max((one.head for one in progress), default=position)
    stopped = [one.name for one in progress if one.state == "stopped"]
    rebuilding = [one for one in progress if one.state == "rebuilding"]
    lag = max((one.lag for one in progress), default=0)
    if stopped:
        return Fresh("stalled", head, lag, names=stopped)
    if rebuilding:
        done = min((100 * (one.rebuilt or 0)) // max(1, one.head) for one in rebuilding)
        return Fresh("rebuilding", head, lag, done, [one.name for one in rebuilding])
    if history:
        return Fresh("history", head, lag)
    return Fresh("behind" if lag else "live", head, lag)
