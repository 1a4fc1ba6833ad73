"""One trace from the request to the row, in one process and by way of Kafka; nothing at all where nobody follows."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext

from projections.everything import EVERYTHING
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.kafka import KafkaPublisher, KafkaSubscription, ensure_topics, partition_of
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.open_telemetry import OpenTelemetry
from services.broadcast import Relay
from services.bus import Delivered
from services.feeding import FeedProjector
from services.settings import from_environment
from services.topics import Topics
from services.tracing import follow, stated, trace_of
from tests.api.office import Office, opened
from tests.broker.marks import KAFKA
from tests.people import ACME

OF = "4bf92f3577b34da6a3ce929d0e0e4736"
ABOVE = f"00-{OF}-00f067aa0ba902b7-01"


def own(span: ReadableSpan) -> SpanContext:
    """By what names a span is known."""
    context = span.get_span_context()
    assert context is not None
    return context


class Seen:
    """What an exporter was handed."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._follower = OpenTelemetry.to(self._exporter)
        self._undo = follow(self._follower)

    def end(self) -> None:
        self._undo()
        self._follower.close()

    def spans(self) -> Sequence[ReadableSpan]:
        """Everything until now."""
        self._follower.flush()
        return self._exporter.get_finished_spans()

    def of(self, trace: str) -> Mapping[str, ReadableSpan]:
        """The spans of one trace, by their names."""
        return {one.name: one for one in self.spans() if f"{own(one).trace_id:032x}" == trace}


@pytest.fixture
def seen() -> Iterator[Seen]:
    seen = Seen()
    yield seen
    seen.end()


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def delivered(servers: str, topic: str) -> Sequence[Delivered]:
    """What is in a topic."""

    async def beginning(partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, 0)

    subscription = KafkaSubscription(servers, topic, "looking", None)
    await subscription.open(beginning)
    found: list[Delivered] = []
    async with asyncio.timeout(30):
        while not found:
            found += await subscription.poll(1.0)
    found += await subscription.poll(1.0)
    await subscription.close()
    return found


def below(one: ReadableSpan, other: ReadableSpan) -> bool:
    return one.parent is not None and one.parent.span_id == own(other).span_id


async def test_a_request_is_one_trace_from_the_door_to_the_rows(office: Office, seen: Seen) -> None:
    path = f"/v1/customers/{ACME}/claims"
    answered = await office.post("anna", path, traceparent=ABOVE)
    assert answered.status_code == 201
    assert answered.headers["X-Correlation-Id"] == OF, "the conversation is that of the trace"
    await office.platform.projector.catch_up()
    spans = seen.of(OF)
    door, asking = spans["POST /v1/customers/{customer_id}/claims"], spans["ownership.claim"]
    assert door.parent is not None
    assert f"{door.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert below(asking, door)
    assert below(spans["decide ClaimCustomer"], asking)
    assert below(spans["append"], asking)
    assert below(spans["rows"], asking)
    assert (spans["rows"].attributes or {})["fieldtrace.event"] in (
        "ownership.claim_granted",
        "portfolio.slot_reserved",
    )


async def test_a_conversation_names_the_trace_and_another_one_is_linked_to(office: Office, seen: Seen) -> None:
    path = f"/v1/customers/{ACME}/claims"
    await office.post("anna", path, traceparent=ABOVE, X_Correlation_Id="import-7")
    door = seen.of(trace_of("import-7"))["POST /v1/customers/{customer_id}/claims"]
    assert door.parent is None
    assert [f"{one.context.trace_id:032x}" for one in door.links] == [OF]


async def test_what_policies_ask_for_belongs_to_the_request_that_caused_it(office: Office, seen: Seen) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims", traceparent=ABOVE)
    await office.platform.settle()
    log = await office.platform.log.page(0, 1_000)
    caused = {one.envelope.name for one in log if one.envelope.correlation_id == OF}
    named = {str((one.attributes or {}).get("fieldtrace.event")) for one in seen.spans() if one.name == "rows"}
    assert caused <= named


async def test_nothing_is_followed_unless_somebody_says_where_to(office: Office) -> None:
    assert not from_environment({}).traces
    assert not from_environment({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}).traces
    assert not from_environment({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}).traces
    assert from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}).traces
    answered = await office.post("anna", f"/v1/customers/{ACME}/claims", traceparent="00-nonsense-01")
    assert answered.status_code == 201


class TestByKafka:
    """The same with relay and worker, which see the event and nothing of the request."""

    pytestmark = KAFKA

    async def test_relay_and_rows_are_in_the_trace_of_the_request(self, office: Office, seen: Seen, kafka: str) -> None:
        topics = Topics("traced", partitions=2)
        ensure_topics(kafka, topics.every())
        log, store = office.platform.log, MemoryReadStore(office.platform.now)
        assert isinstance(log, EventsourcingLog)
        await office.post("anna", f"/v1/customers/{ACME}/claims", traceparent=ABOVE)
        head = (await log.head()).position
        relay = Relay(log, KafkaPublisher(kafka, topics.feed), topics)
        subscription = KafkaSubscription(kafka, topics.feed, "traced", None)
        worker = FeedProjector(log, store, EVERYTHING, subscription, log.opened, partition_of)
        tasks = [asyncio.create_task(relay.run()), asyncio.create_task(worker.run())]
        try:
            async with asyncio.timeout(60):
                while await store.come(EVERYTHING) < head:
                    await asyncio.sleep(0.05)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        spans = seen.of(OF)
        assert below(spans["relay"], spans["ownership.claim"])
        assert below(spans["rows"], spans["ownership.claim"])
        fed = [one.headers for one in await delivered(kafka, topics.feed) if b"ownership" in one.headers["ce_type"]]
        assert {stated(one["ce_traceparent"].decode()) for one in fed} == {
            (OF, f"{own(spans['ownership.claim']).span_id:016x}")
        }
