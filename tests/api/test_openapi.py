"""The contract that clients rely on: pinned, complete, and its examples are true."""

import json
from typing import Any

import pytest

from api.bodies.parts import read_body
from api.emitting import EMITTED
from api.http.app import create_app
from api.http.cloudevents import CloudEvent
from api.http.schema import event_example, example_of
from services.platform import in_memory
from tests.tools.write_openapi import PINNED, document


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return create_app(in_memory()).openapi()


def test_the_document_is_the_one_that_clients_know() -> None:
    assert document() == PINNED.read_text(encoding="utf-8"), "on purpose? then run `make openapi`"


@pytest.mark.parametrize("asked", sorted(EMITTED))
def test_the_example_of_every_body_can_be_sent(asked: str) -> None:
    body = EMITTED[asked].body
    read_body(body, example_of(body))


def test_the_example_of_an_event_can_be_sent() -> None:
    read_body(CloudEvent, event_example())


def test_every_type_has_a_resource_call(schema: dict[str, Any]) -> None:
    called = {
        operation["description"].split("`")[1]
        for operations in schema["paths"].values()
        for operation in operations.values()
        if "The same as the event" in operation.get("description", "")
    }
    assert called == set(EMITTED)


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    text = json.dumps(schema)
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.split('"', 1)[0] in schema["components"]["schemas"]


def test_every_operation_asks_for_a_token_and_tells_of_problems(schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert "default" in operation["responses"], path
            assert path in ("/healthz", "/readyz") or operation["security"], path


def test_every_field_of_a_body_is_told(schema: dict[str, Any]) -> None:
    for emitted in EMITTED.values():
        told = schema["components"]["schemas"][emitted.body.__name__]
        assert set(told["properties"]) == set(emitted.body.model_fields)
        assert told["description"]
