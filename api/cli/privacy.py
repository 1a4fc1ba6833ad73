"""Erasures at the command line: each of the two persons asks a server, with a token of their own."""

import json as notation
from typing import Annotated, Any

import typer

from api.cli.remote import Remote, in_path
from api.cli.running import Json, Token, Url
from api.cli.talk import Exit, Talk, Trouble

_COLUMNS = ("erasure_id", "data_subject", "state", "due_at", "overdue", "copies", "backups_until")
_BASES = "ASKED_BY_THE_PERSON, CONSENT_WITHDRAWN, PURPOSE_ENDED, NOT_LAWFUL"

privacy = typer.Typer(
    help=(
        "\b\nExamples:\n  fieldtrace privacy erase --customer ID --contact ID --url URL --token TOKEN\n"
        "  fieldtrace privacy approve ERASURE --url URL --token TOKEN\n  fieldtrace privacy status --url URL\n\n"
        "Personal values: erase them by two persons, and see how far it has come."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@privacy.command("erase")
def erase(
    customer: Annotated[str | None, typer.Option("--customer", metavar="ID", help="Where the person is.")] = None,
    contact: Annotated[str | None, typer.Option("--contact", metavar="ID", help="The person.")] = None,
    rep: Annotated[str | None, typer.Option("--rep", metavar="ID", help="Or a rep who has left.")] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", metavar="HASH", help="Or a photo or document.")] = None,
    basis: Annotated[str, typer.Option("--basis", metavar="BASIS", help=f"{_BASES}.")] = "ASKED_BY_THE_PERSON",
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace privacy erase --customer ID --contact ID --url http://127.0.0.1:8000 --token TOKEN
      fieldtrace privacy erase --rep r07 --basis PURPOSE_ENDED --url http://127.0.0.1:8000 --token TOKEN

    Ask that personal values be erased; another person has to agree.
    """
    named = {"customer_id": customer, "contact_id": contact, "rep_id": rep, "sha256": sha256, "basis": basis}
    said = {name: value for name, value in named.items() if value is not None}
    _, told = _server(url, token).bytes_of("/v1/privacy/erasures", said)
    _tell(Talk(json), notation.loads(told), json=json)


@privacy.command("approve")
def approve(
    erasure: Annotated[str, typer.Argument(metavar="ERASURE", help="Its id, as `erase` told it.")],
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace privacy approve ERASURE --url http://127.0.0.1:8000 --token TOKEN

    Agree to an erasure that another person asked for. It cannot be taken back.
    """
    told = _server(url, token).post(f"/v1/privacy/erasures/{in_path(erasure)}/approval")
    _tell(Talk(json), told, json=json)


@privacy.command("status")
def status(url: Url = None, token: Token = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace privacy status --url http://127.0.0.1:8000 --token TOKEN

    How far each erasure has come, those that are due first in front.
    """
    talk = Talk(json)
    items: list[dict[str, Any]] = []
    server, cursor = _server(url, token), None
    while True:
        page = server.get("/v1/privacy/erasures", limit=500, cursor=cursor)
        items += page["items"]
        if (cursor := page["next"]) is None:
            break
    if json:
        for item in items:
            talk.json(item)
    else:
        talk.table(_COLUMNS, [[_cell(item[name]) for name in _COLUMNS] for item in items])


def _server(url: str | None, token: str | None) -> Remote:
    """Two persons never sit at the database: each asks a server as who they are."""
    if url is None:
        raise Trouble("url", Exit.USAGE, url="")
    return Remote(url, token)


def _tell(talk: Talk, told: Any, *, json: bool) -> None:  # noqa: ANN401 - any JSON
    if json:
        talk.json(told)
    else:
        talk.table(("erasure_id", "state"), [(told["erasure_id"], told.get("state", "–"))])


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType] - any JSON
