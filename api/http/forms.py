"""Forms, as a browser sends them."""

from urllib.parse import parse_qsl

from fastapi import Request

from api.http.bodies import body_of
from api.http.problems import DoorProblem
from services.refusals import FieldFault, Malformed, UnknownField

FORM = "application/x-www-form-urlencoded"
LIMIT = 16 * 1024
_MOST_FIELDS = 100


async def form_of(request: Request, *names: str) -> dict[str, str]:
    """The fields of a form, each at most once; those that were left out are empty."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise DoorProblem(415, "UNSUPPORTED_MEDIA_TYPE", {"content_type": kind or "nothing", "readable": FORM})
    try:
        said = parse_qsl(
            (await body_of(request, LIMIT)).decode(),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise Malformed((FieldFault("", "The form cannot be read."),)) from error
    fields = dict(said)
    if len(fields) < len(said):
        raise Malformed((FieldFault("", "A field stands twice."),))
    strange = sorted(fields.keys() - set(names))
    if strange:
        raise UnknownField(tuple(FieldFault(f"/{name}", "There is no such field.") for name in strange))
    return {name: fields.get(name, "") for name in names}
