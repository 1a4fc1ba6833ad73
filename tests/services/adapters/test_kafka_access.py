"""Kafka's clients with a name and a password over TLS, at a real broker; and nobody without."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import kafka
import kafka.admin as kafka_admin
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.adapters.kafka import KafkaExchange, KafkaPublisher, KafkaSubscription, ensure_topics
from services.bus import BusUnavailable, Message, Topic
from services.settings import KafkaAccess, from_environment
from tests.broker import Broker, Secured
from tests.broker.marks import KAFKA, demand_broker

USER, PASSWORD = "fieldtrace", "a-secret-of-a-test"


def certified(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate of our own for 127.0.0.1: what the broker keeps, and what clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    told = certificate.public_bytes(Encoding.PEM)
    store, trusted = folder / "broker.pem", folder / "ca.pem"
    store.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + told)
    trusted.write_bytes(told)
    return store, trusted


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, KafkaAccess]]:
    demand_broker()
    folder = tmp_path_factory.mktemp("secured")
    store, trusted = certified(folder)
    broker = Broker(folder / "kafka", secured=Secured(store, USER, PASSWORD))
    broker.start()
    yield broker, KafkaAccess("SASL_SSL", "PLAIN", USER, PASSWORD, ca_file=trusted)
    broker.stop()


async def _beginning(partitions: Sequence[int]) -> Mapping[int, int]:
    return dict.fromkeys(partitions, 0)


class TestAtABroker:
    """What passwords and certificates open."""

    pytestmark = KAFKA

    @pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
    async def test_whoever_is_known_sends_and_reads(self, secured: tuple[Broker, KafkaAccess], mechanism: str) -> None:
        broker, access = secured
        if mechanism != "PLAIN":
            admin = cast("Any", kafka).KafkaAdminClient(bootstrap_servers=broker.address)
            admin.alter_user_scram_credentials(
                [cast("Any", kafka_admin).UserScramCredentialUpsertion(USER, mechanism, PASSWORD, iterations=4096)]
            )
            admin.close()
        access = replace(access, mechanism=mechanism)
        servers, topic = f"127.0.0.1:{broker.secured_port}", f"secured.{mechanism.lower()}"
        assert ensure_topics(servers, [Topic(topic, 1, 1)], access) == [topic]
        publisher = KafkaPublisher(servers, f"relay-{topic}", access)
        await publisher.open()
        await publisher.publish([Message(topic, "a", {}, b"{}"), Message(topic, "b", {}, b"{}")])
        await publisher.close()
        subscription = KafkaSubscription(servers, topic, f"{topic}.readers", None, access)
        await subscription.open(_beginning)
        found: list[str | None] = []
        while len(found) < 2:
            found += [one.key for one in await subscription.poll(1.0)]
        await subscription.close()
        assert found == ["a", "b"]
        exchange = KafkaExchange(servers, topic, f"{topic}.exchange", "one", access)
        await exchange.open()
        taken = await exchange.take(10.0)
        while not taken:
            taken = await exchange.take(10.0)
        await exchange.answer(taken, [])
        await exchange.close()

    async def test_nobody_comes_in_with_another_password_or_by_another_certificate(
        self, secured: tuple[Broker, KafkaAccess], tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        broker, access = secured
        servers = f"127.0.0.1:{broker.secured_port}"
        _, another = certified(tmp_path)
        for wrong in (replace(access, password="something else"), replace(access, ca_file=another), KafkaAccess()):
            publisher = KafkaPublisher(servers, "stranger", wrong)
            with pytest.raises(BusUnavailable):
                await publisher.open()
            await publisher.close()
        caplog.clear()  # what was said holds what went wrong, and that the client's sockets, which it leaves open:
        gc.collect()  # they are told of here and in no other test


def test_the_environment_says_how_clients_come_in_and_the_password_is_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    said = {
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256", "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD_FILE": str(secret), "KAFKA_SSL_CA_FILE": "/run/ca.pem",
    }  # fmt: skip
    access = from_environment(said).kafka_access
    assert access == KafkaAccess("SASL_SSL", "SCRAM-SHA-256", USER, PASSWORD, ca_file=Path("/run/ca.pem"))
    assert PASSWORD not in repr(access)
    assert from_environment({}).kafka_access == KafkaAccess()


@pytest.mark.parametrize(
    "said",
    [
        {"KAFKA_SECURITY_PROTOCOL": "TLS"},
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": USER},
        {"KAFKA_SASL_MECHANISM": "GSSAPI"},
    ],
)
def test_what_cannot_be_meant_is_said_at_the_start(said: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="KAFKA_"):
        from_environment(said)
