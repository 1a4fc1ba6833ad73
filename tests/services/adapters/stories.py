"""What tests of the log tell it: appends about the small cast, as short as they can be."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from domain.envelope import Actor, Envelope
from domain.portfolio.events import SlotReserved
from domain.vocabulary import VOCABULARY
from services.adapters.eventsourcing_log import EventsourcingLog
from services.ports import Append, ChangedMeanwhile, Disclosure, Json, Receipt, Request, Tip, Unrecorded
from tests.people import ACME, MONDAY, SHANGHAI

HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def stream_of(rep_id: str) -> str:
    """The stream to which `reserved` events of a rep go."""
    return f"portfolio-{rep_id}"


def the_stream_of(event: object) -> str:
    """The stream to which an event of these stories goes; none of them is a refusal."""
    stream = VOCABULARY.stream_of(event)
    assert stream is not None
    return stream


def reserved(rep_id: str, claim_id: UUID | None = None) -> SlotReserved:
    """An event like many others."""
    return SlotReserved(rep_id, claim_id or uuid4(), ACME, date(2026, 3, 2))


def asking(id: str | None = None, source: str = "app", fingerprint: bytes = b"what was asked") -> Request:
    """A request; a new one where no id is given."""
    return Request(source, id or str(uuid4()), fingerprint)


def envelope_of(event: object, version: int, at: datetime = HOUR, request: Request | None = None) -> Envelope:
    """Everything around an event."""
    word = VOCABULARY.of(event)
    return Envelope(
        event_id=uuid4(),
        log="main",
        stream=the_stream_of(event),
        stream_version=version,
        name=word.name,
        schema_version=word.schema_version,
        source=request.source if request else "app",
        request_id=request.id if request else "none",
        subjects=tuple(word.subjects(event)),
        occurred_at=MONDAY,
        occurred_tz=SHANGHAI,
        decided_at=at,
        biz_date=date(2026, 3, 2),
        actor=Actor("anna", "rep"),
        correlation_id="a conversation",
    )


def appending(
    *events: object,
    tips: Mapping[str, Tip] | None = None,
    request: Request | None = None,
    traceless: bool = False,
    at: datetime = HOUR,
    answer: Mapping[str, Json] | None = None,
    flags: Sequence[str] = (),
    disclosures: Sequence[Disclosure] = (),
) -> Append:
    """An append of events that follow the given tips, each stream from its beginning where none is given."""
    asked = None if traceless else request or asking()
    stands_on = {the_stream_of(event): Tip() for event in events} | dict(tips or {})
    versions = {name: tip.version for name, tip in stands_on.items()}
    written: list[Unrecorded] = []
    for event in events:
        stream = the_stream_of(event)
        versions[stream] += 1
        written.append(Unrecorded(envelope_of(event, versions[stream], at, asked), event))
    return Append(asked, "accepted", at, stands_on, written, answer or {}, tuple(flags), disclosures)


async def tip_of(log: EventsourcingLog, stream: str) -> Tip:
    """Where a stream ends now."""
    events = (await log.read({stream: 0}))[stream]
    return Tip(events[-1].envelope.stream_version, events[-1].body_hash) if events else Tip()


async def write(log: EventsourcingLog, *events: object, at: datetime = HOUR, request: Request | None = None) -> Receipt:
    """Append events to the ends of their streams, looking again as often as others were quicker."""
    streams = {the_stream_of(event) for event in events}
    request = request or asking()
    while True:
        tips = {stream: await tip_of(log, stream) for stream in streams}
        try:
            return await log.append(appending(*events, tips=tips, request=request, at=at))
        except ChangedMeanwhile:
            continue
