"""Traces by OpenTelemetry: where they go, how many and under which name is said by its own OTEL_ variables."""

import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from domain.envelope import Envelope
from services.adapters.system import now_in_nanoseconds
from services.tracing import Named, asking_of, stated, trace_of

_named: ContextVar[tuple[str | None, str | None]] = ContextVar("named", default=(None, None))
"""The names of the trace and the span that begin next, where they are not drawn."""


class _Names(IdGenerator):
    """A trace is named by its conversation, a request by its source and id; everything else is drawn."""

    def generate_trace_id(self) -> int:
        named = _named.get()[0]
        return int(named, 16) if named is not None else secrets.randbits(128) or 1

    def generate_span_id(self) -> int:
        named = _named.get()[1]
        return int(named, 16) if named is not None else secrets.randbits(64) or 1


class OpenTelemetry:
    """Implements `Follower`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("fieldtrace")

    @classmethod
    def to(cls, exporter: SpanExporter | None = None, *, part: str = "fieldtrace") -> "OpenTelemetry":
        """Hands spans on by OTLP over HTTP, or to an exporter of one's own. `part`: what this process is called where
        OTEL_SERVICE_NAME does not say."""
        named = Resource({SERVICE_NAME: part}).merge(OTELResourceDetector().detect())
        provider = TracerProvider(resource=named, id_generator=_Names())
        provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        return cls(provider)

    def flush(self) -> None:
        """Hand on what there is."""
        self._provider.force_flush()

    def close(self) -> None:
        """Hand on what is left."""
        self._provider.shutdown()

    @contextmanager
    def request(self, name: str, correlation_id: str, above: str | None) -> Generator[Named]:
        """See `Follower`. A `traceparent` of another trace than the conversation's is linked to."""
        of, said = trace_of(correlation_id), None if above is None else stated(above)
        parent = Context() if said is None or said[0] != of else _below(*said)
        links = [] if said is None or said[0] == of else [trace.Link(_span(*said))]
        with _naming(of, None):
            span = self._tracer.start_span(name, parent, SpanKind.SERVER, links=links)
        with trace.use_span(span, end_on_exit=True, record_exception=False):
            yield span.update_name

    @contextmanager
    def asking(self, name: str, correlation_id: str, source: str, id: str) -> Generator[None]:
        """See `Follower`. What a policy or the clock asks for begins with no door, and belongs to its conversation."""
        of = trace_of(correlation_id)
        current = trace.get_current_span().get_span_context()
        parent = None if f"{current.trace_id:032x}" == of else Context()
        with _naming(of, asking_of(correlation_id, source, id)):
            span = self._tracer.start_span(name, parent, SpanKind.INTERNAL)
        with trace.use_span(span, end_on_exit=True, record_exception=False):
            yield

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """See `Follower`. What is part of nothing is not told."""
        if not trace.get_current_span().get_span_context().is_valid:
            yield
            return
        with self._tracer.start_as_current_span(name, record_exception=False):
            yield

    @contextmanager
    def events(self, name: str, envelopes: Sequence[Envelope]) -> Generator[None]:
        """See `Follower`."""
        began = now_in_nanoseconds()
        yield
        ended = now_in_nanoseconds()
        for one in envelopes:
            of = _below(trace_of(one.correlation_id), asking_of(one.correlation_id, one.source, one.request_id))
            said: Mapping[str, str | int] = {
                "fieldtrace.event": one.name, "fieldtrace.stream": one.stream, "fieldtrace.version": one.stream_version
            }  # fmt: skip
            self._tracer.start_span(name, of, SpanKind.CONSUMER, said, start_time=began).end(ended)


@contextmanager
def _naming(of: str, span: str | None) -> Generator[None]:
    token = _named.set((of, span))
    try:
        yield
    finally:
        _named.reset(token)


def _span(of: str, span: str) -> SpanContext:
    return SpanContext(int(of, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _below(of: str, span: str) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(_span(of, span)), Context())
