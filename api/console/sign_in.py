"""The page to sign in at, as the console shows it."""

from fastapi import Request
from starlette.responses import Response

from api.console.shell import html_of, spoken, templates
from api.console.words import Words
from api.http.sign_in_page import SignInPage
from api.http.words import SIGN_IN


def shown(request: Request, sign_in: SignInPage, status: int) -> Response:
    """The page as HTML; works without scripts."""
    language = spoken(request)
    say = Words(language, request.app.state.platform.settings.home_zone)
    html = (
        templates()
        .get_template("sign_in.html")
        .render(request=request, say=say, words=SIGN_IN[language], sign_in=sign_in)
    )
    return html_of(request, html, status)
