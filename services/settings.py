"""What the environment says, read once into one frozen value."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_ORGANISATION = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ROLES = ("rep", "manager", "arbiter", "auditor", "ops", "client", "privacy")
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_ADDRESS = re.compile(r"https?://[^/?#\s]+")


@dataclass(frozen=True, slots=True)
class OpenId:
    """Who vouches for people and programs, and who they are here.

    `issuer`: its address; `audience`: for whom tokens that programs bring are made; `client_id`, `client_secret`: as
    whom the console asks it, None where people do not sign in there; `actor_claim`, `role_claim`,
    `organisation_claim`: where a token says who comes, by their name or by a path as `realm_access.roles`; `roles`:
    what it says, and which role of ours that is, the first that fits; none: ours by their own names.
    """

    issuer: str
    audience: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    actor_claim: str = "sub"
    role_claim: str = "roles"
    organisation_claim: str | None = None
    roles: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            msg = f"issuer {self.issuer!r}: an address is meant, as https://login.example"
            raise ValueError(msg)
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            msg = f"issuer {self.issuer!r}: without TLS anybody on the way could vouch for anybody"
            raise ValueError(msg)
        if not self.audience:
            msg = "an issuer vouches to many: FIELDTRACE_OPENID_AUDIENCE says which of its tokens are meant for us"
            raise ValueError(msg)
        for _, ours in self.roles:
            if ours not in _ROLES:
                msg = f"role {ours!r}: {', '.join(_ROLES)} are meant"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """How Kafka's clients come in: over which protocol, as whom, and by which certificates the other side is known.

    `protocol`: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; `mechanism`: PLAIN or SCRAM, for SASL; `ca_file`: who
    vouches for the brokers, None for whoever the system trusts; `cert_file`, `key_file`: what we show of ourselves.
    """

    protocol: str = "PLAINTEXT"
    mechanism: str = "SCRAM-SHA-512"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        if self.protocol not in _PROTOCOLS:
            msg = f"KAFKA_SECURITY_PROTOCOL is {self.protocol!r}: {', '.join(_PROTOCOLS)} are meant"
            raise ValueError(msg)
        if self.mechanism not in _MECHANISMS:
            msg = f"KAFKA_SASL_MECHANISM is {self.mechanism!r}: {', '.join(_MECHANISMS)} are meant"
            raise ValueError(msg)
        if self.protocol.startswith("SASL") and (not self.user or not self.password):
            msg = "SASL needs KAFKA_SASL_USERNAME, and the password in the file that KAFKA_SASL_PASSWORD_FILE names"
            raise ValueError(msg)

    @property
    def over_tls(self) -> bool:
        """Whether nobody on the way can listen."""
        return self.protocol.endswith("SSL")


@dataclass(frozen=True, slots=True)
class Settings:
    """How one process runs.

    `data`: the folder of the embedded database and the keys; `database_url`: a PostgreSQL of one's own, None for the
    embedded one; `organisation`: whose log this process serves, a schema of that name; `home_zone`: the zone in which
    days are counted where no rep says otherwise; `key_file`: the master key of sealed values; `signer_folder`: where
    the signer has its key and its memory; `named`: by what name the log is known to those who check it; `policy_file`:
    which witnesses are asked, and how many of whom must have seen a checkpoint (C2SP tlog-policy); `anchors_folder`:
    where a copy of each checkpoint is put; `kafka`: the
    addresses of a Kafka cluster, None for none; `kafka_generation`: which of its topics are in use, the partitions of
    one generation never change; `kafka_partitions`: how many a generation gets when it is made; `kafka_access`:
    how its clients come in; `public_url`: where
    browsers find this server, where that is not the address that they name themselves (behind a proxy that takes
    their TLS); `session_hours`: for how long whoever signed in stays in;
    `requests_a_second`: what one token or session may send, on average over ten seconds; `openid`: who else
    vouches for people and programs; `backup_days`: for how many days a backup of the database is kept, so that it can
    be said when what was erased is in none any more; `traces`: whether OpenTelemetry is told what requests go through,
    where to is said by its own variables; `key_command`: what speaks to the key service that has the master key, none
    for a key in a file.
    """

    data: Path = Path("fieldtrace-data")
    database_url: str | None = None
    organisation: str = "main"
    home_zone: str = "Asia/Shanghai"
    key_file: Path | None = None
    signer_folder: Path | None = None
    named: str | None = None
    policy_file: Path | None = None
    anchors_folder: Path | None = None
    kafka: str | None = None
    kafka_generation: int = 1
    kafka_partitions: int = 12
    kafka_access: KafkaAccess = KafkaAccess()
    public_url: str | None = None
    session_hours: int = 12
    requests_a_second: int = 1_000
    openid: OpenId | None = None
    backup_days: int = 35
    key_command: tuple[str, ...] = ()
    traces: bool = False

    def __post_init__(self) -> None:
        if not _ORGANISATION.fullmatch(self.organisation):
            msg = f"organisation {self.organisation!r}: small letters, digits and _ only, a letter first, at most 32"
            raise ValueError(msg)
        if self.public_url is not None and not _ADDRESS.fullmatch(self.public_url):
            msg = f"public address {self.public_url!r}: https:// and a host are meant, without a path"
            raise ValueError(msg)

    @property
    def master_key(self) -> Path:
        """Where the master key lies; made there when missing."""
        return self.key_file or self.data / "keys" / "master.key"

    @property
    def signer(self) -> Path:
        """Where the signer has its key and its memory: best on another disk than the database."""
        return self.signer_folder or self.data / "signer"

    @property
    def origin(self) -> str:
        """The name of the log in checkpoints: an address without its scheme, where the organisation has one."""
        return self.named or f"fieldtrace/{self.organisation}"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings as the environment states them; unset means the default."""
    said = os.environ if environment is None else environment
    return Settings(
        data=Path(said.get("FIELDTRACE_DATA", "fieldtrace-data")),
        database_url=said.get("DATABASE_URL") or None,
        organisation=said.get("FIELDTRACE_ORGANISATION", "main"),
        home_zone=said.get("FIELDTRACE_ZONE", "Asia/Shanghai"),
        key_file=_path(said.get("FIELDTRACE_KEY_FILE")),
        signer_folder=_path(said.get("FIELDTRACE_SIGNER")),
        named=said.get("FIELDTRACE_ORIGIN") or None,
        policy_file=_path(said.get("FIELDTRACE_POLICY")),
        anchors_folder=_path(said.get("FIELDTRACE_ANCHORS")),
        kafka=said.get("KAFKA_BOOTSTRAP_SERVERS") or None,
        kafka_generation=_number(said, "FIELDTRACE_KAFKA_GENERATION", 1),
        kafka_partitions=_number(said, "FIELDTRACE_KAFKA_PARTITIONS", 12),
        kafka_access=_kafka_access(said),
        public_url=(said.get("FIELDTRACE_PUBLIC_URL") or "").rstrip("/") or None,
        session_hours=_number(said, "FIELDTRACE_SESSION_HOURS", 12),
        requests_a_second=_number(said, "FIELDTRACE_REQUESTS_A_SECOND", 1_000),
        backup_days=_number(said, "FIELDTRACE_BACKUP_DAYS", 35),
        key_command=tuple(shlex.split(said.get("FIELDTRACE_KEY_COMMAND") or "")),
        openid=_openid(said),
        traces=_traces(said),
    )


def _kafka_access(said: Mapping[str, str]) -> KafkaAccess:
    secret_file = said.get("KAFKA_SASL_PASSWORD_FILE")
    return KafkaAccess(
        protocol=said.get("KAFKA_SECURITY_PROTOCOL") or "PLAINTEXT",
        mechanism=said.get("KAFKA_SASL_MECHANISM") or "SCRAM-SHA-512",
        user=said.get("KAFKA_SASL_USERNAME") or None,
        password=Path(secret_file).read_text("utf-8").strip() if secret_file else None,
        ca_file=_path(said.get("KAFKA_SSL_CA_FILE")),
        cert_file=_path(said.get("KAFKA_SSL_CERT_FILE")),
        key_file=_path(said.get("KAFKA_SSL_KEY_FILE")),
    )


def _traces(said: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's own variables say where traces go."""
    if said.get("OTEL_SDK_DISABLED", "").lower() == "true" or said.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    told = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return any(said.get(name) for name in told)


def _openid(said: Mapping[str, str]) -> OpenId | None:
    def told(name: str) -> str | None:
        return said.get(f"FIELDTRACE_OPENID_{name}") or None

    issuer, secret_file = told("ISSUER"), told("CLIENT_SECRET_FILE")
    if issuer is None:
        return None
    pairs = [pair.partition("=") for pair in (told("ROLES") or "").split(",") if pair.strip()]
    return OpenId(
        issuer=issuer,
        audience=told("AUDIENCE") or "",
        client_id=told("CLIENT_ID"),
        client_secret=Path(secret_file).read_text("utf-8").strip() if secret_file else None,
        actor_claim=told("ACTOR") or "sub",
        role_claim=told("ROLE") or "roles",
        organisation_claim=told("ORGANISATION"),
        roles=tuple((theirs.strip(), ours.strip()) for theirs, _, ours in pairs),
    )


def _number(said: Mapping[str, str], name: str, default: int) -> int:
    text = said.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        msg = f"{name} is {text!r}: a whole number from 1 to 10000 is meant"
        raise ValueError(msg)
    return int(text)


def _path(said: str | None) -> Path | None:
    return Path(said) if said else None


def language(environment: Mapping[str, str] | None = None) -> str:
    """The language in which the environment wants to be spoken to: `zh-CN`, else `en`."""
    said = os.environ if environment is None else environment
    names = ("FIELDTRACE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((said[name] for name in names if said.get(name)), "")
    return "zh-CN" if wanted.lower().startswith("zh") else "en"
