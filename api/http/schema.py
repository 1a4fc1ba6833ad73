"""The OpenAPI document: what FastAPI sees of the routes, and the bodies that it does not read itself."""

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from api.bodies.parts import Body
from api.emitting import EMITTED
from api.http.calls import PREFIX
from api.http.cloudevents import BATCH, JSON, MOST, STRUCTURED, CloudEvent
from api.http.told import ANSWERS, example_told

_REF = "#/components/schemas/{model}"
VERSION = "1"
_DESCRIPTION = """Every visit, lead claim and target change is an immutable event in one log; all else is derived.

Emit events to `/v1/events`, or use the resource calls, which are the same requests. Asking twice is harmless: the same
`source` and `id`, or the same `Idempotency-Key`, is answered as the first time, for ever. Every write answers its
`position`; every read takes `min_position` and waits up to two seconds for it, takes `at` to answer as of a position or
an hour, and says in `basis` what it stands on. Problems are RFC 9457 documents, in the language of `Accept-Language`
(`zh-CN` or `en`)."""

_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457, with the ids and limits of the case beside these members.",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/already-claimed"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that a person can act on."},
        "code": {"type": "string", "examples": ["ALREADY_CLAIMED"]},
        "instance": {"type": "string", "description": "The conversation, as in `X-Correlation-Id`."},
        "position": {"type": "integer", "description": "Where the refusal is recorded, where a rule said no."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the request."},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_RECEIPT: Mapping[str, Any] = {
    "type": "object",
    "description": "What became of the request, with what its use case answers beside these members.",
    "required": ["position", "events", "flags"],
    "properties": {
        "position": {"type": "integer"},
        "code": {"type": "string", "description": "NO_CHANGE: it was so already, and nothing was recorded."},
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"type": "string"},
                    "stream": {"type": "string"},
                    "version": {"type": "integer"},
                    "position": {"type": "integer"},
                },
            },
        },
        "flags": {"type": "array", "items": {"type": "string"}},
    },
}
_RESULTS: Mapping[str, Any] = {
    "type": "object",
    "required": ["results", "basis"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": ["string", "null"]},
                    "status": {"enum": ["accepted", "duplicate", "refused", "rejected"]},
                    "position": {"type": "integer"},
                    "events": _RECEIPT["properties"]["events"],
                    "flags": _RECEIPT["properties"]["flags"],
                    "problem": {"$ref": _REF.format(model="Problem")},
                },
            },
        },
        "basis": {"$ref": _REF.format(model="Basis")},
    },
}
_BASIS: Mapping[str, Any] = {
    "type": "object",
    "description": "The exact state of the log that the answer was computed from.",
    "properties": {"position": {"type": "integer"}, "recorded_at": {"type": ["string", "null"], "format": "date-time"}},
}


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if not app.openapi_schema:
        document = get_openapi(
            title="Fieldtrace (行迹)", version=VERSION, description=_DESCRIPTION, routes=app.routes, summary=None
        )
        components: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
        components.update(_components())
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _components() -> dict[str, Any]:
    bodies: Iterable[type[Body]] = [CloudEvent, *dict.fromkeys(emitted.body for emitted in EMITTED.values())]
    _, made = models_json_schema([(body, "validation") for body in bodies], ref_template=_REF)
    components: dict[str, Any] = dict(made["$defs"])
    for emitted in EMITTED.values():
        body: type[Body] = emitted.body
        components[body.__name__]["example"] = example_of(body)
    event = components["CloudEvent"]
    event["oneOf"] = [
        {"properties": {"type": {"const": asked}, "data": {"$ref": _REF.format(model=emitted.body.__name__)}}}
        for asked, emitted in sorted(EMITTED.items())
    ]
    told = list(ANSWERS.values())
    _, answered = models_json_schema([(one, "serialization") for one in told], ref_template=_REF)
    for name, schema in answered["$defs"].items():
        components.setdefault(name, schema)
    for one in told:
        components[one.__name__]["example"] = example_told(one)
    components["Problem"], components["Receipt"] = dict(_PROBLEM), dict(_RECEIPT)
    components["Results"], components["Basis"] = dict(_RESULTS), dict(_BASIS)
    return components


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"description": "A problem.", "content": problem}
    if method == "get" and path in ANSWERS:
        shape = {"$ref": _REF.format(model=ANSWERS[path].__name__)}
        operation["responses"]["200"]["content"][JSON] = {"schema": shape}
    told = operation.pop(PREFIX, None)
    if told is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: _body(told["type"], told["without"])}}
        for status in list(operation["responses"]):
            if status != "default":
                operation["responses"][status]["content"] = {JSON: {"schema": {"$ref": _REF.format(model="Receipt")}}}
    if (path, method) == ("/v1/events", "post"):
        one: dict[str, Any] = {"schema": {"$ref": _REF.format(model="CloudEvent")}, "example": event_example()}
        many: dict[str, Any] = {
            "schema": {"type": "array", "maxItems": MOST, "items": one["schema"]},
            "example": [event_example()],
        }
        operation["requestBody"] = {"required": True, "content": {STRUCTURED: one, BATCH: many, JSON: {"schema": {}}}}
        results = {"$ref": _REF.format(model="Results")}
        operation["responses"]["200"]["content"] = {JSON: {"schema": results}}


def _body(asked: str, without: list[str]) -> dict[str, Any]:
    body: type[Body] = EMITTED[asked].body
    if not without:
        return {"schema": {"$ref": _REF.format(model=body.__name__)}, "example": example_of(body)}
    schema = body.model_json_schema(ref_template=_REF)
    schema.pop("$defs", None)
    schema["properties"] = {name: one for name, one in schema["properties"].items() if name not in without}
    schema["required"] = [name for name in schema.get("required", ()) if name not in without]
    example = {name: value for name, value in example_of(body).items() if name not in without}
    return {"schema": schema, "example": example}


def event_example() -> dict[str, Any]:
    """A CloudEvent as one would send it."""
    return {
        "specversion": "1.0",
        "id": "01970000-0000-7000-8000-000000000001",
        "source": "/devices/phone-17",
        "type": "visit.record",
        "time": "2026-03-17T09:51:00+08:00",
        "onbehalfof": "r01",
        "data": example_of(EMITTED["visit.record"].body),
    }


def example_of(body: type[Body]) -> dict[str, Any]:
    """A body as one would send it: what is needed, and whatever has an example."""
    return {name: _example(field) for name, field in body.model_fields.items() if field.is_required() or field.examples}


def _example(field: FieldInfo) -> Any:  # noqa: ANN401 - any JSON value
    if field.examples:
        return field.examples[0]
    for part in field.metadata:
        if isinstance(part, FieldInfo) and part.examples:
            return part.examples[0]
    return _example_of_kind(field.annotation)


def _example_of_kind(kind: Any) -> Any:  # noqa: ANN401 - any annotation
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inside[0]
    if origin in (Union, UnionType):
        return _example_of_kind(inside[0])
    if origin is list:
        return [_example_of_kind(inside[0])]
    if isinstance(kind, type) and issubclass(kind, Body):
        return example_of(kind)
    if kind is int:
        return 1
    return "text"
