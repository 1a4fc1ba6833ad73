"""Kafka, by kafka-python: transactions out, groups in. The client is synchronous; each has a thread of its own.

The client's defaults are not ours: a producer keeps an error for ever, so after any error it is thrown away and a new
one made; a consumer would commit by itself, read what was never committed, and come back half a minute late.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar, cast

import kafka
import kafka.errors as errors
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor  # pyright: ignore[reportMissingTypeStubs]
from kafka.net.compat import KafkaNetClient  # pyright: ignore[reportMissingTypeStubs]
from kafka.partitioner.default import murmur2  # pyright: ignore[reportUnknownVariableType]

from services.bus import BusUnavailable, Delivered, Message, PlaceGone, Superseded, TooLarge, Topic, WhereTo
from services.settings import KafkaAccess

T = TypeVar("T")
OPEN = KafkaAccess()
"""No password and no TLS, as within one machine."""
_client = cast("Any", kafka)
_errors = cast("Any", errors)
_sticky = cast("Any", CooperativeStickyAssignor)
_net_client = cast("Any", KafkaNetClient)
_hash = cast("Callable[[bytes], int]", murmur2)

MOST = 500
"""Messages that are taken at a time."""
PATIENCE = 12.0
"""Seconds after which a sending that was not answered is given up; what became of it is told by who opens next."""
TOPIC_SECONDS = 30.0
"""How long a new topic may take until every partition has somebody who serves it."""

_CONNECTION: Mapping[str, Any] = {
    "reconnect_backoff_max_ms": 1_000,
    "request_timeout_ms": 5_000,
    "bootstrap_timeout_ms": 5_000,
}
_PRODUCER: Mapping[str, Any] = {
    **_CONNECTION,
    "enable_idempotence": True,
    "acks": "all",
    "transaction_timeout_ms": 15_000,
    "retry_backoff_ms": 20,
    "linger_ms": 5,
    "batch_size": 131_072,
    "compression_type": "lz4",
    "delivery_timeout_ms": 10_000,
    "max_block_ms": 5_000,
    "allow_auto_create_topics": False,
}
_CONSUMER: Mapping[str, Any] = {
    "reconnect_backoff_max_ms": 1_000,
    "bootstrap_timeout_ms": 5_000,
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "max_poll_records": MOST,
    "max_poll_interval_ms": 120_000,
    "session_timeout_ms": 15_000,
    "heartbeat_interval_ms": 3_000,
    "allow_auto_create_topics": False,
}


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as every client of Kafka finds it by default (murmur2)."""
    return (_hash(key.encode()) & 0x7FFFFFFF) % partitions


def ensure_topics(servers: str, topics: Sequence[Topic], access: KafkaAccess = OPEN) -> Sequence[str]:
    """Make the topics that are missing; the names of those that were made. Raises `BusUnavailable`.

    Copies and how many of them must be there are the broker's own settings. What there is is never changed: more
    partitions would send the same key elsewhere.
    """
    try:
        admin = _made(
            _client.KafkaAdminClient, bootstrap_servers=_reached(servers), **_CONNECTION, **_coming_in(access)
        )
    except _errors.KafkaError as error:
        raise _unavailable(error) from error
    try:
        there = set(admin.list_topics())
        made = [one for one in topics if one.name not in there]
        for one in made:
            configs = {"cleanup.policy": "delete", "retention.ms": str(one.hours * 3_600_000)}
            with suppress(_errors.TopicAlreadyExistsError):
                admin.create_topics({one.name: {"num_partitions": one.partitions, "configs": configs}})
        admin.wait_for_topics([one.name for one in topics], timeout_ms=int(TOPIC_SECONDS * 1_000))
        return [one.name for one in made]
    except _errors.KafkaError as error:
        raise _unavailable(error) from error
    finally:
        with suppress(_errors.KafkaError):
            admin.close()


class _OnItsThread:
    """A client that lives on one thread."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def _do(self, work: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 - the work's own arguments
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    async def _end(self, last: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # closed before
            await self._do(last)
        await asyncio.to_thread(self._thread.shutdown)


class KafkaPublisher(_OnItsThread):
    """Implements the port `Publisher`: one transaction a batch; who opens last is the only one."""

    def __init__(self, servers: str, name: str, access: KafkaAccess = OPEN) -> None:
        super().__init__(f"publish-{name}")
        self._servers = servers
        self._access = access
        self._name = name
        self._producer: Any = None

    async def open(self) -> None:
        """See `Publisher`."""
        await self._do(self._open)

    async def publish(self, batch: Sequence[Message]) -> None:
        """See `Publisher`."""
        await self._do(self._publish, batch)

    async def partitions(self, topic: str) -> int:
        """See `Publisher`."""
        return await self._do(self._partitions, topic)

    async def close(self) -> None:
        """See `Publisher`."""
        await self._end(self._drop)

    def _open(self) -> None:
        self._drop()
        try:
            self._producer = _made(
                _client.KafkaProducer,
                bootstrap_servers=_reached(self._servers),
                transactional_id=self._name,
                **_PRODUCER,
                **_coming_in(self._access),
            )
            self._producer.init_transactions()
        except _errors.KafkaError as error:
            self._drop()
            raise _unavailable(error) from error

    def _publish(self, batch: Sequence[Message]) -> None:
        producer = self._there()
        try:
            producer.begin_transaction()
            _send_all(producer, batch)
            _commit(producer)
        except _errors.KafkaError as error:
            self._drop()
            raise _told(error) from error

    def _partitions(self, topic: str) -> int:
        try:
            return len(self._there().partitions_for(topic))
        except (_errors.KafkaError, TypeError) as error:
            self._drop()
            raise _unavailable(error) from error

    def _there(self) -> Any:  # noqa: ANN401 - a client without types
        if self._producer is None:
            msg = "there is no connection to the bus"
            raise BusUnavailable(msg)
        return self._producer

    def _drop(self) -> None:
        _close_producer(self._producer)
        self._producer = None


class KafkaSubscription(_OnItsThread):
    """Implements the port `Subscription`; `member` names one that keeps its partitions over a restart."""

    def __init__(self, servers: str, topic: str, group: str, member: str | None, access: KafkaAccess = OPEN) -> None:
        super().__init__(f"read-{topic}")
        self._servers = servers
        self._access = access
        self._topic = topic
        self._group = group
        self._member = member
        self._consumer: Any = None
        self._mine: frozenset[int] = frozenset()

    @property
    def topic(self) -> str:
        """See `Subscription`."""
        return self._topic

    @property
    def mine(self) -> frozenset[int]:
        """See `Subscription`."""
        return self._mine

    async def open(self, where_to: WhereTo) -> int:
        """See `Subscription`."""
        return await self._do(self._open, where_to, asyncio.get_running_loop())

    async def poll(self, seconds: float) -> Sequence[Delivered]:
        """See `Subscription`."""
        return await self._do(self._poll, seconds)

    async def seek(self, places: Mapping[int, int | None]) -> None:
        """See `Subscription`."""
        await self._do(self._seek, places)

    async def close(self) -> None:
        """See `Subscription`."""
        await self._end(self._drop)

    def _open(self, where_to: WhereTo, loop: asyncio.AbstractEventLoop) -> int:
        self._drop()
        subscription = self

        class Placing(_client.ConsumerRebalanceListener):
            """Says from where to read what has been given, before anything of it is read."""

            def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ANN401 - of a library without types
                subscription._mine -= {one.partition for one in revoked}

            def on_partitions_lost(self, lost: Any) -> None:  # noqa: ANN401 - as above
                self.on_partitions_revoked(lost)

            def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ANN401 - as above
                given = sorted(one.partition for one in assigned)
                if given:
                    asking = asyncio.run_coroutine_threadsafe(where_to(given), loop)
                    places = asking.result(60)
                    subscription._mine |= set(given)
                    subscription._seek({one: places.get(one) for one in given})

        try:
            self._consumer = _made(
                _client.KafkaConsumer,
                bootstrap_servers=_reached(self._servers),
                group_id=self._group,
                group_instance_id=self._member,
                auto_offset_reset="none",
                partition_assignment_strategy=[_sticky],
                **_CONSUMER,
                **_coming_in(self._access),
            )
            self._consumer.subscribe([self._topic], listener=Placing())
            return len(self._consumer.partitions_for_topic(self._topic))
        except (_errors.KafkaError, TypeError) as error:
            self._drop()
            raise _unavailable(error) from error

    def _poll(self, seconds: float) -> Sequence[Delivered]:
        if self._consumer is None:
            msg = "there is no connection to the bus"
            raise BusUnavailable(msg)
        try:
            found = self._consumer.poll(timeout_ms=int(seconds * 1_000))
        except (_errors.OffsetOutOfRangeError, _errors.NoOffsetForPartitionError) as error:
            raise PlaceGone(sorted(_partitions_in(error)) or sorted(self._mine)) from error
        except _errors.KafkaError as error:
            raise _told(error) from error
        return _delivered(found)

    def _seek(self, places: Mapping[int, int | None]) -> None:
        if self._consumer is None:
            return
        own = {one.partition: one for one in self._consumer.assignment() if one.topic == self._topic}
        for partition, place in places.items():
            if partition not in own:
                continue
            if place is None:
                self._consumer.seek_to_beginning(own[partition])
            else:
                self._consumer.seek(own[partition], place)

    def _drop(self) -> None:
        _close_consumer(self._consumer)
        self._consumer, self._mine = None, frozenset()


class KafkaExchange(_OnItsThread):
    """Implements the port `Exchange`: answers and places are committed in one transaction."""

    def __init__(self, servers: str, topic: str, group: str, member: str, access: KafkaAccess = OPEN) -> None:
        super().__init__(f"exchange-{member}")
        self._servers = servers
        self._access = access
        self._topic = topic
        self._group = group
        self._member = member
        self._consumer: Any = None
        self._producer: Any = None

    async def open(self) -> None:
        """See `Exchange`."""
        await self._do(self._open)

    async def take(self, seconds: float) -> Sequence[Delivered]:
        """See `Exchange`."""
        return await self._do(self._take, seconds)

    async def answer(self, taken: Sequence[Delivered], answers: Sequence[Message]) -> None:
        """See `Exchange`."""
        await self._do(self._answer, taken, answers)

    async def close(self) -> None:
        """See `Exchange`."""
        await self._end(self._drop)

    def _open(self) -> None:
        self._drop()
        try:
            self._producer = _made(
                _client.KafkaProducer,
                bootstrap_servers=_reached(self._servers),
                transactional_id=f"{self._group}-{self._member}",
                **_PRODUCER,
                **_coming_in(self._access),
            )
            self._producer.init_transactions()
            self._consumer = _made(
                _client.KafkaConsumer,
                self._topic,
                bootstrap_servers=_reached(self._servers),
                group_id=self._group,
                group_instance_id=self._member,
                auto_offset_reset="earliest",
                partition_assignment_strategy=[_sticky],
                **_CONSUMER,
                **_coming_in(self._access),
            )
        except _errors.KafkaError as error:
            self._drop()
            raise _told(error) from error

    def _take(self, seconds: float) -> Sequence[Delivered]:
        if self._consumer is None:
            msg = "there is no connection to the bus"
            raise BusUnavailable(msg)
        try:
            return _delivered(self._consumer.poll(timeout_ms=int(seconds * 1_000)))
        except _errors.KafkaError as error:
            self._drop()
            raise _told(error) from error

    def _answer(self, taken: Sequence[Delivered], answers: Sequence[Message]) -> None:
        if self._producer is None:
            msg = "there is no connection to the bus"
            raise BusUnavailable(msg)
        places: dict[int, int] = {}
        for one in taken:
            places[one.partition] = max(places.get(one.partition, 0), one.offset + 1)
        try:
            self._producer.begin_transaction()
            _send_all(self._producer, answers)
            offsets = {_client.TopicPartition(self._topic, one): _place(place) for one, place in places.items()}
            _note_places(self._producer, offsets, self._consumer.group_metadata())
            _commit(self._producer)
        except _errors.KafkaError as error:
            self._drop()
            raise _told(error) from error

    def _drop(self) -> None:
        _close_producer(self._producer)
        _close_consumer(self._consumer)
        self._producer = self._consumer = None


def _send_all(producer: Any, batch: Sequence[Message]) -> None:  # noqa: ANN401 - a client without types
    """Hand everything over, and see that each message has arrived: a batch with a hole is not committed."""
    on_their_way = [
        producer.send(
            one.topic,
            key=None if one.key is None else one.key.encode(),
            value=one.body,
            headers=list(one.headers.items()),
            partition=one.partition,
        )
        for one in batch
    ]
    producer.flush(timeout=PATIENCE)
    for arriving in on_their_way:
        arriving.get(timeout=0)


def _commit(producer: Any) -> None:  # noqa: ANN401 - a client without types
    """Commit, and wait for it no longer than for anything else; the client's own way would wait for ever."""
    _wait(producer, producer._transaction_manager.begin_commit())


def _note_places(producer: Any, offsets: Any, group: Any) -> None:  # noqa: ANN401 - as above
    """Put into the transaction up to where the group has read."""
    _wait(producer, producer._transaction_manager.send_offsets_to_transaction(offsets, group))


def _wait(producer: Any, result: Any) -> None:  # noqa: ANN401 - as above
    producer._sender.wakeup()
    if not result.wait(PATIENCE * 1_000):
        msg = "a transaction was not answered"
        raise _errors.KafkaTimeoutError(msg)


def _delivered(found: Any) -> Sequence[Delivered]:  # noqa: ANN401 - of a library without types
    return [
        Delivered(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=None if record.key is None else record.key.decode("utf-8", "replace"),
            headers={name: value or b"" for name, value in record.headers},
            body=record.value or b"",
            twice=_twice([name for name, _ in record.headers]),
        )
        for records in found.values()
        for record in records
    ]


def _twice(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name in names if names.count(name) > 1) if len(set(names)) < len(names) else frozenset()


def _place(offset: int) -> Any:  # noqa: ANN401 - of a library without types
    return _client.OffsetAndMetadata(offset, "", -1)


def _partitions_in(error: Exception) -> Sequence[int]:
    """Of whose places an error speaks; the client hands them over as keys."""
    places: Any = error.args[0] if error.args else None
    return [one.partition for one in places] if hasattr(places, "keys") else []


def _made(kind: Callable[..., Any], *places: str, **said: Any) -> Any:  # noqa: ANN401 - a client without types
    """A client. One that does not come in, whatever the reason, would leave a thread and its connections behind that go
    on trying for ever: they are ended."""
    nets: list[Any] = []

    def remembered(**configs: Any) -> Any:  # noqa: ANN401 - as above
        nets.append(_net_client(**configs))
        return nets[-1]

    try:
        return kind(*places, kafka_client=remembered, **said)
    except BaseException:
        for net in nets:
            with suppress(_errors.KafkaError, RuntimeError, OSError):
                net.close()
            with suppress(_errors.KafkaError, RuntimeError, OSError):
                net._net.close()
        raise


def _coming_in(access: KafkaAccess) -> Mapping[str, Any]:
    """How a client comes in, in the client's words. Whoever is at the other end of TLS is always looked at."""
    said: dict[str, Any] = {"security_protocol": access.protocol}
    if access.over_tls:
        told = {"ssl_cafile": access.ca_file, "ssl_certfile": access.cert_file, "ssl_keyfile": access.key_file}
        said |= {name: str(file) for name, file in told.items() if file is not None}
    if access.protocol.startswith("SASL"):
        said |= {
            "sasl_mechanism": access.mechanism,
            "sasl_plain_username": access.user,
            "sasl_plain_password": access.password,
        }
    return said


def _reached(servers: str) -> Sequence[str]:
    """The addresses, where one of them answers at all: a client that reaches nobody leaves a thread behind that goes on
    trying for ever. Raises `BusUnavailable`."""
    addresses = [one.strip() for one in servers.split(",") if one.strip()]
    why = "no address is known"
    for address in addresses:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
        except (OSError, ValueError) as error:
            why = f"{address}: {error}"
        else:
            return addresses
    raise BusUnavailable(why)


def _close_producer(producer: Any) -> None:  # noqa: ANN401 - a client without types
    """Close for good: with something still on its way the client's own way to close raises, and leaves it at work."""
    if producer is not None:
        with suppress(_errors.KafkaError, RuntimeError, OSError):
            producer._sender.force_close()
            producer._sender.join(PATIENCE)
            producer.close(timeout=1)


def _close_consumer(consumer: Any) -> None:  # noqa: ANN401 - a client without types
    if consumer is not None:
        with suppress(_errors.KafkaError, RuntimeError, OSError):
            consumer.close()


def _told(error: Exception) -> Exception:
    """What a client's error means to us."""
    if isinstance(
        error, (_errors.ProducerFencedError, _errors.InvalidProducerEpochError, _errors.FencedInstanceIdError)
    ):
        return Superseded(str(error))
    if isinstance(error, (_errors.MessageSizeTooLargeError, _errors.RecordListTooLargeError)):
        return TooLarge(str(error))
    return _unavailable(error)


def _unavailable(error: Exception) -> BusUnavailable:
    return BusUnavailable(f"{type(error).__name__}: {error}")
