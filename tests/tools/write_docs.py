"""Writes docs/problems.md and docs/events.md from docstrings and sentences; a test sees that they are current."""

from collections.abc import Mapping
from dataclasses import fields
from inspect import cleandoc
from pathlib import Path
from typing import Any

from api.emitting import EMITTED
from api.http.problems import paragraphs, title
from api.http.reach import COLUMNS, REACHES, RECORDED
from domain.rights import may_ask
from domain.vocabulary import VOCABULARY, Word
from services import words
from tests.tools import asyncapi

DOCS = Path(__file__).parent.parent.parent / "docs"
HOW = "This page is written by `make docs` from the code; change the docstrings and sentences there."


def problems() -> str:
    """Every problem that a client may meet."""
    parts = [
        "# Problems",
        HOW,
        "A problem is a document in the form of RFC 9457, `application/problem+json`. Its `type` is the address of its "
        "paragraph here (`/problems/already-claimed`), its `detail` a sentence in the language of `Accept-Language`.",
    ]
    for slug, (status, meaning) in paragraphs().items():
        code = slug.upper().replace("-", "_")
        parts.append(f"## {title(code, 'en')}")
        parts.append(f"`{code}` · {status} · `/problems/{slug}`")
        parts.append(meaning)
        said = [words.catalogue(language)["refusals"].get(code) for language in words.LANGUAGES]
        if all(said):
            parts.append("\n".join(f"- {sentence}" for sentence in said))
    return "\n\n".join(parts) + "\n"


def events() -> str:
    """Every event that the log holds, by concept."""
    parts = [
        "# Events",
        HOW,
        "Every event of the log: its stored name, the shape that is written today, what it means, the fields of its "
        "payload, and the sentence that tells it.",
    ]
    by_concept: dict[str, list[Word[Any]]] = {}
    for word in VOCABULARY:
        by_concept.setdefault(word.name.split(".", 1)[0], []).append(word)
    for concept in sorted(by_concept):
        parts.append(f"## {concept}")
        parts += [_event(word) for word in by_concept[concept]]
    return "\n\n".join(parts) + "\n"


def _event(word: Word[Any]) -> str:
    names = ", ".join(f"`{field.name}`" for field in fields(word.event))
    said = [words.catalogue(language)["events"].get(word.name) for language in words.LANGUAGES]
    sentences = "\n".join(f"- {sentence}" for sentence in said if sentence)
    meaning = cleandoc(word.event.__doc__ or "")
    parts = [f"### {word.name} (v{word.schema_version})", meaning, f"Fields: {names}", sentences]
    return "\n\n".join(part for part in parts if part)


def access() -> str:
    """Who may look at what, and who may ask for what."""
    roles = [role.value for role in COLUMNS]
    head = [f"| | {' | '.join(roles)} |", f"|---|{'---|' * len(roles)}"]
    looks = [
        f"| `{operation}` | {' | '.join(reaches[role].value for role in COLUMNS)} |"
        for operation, reaches in REACHES.items()
    ]
    asks = [
        f"| `{asked}` | {' | '.join('yes' if may_ask(role, asked) else '–' for role in COLUMNS)} |"
        for asked in sorted({*EMITTED, *RECORDED.values()})
    ]
    parts = [
        "# Access",
        HOW.replace("docstrings and sentences", "tables"),
        "Nobody is answered without a token, a session or an issuer that vouches, but at `/healthz` and `/readyz`. The "
        "tokens of another organisation are unknown here. A test tries every cell of both tables, for what is of the "
        "asker, of others and of another organisation; an endpoint that stands in neither fails it.",
        "## Looking",
        "`own`: what is of the asker. `line`: that, and what is of a rep below in the line at this hour. `case`: what "
        "is of a party in a case that the arbiter has, or could have. `all`: everything of the organisation. What lies "
        "beyond is answered as if it were not there (404), word for word; in lists it is left out.",
        "\n".join([*head, *looks]),
        "## Asking",
        "Who may send a type of request, by its own address or as an event. Whose things it may be about is for the "
        "rules to say: a claim is released by who holds it, a visit put right by who made it or with an approval.",
        "\n".join([*head, *asks]),
    ]
    return "\n\n".join(parts) + "\n"


PAGES: Mapping[str, Any] = {
    "problems.md": problems,
    "events.md": events,
    "access.md": access,
    "asyncapi.json": asyncapi.document,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
