"""Public messages: what is published of every event there is a sample of is what the contract says."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.vocabulary import VOCABULARY
from services.adapters.event_json import EventJson
from services.messages import PUBLISHED, Public, public_messages
from tests.happened import happened

SAMPLES = Path(__file__).parent.parent / "domain" / "stored_events"


def sample(public: Public) -> object:
    """The event of a message, as the log has it."""
    word = next(one for one in VOCABULARY if one.event is public.event)
    stored = (SAMPLES / f"{word.name}.v{word.schema_version}.json").read_bytes()
    return EventJson().read_payload(word.name, word.schema_version, stored)


def test_a_name_and_version_stand_for_one_message() -> None:
    assert len({one.type for one in PUBLISHED}) == len(PUBLISHED)


@pytest.mark.parametrize("public", PUBLISHED, ids=[one.type for one in PUBLISHED])
def test_what_is_published_is_what_the_contract_says(public: Public) -> None:
    [message, *_] = public_messages(happened(sample(public)), "main.events.v1")
    body: dict[str, Any] = json.loads(message.body)
    schema = public.schema()
    assert list(body) == schema["required"]
    for name, value in body.items():
        assert fits(value, schema["properties"][name]), (name, value, schema["properties"][name])


def test_nothing_is_published_that_people_wrote_or_that_is_sealed() -> None:
    for one in PUBLISHED:
        said = {path.rsplit(".", 1)[-1] for path in one.said}
        assert not said & {"text", "note", "comment", "legal_name", "name", "phone", "email", "phones", "personal_note"}
        assert "digest" not in json.dumps(one.schema())


def fits(value: Any, schema: dict[str, Any]) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a value is of the kind that a schema of ours names."""
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    match schema["type"]:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str) and value in schema.get("enum", [value])
        case "array":
            return isinstance(value, list) and all(fits(one, schema["items"]) for one in value)  # pyright: ignore[reportUnknownVariableType]
        case _:
            return isinstance(value, dict) and all(
                fits(value[one], schema["properties"][one]) for one in schema["required"]
            )
