"""The cookie of a session, and from which pages a request that carries it is taken."""

from fastapi import Request
from starlette.responses import Response

from services.sessions import NewSession

NAME, NAME_OVER_TLS = "fieldtrace", "__Host-fieldtrace"
"""Over TLS a browser takes the second one from nobody but this very host."""
_LOOKS_ONLY = ("GET", "HEAD", "OPTIONS")


def session_secret(request: Request) -> str | None:
    """The secret of the session that a browser is in."""
    return request.cookies.get(NAME_OVER_TLS) or request.cookies.get(NAME)


def over_tls(request: Request, public_url: str | None) -> bool:
    """Whether the browser speaks to us over TLS, as far as we or the proxy before us can tell."""
    return (public_url or str(request.url)).startswith("https://")


def begin(response: Response, session: NewSession, *, secure: bool) -> None:
    """Let the browser keep the session, out of reach of scripts and of other sites' forms."""
    kept = session.kept
    response.set_cookie(
        NAME_OVER_TLS if secure else NAME,
        session.secret,
        max_age=int((kept.expires_at - kept.created_at).total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def end(response: Response, *, secure: bool) -> None:
    """Let the browser forget the session."""
    for name in (NAME, NAME_OVER_TLS) if secure else (NAME,):
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def same_site(request: Request, public_url: str | None) -> bool:
    """Whether a request only looks, or was made by a page of this server (Fetch Metadata, and the page's origin)."""
    if request.method in _LOOKS_ONLY:
        return True
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    if site is None:
        return origin == ours
    return site == "same-origin" and origin in (None, "null", ours)  # "null": the page told its browser to be discreet
