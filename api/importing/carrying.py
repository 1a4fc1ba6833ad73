"""Where an import sends its requests: into the platform at hand, or to a server through its door."""

import asyncio
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from api.batches import Outcome, emit_one
from api.http.cloudevents import Reader
from api.importing.importer import Answer, Batching
from api.importing.units import Event, Unit, why
from services.access import Caller
from services.platform import Platform
from services.ports import Receipt
from services.reception import Actor
from services.refusals import Refusal

BATCH = "application/cloudevents-batch+json"
TRIES = 5
"""How often a server that is busy is asked again."""


class IntoPlatform:
    """Sends through the same reading of CloudEvents and the same use cases as the HTTP door."""

    def __init__(self, platform: Platform, caller: Caller, *, as_history: bool) -> None:
        self._platform = platform
        self._as_history = as_history
        actor = Actor(caller.actor, caller.role)
        client_id = actor.id if actor.role == "client" else None
        conversation = f"import:{platform.new_id()}"
        self._reader = Reader(
            actor, "/import", conversation, client_id, platform.new_id, platform.log.name, caller.scopes
        )

    async def __call__(self, unit: Unit) -> Sequence[Answer]:
        """The requests of a line one after another, and no further once one was not taken."""
        answers: list[Answer] = []
        for event in unit.events:
            item = self._reader.item(event)
            item = replace(item, sent=replace(item.sent, as_history=self._as_history))
            answers.append(_answer(await emit_one(self._platform, item, item.amiss)))
            if answers[-1].status not in ("accepted", "duplicate") or answers[-1].code:
                break
        return answers


def _answer(outcome: Outcome) -> Answer:
    match outcome:
        case Receipt():
            return Answer("duplicate" if outcome.repeated else "accepted")
        case Refusal():
            return Answer(_status(outcome), outcome.code(), why(outcome))
        case Exception():
            return Answer("failed", "LOG_UNAVAILABLE", str(outcome))


def _status(refusal: Refusal) -> Any:  # noqa: ANN401 - one of the statuses
    if refusal.receipt is None:
        return "rejected"
    repeated = isinstance(refusal.receipt, Receipt) and refusal.receipt.repeated
    return "duplicate" if repeated else "refused"


class ServerSaid(Exception):
    """The server did not take a batch: with which status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}" if status else why)
        self.status = status


class IntoServer(Batching):
    """Sends to `POST /v1/events` of a server, as many requests as wait at a time."""

    def __init__(self, url: str, token: str | None) -> None:
        super().__init__(self._post_events, lambda event: len(_bytes(event)))
        self._url = urlsplit(url)
        self._headers = {"Content-Type": BATCH, "Accept": "application/json", "Accept-Language": "en"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    async def _post_events(self, events: Sequence[Event]) -> Sequence[Answer]:
        for attempt in range(TRIES):
            status, answer = await asyncio.to_thread(self._post_bytes, b"[" + b",".join(map(_bytes, events)) + b"]")
            if status == 200:
                return [_told(one) for one in answer["results"]]
            if status not in (429, 503) or attempt == TRIES - 1:
                raise ServerSaid(status, str(answer.get("detail") or answer.get("title") or ""))
            await asyncio.sleep(2**attempt)
        raise AssertionError

    def _post_bytes(self, body: bytes) -> tuple[int, Mapping[str, Any]]:
        connecting = (
            http.client.HTTPSConnection(self._url.netloc, timeout=60, context=ssl.create_default_context())
            if self._url.scheme == "https"
            else http.client.HTTPConnection(self._url.netloc, timeout=60)
        )
        try:
            connecting.request("POST", f"{self._url.path.rstrip('/')}/v1/events", body, self._headers)
            response = connecting.getresponse()
            raw = response.read()
        except OSError as error:
            raise ServerSaid(0, str(error)) from error
        finally:
            connecting.close()
        try:
            return response.status, json.loads(raw)
        except ValueError:
            return response.status, {"detail": raw[:200].decode("utf-8", "replace")}


def _told(result: Mapping[str, Any]) -> Answer:
    problem: Mapping[str, Any] = result.get("problem") or {}
    code, detail = str(problem.get("code", "")), str(problem.get("detail", ""))
    faults = "; ".join(f"{fault.get('pointer', '')} {fault.get('detail', '')}" for fault in problem.get("errors", ()))
    match result.get("status"):
        case "accepted" | "duplicate" | "refused" | "rejected" as status:
            return Answer(status, code, faults or detail)
        case status:
            return Answer("failed", code or str(status), detail)


def _bytes(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False, default=_number, separators=(",", ":")).encode()


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
