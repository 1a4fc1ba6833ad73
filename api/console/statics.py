"""Static files: kept for ever by browsers, under an address that changes with their content."""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.problems import DoorProblem

router = APIRouter(include_in_schema=False)
KINDS: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@cache
def kept() -> Mapping[str, tuple[bytes, bytes]]:
    """Every static file by name: as it is, and compressed."""
    folder = files("api.console").joinpath("static")
    found = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in KINDS}
    return {name: (body, gzip.compress(body, mtime=0)) for name, body in sorted(found.items())}


@cache
def digest() -> str:
    """What the files hold, in short: one for all, so that modules find each other by relative addresses."""
    return sha256(b"".join(name.encode() + body for name, (body, _) in kept().items())).hexdigest()[:12]


def address(name: str) -> str:
    """Where a static file is found; a name that is not there is an error, not a dead link."""
    if name not in kept():
        raise KeyError(name)
    return f"/static/{digest()}/{name}"


@router.get("/static/{version}/{name}")
async def static(request: Request, version: str, name: str) -> Response:
    """A file; one of an earlier version is not there any more."""
    if name not in kept() or version != digest():
        raise DoorProblem(404, "NOT_FOUND")
    body, small = kept()[name]
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if takes_gzip(request):
        body, headers = small, {**headers, "Content-Encoding": "gzip"}
    return Response(body, 200, headers, KINDS[name.rpartition(".")[2]])


def takes_gzip(request: Request) -> bool:
    """Whether the browser unpacks for itself."""
    return "gzip" in request.headers.get("accept-encoding", "")
