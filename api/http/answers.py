"""How answers look: JSON and CSV, pages, what they stand on, and the headers beside them."""

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api.http.asking import instant_or_position
from api.http.problems import DoorProblem
from services.as_of import Basis, TooFarBehind
from services.platform import Platform
from services.ports import Receipt
from services.refusals import FieldFault, Malformed

CSV = "text/csv"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its items, and where the next one begins (None at the end)."""

    items: Sequence[Mapping[str, Any]]
    next: str | None
    columns: Sequence[str]


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """A value as JSON says it: hours in UTC with a Z, ids and enums as text, records as objects."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, Enum)):
        return value
    match value:
        case Enum():
            return value.value
        case datetime():
            return moment(value)
        case date() | UUID():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(name): plain(one) for name, one in cast("Mapping[Any, Any]", value).items()}
        case tuple() | list() | frozenset() | set():
            return [plain(one) for one in cast("Sequence[Any]", value)]
        case _ if is_dataclass(value):
            return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        case _:
            return str(value)


def moment(hour: datetime) -> str:
    """An hour in UTC, with microseconds and a Z."""
    return hour.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def told_basis(basis: Basis) -> dict[str, Any]:
    """What an answer stands on."""
    return {
        "position": basis.position,
        "root": basis.root.hex(),
        "recorded_at": moment(basis.recorded_at) if basis.recorded_at else None,
    }


def answer(
    content: Mapping[str, Any],
    *,
    status: int = 200,
    basis: Basis | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer as JSON; the same content gives the same bytes."""
    told = {**content, "basis": told_basis(basis)} if basis else content
    head = dict(headers or {})
    if basis:
        head["Log-Position"] = str(basis.position)
    body = json.dumps(plain(told), ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, head, "application/json")


def listed(request: Request, page: Page, basis: Basis) -> Response:
    """A page as JSON, or as CSV where the asker prefers that."""
    if not prefers_csv(request):
        return answer({"items": page.items, "next": page.next}, basis=basis)
    head = {"Log-Position": str(basis.position), "Content-Disposition": "attachment; filename=fieldtrace.csv"}
    if page.next:
        target = request.url.include_query_params(cursor=page.next)
        head["Link"] = f'<{target.path}?{target.query}>; rel="next"'
    return Response(as_csv(page), 200, head, CSV + "; charset=utf-8")


def as_csv(page: Page) -> bytes:
    """A page for a spreadsheet: UTF-8 with a BOM; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(page.columns)
    for item in page.items:
        told = plain(item)
        writer.writerow([_cell(told.get(column)) for column in page.columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> str | int | float:  # noqa: ANN401 - any JSON value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def prefers_csv(request: Request) -> bool:
    """Whether the asker would rather have a table than JSON."""
    accept = request.headers.get("accept", "")
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, _, parameters = part.strip().partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            key, _, value = parameter.strip().partition("=")
            if key == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        weights[name.strip().lower()] = weight
    wanted = weights.get(CSV, 0.0)
    return wanted > 0 and wanted >= weights.get("application/json", 0.0)


# ------------------------------------------------------------------------------------------------------------- pages


def cursor_of(position: int, *after: object) -> str:
    """Where the next page begins: as of the same position, after the given values."""
    text = json.dumps([position, *plain(list(after))], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str | None, *kinds: type) -> tuple[int, tuple[Any, ...]] | None:
    """The position and values of a cursor that we gave; the kinds are those of its values."""
    if text is None:
        return None
    try:
        values: list[Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        position, *after = values
        if len(after) != len(kinds) or type(position) is not int or position < 0:
            raise ValueError(text)
        return position, tuple(_of_kind(kind, value) for kind, value in zip(kinds, after, strict=True))
    except (ValueError, TypeError, AttributeError) as error:
        raise Malformed((FieldFault("?cursor", "This is no `next` of an earlier page of this list."),)) from error


def _of_kind(kind: type, value: Any) -> Any:  # noqa: ANN401 - the kind says which
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    if kind is int:
        if type(value) is not int:
            raise ValueError(value)
        return value
    return kind(value)


# --------------------------------------------------------------------------------------------------------- as of when


async def basis_of(platform: Platform, at: str | int | None, min_position: int | None, *, name: str = "at") -> Basis:
    """What an answer is to stand on; waits two seconds for the read models."""
    when = instant_or_position(at, name) if isinstance(at, str) else at
    try:
        basis = await platform.as_of.basis(when, min_position=min_position)
    except TooFarBehind as behind:
        wanted = min_position if min_position is not None else when
        raise DoorProblem(503, "PROJECTION_BEHIND", {"min_position": plain(wanted)}, {"Retry-After": "1"}) from behind
    if isinstance(when, int) and when > basis.position:
        raise DoorProblem(422, "NOT_THERE_YET", {"at": when, "head": basis.position})
    return basis


# ---------------------------------------------------------------------------------------------------------- receipts


def told_receipt(receipt: Receipt) -> dict[str, Any]:
    """What became of a request: what its use case answers, and where its events stand."""
    told: dict[str, Any] = {**receipt.answer, "position": receipt.position}
    if not receipt.events:
        told["code"] = "NO_CHANGE"
    return {**told, "events": [plain(one) for one in receipt.events], "flags": list(receipt.flags)}


def receipt_headers(receipt: Receipt, stream: str | None) -> dict[str, str]:
    """Where it stands in the log, and the version of the stream that the call is about."""
    head = {"Log-Position": str(receipt.position)}
    versions = [event.version for event in receipt.events if event.stream == stream]
    if versions:
        head["ETag"] = etag(versions[-1])
    return head


def etag(version: int) -> str:
    """A version as HTTP says it."""
    return f'"v{version}"'
