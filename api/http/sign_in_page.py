"""The page to sign in at."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse, Response

from api.http.words import SIGN_IN, Language
from services.access import Caller
from services.accounts import Account

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class SignInPage:
    """What the page shows.

    `next`: the path to go to afterwards; `name`: what was typed before; `problem`: why the last try failed, in words;
    `open_doors`: the accounts of a demo company, each a button; `caller`: who is in already; `issuer`: the
    path that leads to the issuer which vouches for people, where there is one.
    """

    next: str
    name: str = ""
    problem: str | None = None
    open_doors: Sequence[Account] = ()
    caller: Caller | None = None
    issuer: str | None = None


def shown(page: SignInPage, language: Language, status: int) -> Response:
    """The page as HTML; works without scripts and styles."""
    say = SIGN_IN[language]
    next_ = f'<input type="hidden" name="next" value="{escape(page.next)}">'
    parts = [f"<h1>{escape(say['title'])}</h1>"]
    if page.problem:
        parts.append(f'<p role="alert">{escape(page.problem)}</p>')
    if page.caller:
        said = say["signed_in"].format(actor=page.caller.actor, role=page.caller.role)
        parts.append(f'<p>{escape(said)} <a href="{escape(page.next)}">{escape(say["on"])}</a></p>')
        parts.append(f'<form method="post" action="/sign-out"><button>{escape(say["leave"])}</button></form>')
    if page.open_doors:
        buttons = "".join(
            f'<button name="name" value="{escape(one.name)}">{escape(one.actor)} · {escape(one.role)}</button> '
            for one in page.open_doors
        )
        parts.append(
            f'<form method="post" action="/sign-in/demo"><p>{escape(say["demo"])}</p>{next_}<p>{buttons}</p></form>'
        )
    if page.issuer:
        parts.append(f'<p><a href="{escape(page.issuer)}">{escape(say["issuer"])}</a></p>')
    parts.append(
        f'<form method="post" action="/sign-in">{next_}'
        f"<p><label>{escape(say['name'])}<br>"
        f'<input name="name" value="{escape(page.name)}" autocomplete="username" required></label></p>'
        f"<p><label>{escape(say['password'])}<br>"
        f'<input name="password" type="password" autocomplete="current-password" required></label></p>'
        f"<p><button>{escape(say['go'])}</button></p></form>"
    )
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(say["title"])}</title>'
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": _POLICY, "Vary": "Accept-Language"})
