"""The parts of `serve` as processes of their own, as many of each as one likes; and the topics between them."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry, Histogram, start_http_server

from api.cli.running import Data, Json, first_line, joined, run
from api.cli.serve import listen
from api.cli.talk import Exit, Talk, Trouble
from api.intake import KafkaDoor
from services.bus import BusUnavailable
from services.feeding import Elsewhere
from services.intake import Intake, replayed
from services.leading import one_at_a_time
from services.platform import Platform

topics = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Beat = Annotated[
    Path | None,
    typer.Option("--beat", metavar="FILE", help="Touch this file every second while at work, for a health check."),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        "--metrics", metavar="PORT", min=1, max=65535, help="Tell at this port, on this machine, how large batches are."
    ),
]
Member = Annotated[
    str | None,
    typer.Option("--member", metavar="NAME", help="Its own name, by which it keeps its partitions over a restart."),
]


@topics.callback()
def of_topics() -> None:
    """\b
    Examples:
      fieldtrace topics ensure

    The topics of KAFKA_BOOTSTRAP_SERVERS between the parts.
    """


@topics.command("ensure")
def ensure(data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace topics ensure

    Make the topics that are missing. What there is stays as it is: more partitions would break the order of events, so
    they are a new generation (FIELDTRACE_KAFKA_GENERATION, FIELDTRACE_KAFKA_PARTITIONS).
    """
    talk = Talk(json)

    async def work() -> None:
        async with joined(data, apart=True) as platform:
            try:
                made = await platform.ensure_topics()
            except BusUnavailable as error:
                raise Trouble("bus", Exit.NOT_READY, why=first_line(error)) from error
            for topic in platform.topics.every():
                if json:
                    talk.json({"topic": topic.name, "partitions": topic.partitions, "made": topic.name in made})
                else:
                    talk.tell("topic_made" if topic.name in made else "topic_there", name=topic.name)

    run(work)


def api(
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8000,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace api --host 0.0.0.0 --port 8080

    The HTTP door alone. Read models, policies and the clock are other processes (projector, policies, timers); it asks
    no Kafka, so it goes on writing and reading while Kafka is away.
    """
    talk = Talk(json)
    listening = listen(host, port)

    async def work() -> signal.Signals | None:
        from api.cli.serving import serving  # the doors take a while to load: only where something is served

        async with joined(data, apart=True) as platform:
            await platform.prepare()
            return await serving(platform, listening, talk)

    if run(work) == signal.SIGINT:
        raise typer.Exit(Exit.INTERRUPTED)


def relay(beat: Beat = None, metrics: MetricsPort = None, data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace relay

    Hands the log on to Kafka: the feed of the projectors, and public messages. One is at work, others wait to take
    over. While Kafka is away it waits, and then catches up.
    """

    async def work(platform: Platform) -> None:
        await platform.relaying(_batches("relay", metrics))

    _process(work, data, Talk(json), "relay", beat)


def projector(
    member: Member = None,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="Fill the read models out of the log, without Kafka; one at a time.")
    ] = False,
    beat: Beat = None,
    metrics: MetricsPort = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace projector --member projector-1
      fieldtrace projector --from-log

    Fills the read models out of Kafka, together with others like it. Starting one lets Kafka fill them, starting one
    with --from-log lets the log fill them again; stop the others first.
    """

    async def by_the_log(platform: Platform) -> None:
        async def alone() -> None:
            await platform.projector.take_over()
            await platform.projector.run()

        await one_at_a_time(platform.leadership, f"projector {platform.release}", alone)

    async def by_kafka(platform: Platform) -> None:
        try:
            await platform.worker(member, _batches("projector", metrics)).run()
        except Elsewhere as elsewhere:
            raise Trouble("elsewhere", Exit.NOT_READY, what=elsewhere) from elsewhere

    talk = Talk(json)
    _process(by_the_log if from_log else by_kafka, data, talk, "projector", beat)


def policies(beat: Beat = None, data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace policies

    Does what follows from events: judges visits, renews protection, frees slots. One is at work, others wait.
    """

    async def work(platform: Platform) -> None:
        await one_at_a_time(platform.leadership, "policies", platform.policies.run)

    _process(work, data, Talk(json), "policies", beat)


def timers(beat: Beat = None, data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace timers

    Writes what has come due, and keeps the tiles of the log's tree. One is at work, others wait.
    """

    async def work(platform: Platform) -> None:
        await asyncio.gather(
            one_at_a_time(platform.leadership, "timers", platform.clockwork.run),
            one_at_a_time(platform.leadership, "tiles", platform.tiles.run),
            one_at_a_time(platform.leadership, "subject heads", platform.subject_heads.run),
        )

    _process(work, data, Talk(json), "timers", beat)


def intake(
    member: Annotated[
        str, typer.Option("--member", metavar="NAME", help="The name of this process alone, the same after a restart.")
    ] = "intake-1",
    replay: Annotated[
        bool, typer.Option("--replay", help="Send the dead letters to the intake again, and end.")
    ] = False,
    beat: Beat = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace intake --member intake-1
      fieldtrace intake --replay

    Carries out the requests that clients send to the ingress topic, and sends each one answer. What cannot be read, and
    what nobody known has sent, is kept with its reason among the dead letters.
    """
    talk = Talk(json)

    async def work(platform: Platform) -> None:
        await Intake(platform.exchange(member), platform.topics, KafkaDoor(platform)).run()

    async def again() -> None:
        async with joined(data, apart=True) as platform:
            try:
                many = await replayed(platform.dead_letters(), platform.topics)
            except BusUnavailable as error:
                raise Trouble("bus", Exit.NOT_READY, why=first_line(error)) from error
            if json:
                talk.json({"replayed": many})
            else:
                talk.tell("replayed", many=many)

    if replay:
        run(again)
    else:
        _process(work, data, talk, "intake", beat)


def _batches(part: str, port: int | None) -> Callable[[int], None]:
    """Count what is done at a time, for whoever asks at a port of this machine; without a port, nothing."""
    if port is None:
        return lambda _: None
    registry = CollectorRegistry()
    sizes = Histogram(
        "fieldtrace_batch_events", "Events that were handed on or taken in together.", ("part",),
        buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500), registry=registry,
    )  # fmt: skip
    start_http_server(port, "127.0.0.1", registry)
    return sizes.labels(part).observe


def _process(
    work: Callable[[Platform], Awaitable[None]], data: Path | None, talk: Talk, name: str, beat: Path | None
) -> None:
    """Run a part until SIGTERM or Ctrl-C, and let go of everything it holds."""

    async def whole() -> None:
        async with joined(data, apart=True) as platform:
            await platform.prepare()
            if talk.as_json:
                talk.json({"part": name, "organisation": platform.settings.organisation})
            talk.tell("part_at_work", part=name, organisation=platform.settings.organisation)
            async with _beating(beat):
                await until_told(work(platform))
            talk.tell("part_ended", part=name)

    run(whole)


async def until_told(work: Awaitable[None]) -> None:
    """Do the work until a signal says that it is enough; the work is let go of in order."""
    loop = asyncio.get_running_loop()
    working = asyncio.ensure_future(work)
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        working.cancel()

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, end, one)
    try:
        await working
    except asyncio.CancelledError:
        if not told:
            raise
    finally:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)


@asynccontextmanager
async def _beating(file: Path | None) -> AsyncGenerator[None]:
    async def beat(where: Path) -> None:
        while True:
            with suppress(OSError):
                where.touch()
            await asyncio.sleep(1)

    task = asyncio.create_task(beat(file)) if file is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
