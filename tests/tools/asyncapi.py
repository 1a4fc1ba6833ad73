"""The contract of the topics that others read and write, as AsyncAPI 3: written from the code by `make docs`."""

import json
from typing import Any

from services.messages import CONTENT_TYPE, PUBLISHED, Public
from services.topics import DAY, Topics

ORGANISATION = "main"
_HEADERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "The same however often it is sent: stream and version."},
        "ce_source": {"type": "string"},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened in the world."},
        "ce_subject": {"type": "string", "description": "The rep or customer it is about, as rep:<id>."},
        "ce_partitionkey": {"type": "string", "description": "The stream; its messages keep their order."},
        "ce_sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "Position in the log."},
        "ce_aggversion": {"type": "string", "pattern": "^[0-9]+$", "description": "Version within the stream."},
        "ce_recordedat": {"type": "string", "format": "date-time"},
        "ce_correlationid": {"type": "string"},
        "ce_dataschema": {"type": "string"},
        "content-type": {"const": CONTENT_TYPE},
    },
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_sequence", "content-type"],
}


def document() -> str:
    """The document, in a form that shows well what changed."""
    topics = Topics(ORGANISATION)
    described: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fieldtrace on Kafka",
            "version": "1",
            "description": (
                "Public messages and requests, as CloudEvents 1.0 in Kafka's binary mode. Topics carry the name of the "
                "organisation (here `main`). Read with isolation.level=read_committed. A message may come twice, with "
                "the same ce_id; those of one key come in the order of ce_sequence."
            ),
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": {"host": "{bootstrap}", "protocol": "kafka", "variables": {"bootstrap": {}}}},
        "channels": {
            "events": _channel(topics.events, topics, 30 * DAY, [one.type for one in PUBLISHED]),
            "ingress": _channel(topics.ingress, topics, DAY, ["request"]),
            "replies": _channel(topics.replies, topics, DAY, ["reply"]),
        },
        "operations": {
            "publishEvents": {"action": "send", "channel": {"$ref": "#/channels/events"}},
            "takeRequests": {
                "action": "receive",
                "channel": {"$ref": "#/channels/ingress"},
                "reply": {"channel": {"$ref": "#/channels/replies"}},
            },
        },
        "components": {
            "messages": {
                **{one.type: _message(one) for one in PUBLISHED},
                "request": {
                    "summary": "What is asked; the types and bodies are those of POST /v1/events.",
                    "headers": {
                        "type": "object",
                        "properties": {
                            "authorization": {"type": "string", "description": "Bearer and an access token."},
                            "ce_specversion": {"const": "1.0"},
                            "ce_id": {"type": "string"},
                            "ce_source": {"type": "string"},
                            "ce_type": {"type": "string"},
                        },
                        "required": ["authorization"],
                    },
                    "payload": {"type": "object"},
                },
                "reply": {
                    "summary": "What became of one message: one reply for each, however often the intake is killed.",
                    "payload": {"$ref": "#/components/schemas/reply"},
                },
            },
            "schemas": {**{one.type: one.schema() for one in PUBLISHED}, "reply": _REPLY},
        },
    }
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


_REPLY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "source": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "place": {"type": "string", "description": "Topic, partition and offset of the message that is answered."},
        "status": {"enum": ["accepted", "duplicate", "refused", "rejected"]},
        "position": {"type": "integer"},
        "problem": {"type": "object", "description": "As RFC 9457, where it was not accepted."},
    },
    "required": ["id", "source", "place", "status"],
}


def _channel(address: str, topics: Topics, hours: int, messages: list[str]) -> dict[str, Any]:
    return {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": address,
                "partitions": topics.partitions,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": hours * 3_600_000},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _message(public: Public) -> dict[str, Any]:
    return {
        "name": public.type,
        "summary": (public.event.__doc__ or "").strip().split("\n")[0],
        "contentType": CONTENT_TYPE,
        "headers": _HEADERS,
        "payload": {"$ref": f"#/components/schemas/{public.type}"},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }
