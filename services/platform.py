"""Puts it together; the only module that knows which adapter stands where."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Protocol

import domain.policies as policies
from domain.policies.policy import (
    AliasAsked,
    ArbiterAsked,
    AssessAsked,
    BasisAsked,
    CaseForClaimAsked,
    CaseForDealAsked,
    CaseForDuplicateAsked,
    CaseForVisitAsked,
    CountAsked,
    CountNewAsked,
    CustodyAsked,
    DestroyAsked,
    DuplicatesAsked,
    EvaluateAsked,
    ExamineAsked,
    FreeSlotAsked,
    LinkAsked,
    MergeAsked,
    ProgressAsked,
    RecheckAsked,
    RenewAsked,
    SeekBuyerAsked,
    TakeUpAsked,
    TermsAsked,
    WaitingMergeAsked,
    WonAsked,
)
from projections.everything import EVERYTHING
from services.access import Access, TokenStore
from services.accounts import Accounts, AccountStore, Passwords
from services.adapters import system
from services.adapters.anchors import FolderCopies, HttpWitness
from services.adapters.argon2_passwords import Argon2Passwords
from services.adapters.attachments import BytesInMemory, SealedAttachments
from services.adapters.chinese import simplified
from services.adapters.company_domains import CompanyDomains
from services.adapters.database_roles import (
    APPLICATION,
    PRIVACY,
    PROJECTOR,
    SIGNER,
    ensure_roles_at,
    may_wear,
    role_of,
    wearing,
)
from services.adapters.ed25519 import FileKey, KeyFolder, MemoryFile, WitnessFolder, checks
from services.adapters.embedded_postgres import EmbeddedPostgres
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.evidence_in_memory import EvidenceInMemory
from services.adapters.evidence_in_postgres import EvidenceInPostgres
from services.adapters.leadership import AlwaysLeading, PostgresLeadership
from services.adapters.master_keys import FileRing
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.migrations import migrate_at
from services.adapters.parquet import write_parquet
from services.adapters.people_in_memory import PeopleInMemory
from services.adapters.people_in_postgres import PeopleInPostgres
from services.adapters.phone_numbers import read_phone
from services.adapters.postgres_read_store import PostgresReadStore
from services.adapters.postgres_recorder import PostgresRecorder
from services.adapters.secrets_in_postgres import SecretsInPostgres
from services.adapters.signed_hours import HmacSignedHours
from services.adapters.tokens_in_memory import TokensInMemory
from services.adapters.uncollected import collect_seldom
from services.adapters.vault import MemoryKeyStore, SealingVault
from services.all_or_nothing import Draft
from services.anchoring import Anchor, Anchoring
from services.approvals import ApprovalDesk
from services.arbiters import Arbiters
from services.as_of import AsOf
from services.attachments import AttachmentDesk
from services.broadcast import Relay, follower_of
from services.bus import BusUnavailable, Exchange
from services.by_itself import at_start
from services.carry_out import CarryOut
from services.case_facts import CaseFacts
from services.checkpoints import COSIGNATURE, PublicKey
from services.conflicts import ConflictDesk
from services.customer_file import CustomerFile
from services.customers import CustomerDesk, Reading
from services.day_board import DayBoard
from services.deadlines import Deadlines, NothingDue
from services.deal_questions import DealQuestions
from services.deals import DealDesk
from services.device_questions import DeviceQuestions
from services.devices import DeviceDesk
from services.directory import Directory
from services.dossiers import Dossiers
from services.due import Clockwork
from services.duplicates import Duplicates
from services.explanations import Explanations
from services.exports import Exports
from services.feeding import FeedProjector, Opened
from services.flags import Flags
from services.focus import FocusDesk
from services.follow_ups import FollowUps
from services.followers import ByTheLog, ByTheStore
from services.gathering import GATHER
from services.icp import IcpDesk
from services.integrity import IntegrityDesk, Pointer
from services.keys import KeyDesk
from services.lags import Lag, lags
from services.leading import Leadership, one_at_a_time
from services.lookalikes import Lookalikes
from services.looks import Looks
from services.lookups import Abreast
from services.merging import MergeDesk
from services.metrics import Metrics
from services.organisation import OrganisationDesk
from services.ownership import OwnershipDesk
from services.ownership_questions import ClaimsAsOf, OwnershipQuestions
from services.parking import ParkingDesk
from services.pasts import Pasts, PastsAsOf
from services.policy_runner import FOLLOWER, Perform, PolicyRunner
from services.pool import Pool
from services.pool_views import PoolViewDesk
from services.ports import AttachmentBox, Context, EventLog, NewId, Now, ReadStore, Receipt, SignedHours, Vault
from services.privacy import PrivacyDesk
from services.projector import Projector
from services.proving import Proving
from services.qualification import About, QualificationDesk
from services.reception import Reception
from services.replays import Replays
from services.rulebook import Rulebook
from services.sessions import Sessions, SessionStore
from services.settings import Settings
from services.sign_in import SignIn, TriesStore
from services.signing import CheckpointStore, Signer
from services.subject_heads import HeadStore, SubjectHeads
from services.target_questions import TargetQuestions
from services.targets import TargetDesk
from services.tiles import Tiles, TileStore
from services.timelines import Timelines
from services.told_time import ToldTime
from services.topics import Topics
from services.tracing import follow
from services.trust_policy import TrustPolicy
from services.visit_plans import VisitPlans
from services.visits import VisitDesk
from services.vouching import GoingStore, Vouching
from services.witness import Witness
from services.workday_questions import WorkdayQuestions
from services.workdays import WorkdayDesk

_READING = Reading(CompanyDomains(), read_phone, simplified())
Close = Callable[[], Awaitable[None]]


class Evidence(TileStore, CheckpointStore, HeadStore, Protocol):
    """Where what proves the log is kept."""


class People(AccountStore, SessionStore, TriesStore, GoingStore, Protocol):
    """Where it is kept how people come in."""


@dataclass(frozen=True)
class Platform:
    """Everything that one organisation's doors need, assembled; `started` sets it going."""

    settings: Settings
    now: Now
    new_id: NewId
    log: EventLog
    store: ReadStore
    vault: Vault
    hours: SignedHours
    access: Access
    accounts: Accounts
    sessions: Sessions
    sign_in: SignIn
    vouching: Vouching | None
    reception: Reception
    organisation: OrganisationDesk
    directory: Directory
    devices: DeviceDesk
    device_questions: DeviceQuestions
    rulebook: Rulebook
    customers: CustomerDesk
    customer_file: CustomerFile
    ownership: OwnershipDesk
    ownership_questions: OwnershipQuestions
    pool: Pool
    flags: Flags
    pool_views: PoolViewDesk
    explanations: Explanations
    visits: VisitDesk
    visit_plans: VisitPlans
    deals: DealDesk
    conflicts: ConflictDesk
    merging: MergeDesk
    privacy: PrivacyDesk
    targets: TargetDesk
    target_questions: TargetQuestions
    workdays: WorkdayDesk
    workday_questions: WorkdayQuestions
    duplicates: Duplicates
    deal_questions: DealQuestions
    metrics: Metrics
    approvals: ApprovalDesk
    qualification: QualificationDesk
    icp: IcpDesk
    focus: FocusDesk
    attachments: AttachmentDesk
    timelines: Timelines
    replays: Replays
    looks: Looks
    day_board: DayBoard
    keys: KeyDesk | None
    exports: Exports
    as_of: AsOf
    projector: Projector
    parking: ParkingDesk
    policies: PolicyRunner
    deadlines: Deadlines
    clockwork: Clockwork
    tiles: Tiles
    subject_heads: SubjectHeads
    dossiers: Dossiers
    checkpoints: CheckpointStore
    proving: Proving
    leadership: Leadership
    apart: bool
    _opened: Opened | None = field(repr=False)
    _signed: CheckpointStore = field(repr=False)
    _closing: AsyncExitStack = field(repr=False)

    async def prepare(self) -> None:
        """Put the default rules in force, once ever, and bring every read model up to the log, where that is no other
        process's work: a new table of this release may wait for its workers, whoever prepares it does not."""
        await self.rulebook.publish_defaults(at_start(self.now(), self.settings.home_zone))
        if self.apart or await self.store.feed() is not None:
            await self.store.prepare(EVERYTHING)
        else:
            await self.projector.catch_up()

    @asynccontextmanager
    async def started(self, *, clock: bool = True, gather: float = GATHER) -> AsyncGenerator[None]:
        """Read models, policies and the clock at work, until the block ends.

        `clock`: whether deadlines are written. `gather`: seconds for which read models and policies let events gather
        while nobody waits for them.
        """
        if self.settings.kafka is None:
            await self.projector.take_over()
        await self.prepare()
        followers = (
            self.projector.run(gather=gather),
            self.policies.run(gather=gather),
            self.tiles.run(),
            self.subject_heads.run(),
        )
        working = [asyncio.create_task(follower) for follower in followers]
        if clock:
            working.append(asyncio.create_task(self.clockwork.run()))
        if self.settings.kafka is not None:
            working.append(asyncio.create_task(self.relaying()))
        try:
            yield
        finally:
            for task in working:
                task.cancel()
            for task in working:
                with suppress(asyncio.CancelledError):
                    await task

    # ----------------------------------------------------------------------------------------- parts of their own

    @property
    def topics(self) -> Topics:
        """The topics of this organisation."""
        return Topics(self.settings.organisation, self.settings.kafka_generation, self.settings.kafka_partitions)

    async def ensure_topics(self) -> Sequence[str]:
        """Make the topics that are missing; the names of those that were made. Raises `BusUnavailable`."""
        from services.adapters.kafka import ensure_topics  # the client is loaded where it is used only

        return await asyncio.to_thread(ensure_topics, self._kafka, self.topics.every(), self.settings.kafka_access)

    async def followers_behind(self) -> Mapping[str, Lag]:
        """How far the policies, and where there is Kafka the relay, are behind the log."""
        positions = {"policies": await self.log.bookmark(FOLLOWER)}
        if self.settings.kafka is not None:
            positions["relay"] = await self.log.bookmark(follower_of(self.topics))
        return await lags(self.log, positions, self.now)

    def relay(self, measured: Callable[[int], None] = lambda _: None) -> Relay:
        """What hands the log on; run by one process at a time."""
        from services.adapters.kafka import KafkaPublisher  # as above

        publisher = KafkaPublisher(self._kafka, f"relay-{self.topics.feed}", self.settings.kafka_access)
        return Relay(self.log, publisher, self.topics, measured=measured)

    async def relaying(self, measured: Callable[[int], None] = lambda _: None) -> None:
        """Hand the log on while no other process does, until cancelled. `measured`: told how large batches are."""

        async def with_a_new_one() -> None:
            await self.relay(measured).run()  # one that has let go of its connection is not taken up again

        await one_at_a_time(self.leadership, "relay", with_a_new_one)

    @property
    def release(self) -> str:
        """A name of the read models in their present versions: who fills others shares no work with who fills these."""
        return sha256(" ".join(sorted(f"{one.name}_v{one.version}" for one in EVERYTHING)).encode()).hexdigest()[:8]

    @property
    def workers(self) -> str:
        """The group among whose members Kafka divides the partitions of the feed."""
        return f"{self.topics.feed}.projectors.{self.release}"

    def worker(self, member: str | None, measured: Callable[[int], None] = lambda _: None) -> FeedProjector:
        """One of several that fill the read models out of the feed. `member`: a name that it keeps over restarts;
        `measured`: told how large batches are."""
        from services.adapters.kafka import KafkaSubscription  # as above

        subscription = KafkaSubscription(
            self._kafka, self.topics.feed, self.workers, member, self.settings.kafka_access
        )
        opened = self._opened
        if opened is None:
            msg = "only a platform on PostgreSQL has workers"
            raise RuntimeError(msg)
        return FeedProjector(self.log, self.store, EVERYTHING, subscription, opened, partition_of, measured=measured)

    def exchange(self, member: str) -> Exchange:
        """Where clients' requests come from and answers go to. `member`: a name that is this process's alone."""
        from services.adapters.kafka import KafkaExchange  # as above

        return KafkaExchange(
            self._kafka, self.topics.ingress, f"{self.topics.ingress}.intake", member, self.settings.kafka_access
        )

    def dead_letters(self) -> Exchange:
        """Where what could not be taken is taken up again."""
        from services.adapters.kafka import KafkaExchange  # as above

        return KafkaExchange(
            self._kafka,
            self.topics.dead_letters,
            f"{self.topics.dead_letters}.replay",
            "replay",
            self.settings.kafka_access,
        )

    @property
    def _rows(self) -> Abreast:
        """Whatever fills the read models, to be waited for."""
        return ByTheStore(self.store, EVERYTHING) if self.apart else self.projector

    @property
    def _kafka(self) -> str:
        if self.settings.kafka is None:
            raise BusUnavailable("KAFKA_BOOTSTRAP_SERVERS is not set")
        return self.settings.kafka

    async def settle(self) -> int:
        """Let read models and policies do everything that is recorded so far; the position then."""
        while True:
            before = (await self.log.head()).position
            await self.projector.catch_up()
            following = asyncio.create_task(self.policies.catch_up())
            while not following.done():  # what one policy did is looked up by the next
                await asyncio.wait({following}, timeout=0.01)
                await self.projector.catch_up()
            await following
            if (await self.log.head()).position == before:
                return before

    def signer(self) -> Signer:
        """Who signs for this log, with the key and the memory that lie in a folder of their own."""
        folder = self.settings.signer
        origin = self.settings.origin
        key = FileKey.of(folder / "signer.key", origin)
        memory = MemoryFile(folder / "memory.json")
        policy = trust_policy(self.settings)
        anchors: list[Anchor] = [HttpWitness(one.name, one.key, one.url, checks) for one in policy.witnesses if one.url]
        if self.settings.anchors_folder is not None:
            anchors.append(FolderCopies(self.settings.anchors_folder))
        anchoring = Anchoring(anchors, self.log, self._signed, self.tiles)
        return Signer(self.log, self._signed, key, memory, checks, self.now, origin, anchoring)

    async def rotate_signer(self) -> tuple[Path, str]:
        """A new key in the place of the signer's: where the note lies by which the old one hands over, and the new one.

        No signer may be at work meanwhile. Raises `SignerRefuses`.
        """
        signer = self.signer()
        keys = KeyFolder(self.settings.signer, self.settings.origin)
        note = await signer.hand_over(keys.following)
        return keys.change(note, PublicKey.read(signer.public_key)), keys.following.public.text

    def draft(self) -> "Drafted":
        """The same desks before an empty draft of the log: what they do is recorded together, or not at all."""
        log = Draft(self.log)
        desks = _desks(self.settings, self.now, self.new_id, log, self.store, self.vault, self.hours, self._rows)
        platform = replace(
            self,
            log=log,
            reception=desks.reception,
            organisation=desks.organisation,
            devices=desks.devices,
            rulebook=desks.rulebook,
            customers=desks.customers,
            visits=desks.visits,
            deals=desks.deals,
            conflicts=desks.conflicts,
            merging=desks.merging,
            privacy=desks.privacy,
            targets=desks.targets,
            workdays=desks.workdays,
            approvals=desks.approvals,
            qualification=desks.qualification,
            icp=desks.icp,
            ownership=desks.ownership(self.deadlines, self.ownership_questions, self.new_id),
        )
        return Drafted(log, platform)

    async def close(self) -> None:
        """Let go of every machine."""
        await self._closing.aclose()


def traced(settings: Settings) -> Close:
    """Let OpenTelemetry be told what this process does for each request, where settings say so; the answer ends it.

    Raises `ImportError` where the extra `traces` is not installed.
    """
    if not settings.traces:
        return _nothing
    from services.adapters.open_telemetry import OpenTelemetry  # an extra, loaded where it is asked for only

    follower = OpenTelemetry.to()
    undo = follow(follower)

    async def end() -> None:
        undo()
        await asyncio.to_thread(follower.close)

    return end


async def _nothing() -> None:
    """There is nothing to end."""


def real_time() -> datetime:
    """What the world's clock says, for a door that needs a date before there is a platform."""
    return system.now()


def a_password() -> str:
    """A password that nobody guesses."""
    return system.new_password()


@dataclass(frozen=True)
class Drafted:
    """A draft of the log, and the platform whose desks decide on it."""

    log: Draft
    platform: Platform


def trust_policy(settings: Settings) -> TrustPolicy:
    """Which witnesses there are; none where no file says so. Raises `NoPolicy`, and `OSError` without the file."""
    if settings.policy_file is None:
        return TrustPolicy()
    return TrustPolicy.read(settings.policy_file.read_text(encoding="utf-8"))


def witness(folder: Path, name: str, logs: Sequence[str], *, now: Now = system.now) -> Witness:
    """A witness whose key and memory lie in a folder. `logs`: public keys. Raises `NoCheckpoint` where one is none."""
    key = FileKey.of(folder / "witness.key", name, COSIGNATURE)
    return Witness(key, [PublicKey.read(one) for one in logs], WitnessFolder(folder), checks, now)


def told_time(hour: datetime) -> ToldTime:
    """A clock that says what it is told, until it is let go and runs with the real one."""
    return ToldTime(hour, system.now)


def in_memory(
    *,
    now: Now = system.now,
    new_id: NewId = system.new_id,
    settings: Settings | None = None,
    master: bytes = bytes(32),
    chance: Callable[[int], bytes] = token_bytes,
) -> Platform:
    """A platform that lasts as long as the process: for tests, scenarios and trials."""
    recorder = MemoryRecorder()
    keys = MemoryKeyStore(recorder.sealed)
    vault = SealingVault(master, keys, chance)
    settings = settings or Settings()
    log = EventsourcingLog(recorder, settings.organisation)
    closing = AsyncExitStack()
    closing.push_async_callback(log.close)
    machines = _Machines(
        log=log,
        store=MemoryReadStore(now),
        vault=vault,
        hours=HmacSignedHours(master, settings.organisation),
        box=SealedAttachments(vault, BytesInMemory(keys.keys)),
        tokens=TokensInMemory(),
        people=PeopleInMemory(),
        passwords=Argon2Passwords(passing=True),
        evidence=EvidenceInMemory(),
    )
    return _assembled(settings, now, new_id, machines, closing)


async def on_postgres(
    settings: Settings,
    *,
    now: Now = system.now,
    new_id: NewId = system.new_id,
    apart: bool = False,
    only_signs: bool = False,
) -> Platform:
    """A platform on PostgreSQL: the one of `database_url`, or the embedded one in the data folder.

    `apart`: read models and policies are other processes' work, and are waited for where they say how far they are;
    `only_signs`: for the signer, which has no business with rows or personal values.
    """
    collect_seldom()
    closing = AsyncExitStack()
    try:
        url = settings.database_url
        if url is None:
            embedded = EmbeddedPostgres(settings.data)
            url = await asyncio.to_thread(embedded.start)
            closing.push_async_callback(asyncio.to_thread, embedded.stop)
        schema = f"fieldtrace_{settings.organisation}"
        await asyncio.to_thread(migrate_at, url, schema)
        await asyncio.to_thread(ensure_roles_at, url, schema)
        may = await asyncio.to_thread(may_wear, url, schema)

        def worn(part: str) -> str | None:
            return role_of(schema, part) if part in may else None

        as_own = wearing(url, worn(SIGNER if only_signs else APPLICATION))
        log = EventsourcingLog(PostgresRecorder(as_own, schema), settings.organisation)
        closing.push_async_callback(log.close)
        secrets = SecretsInPostgres(
            as_own,
            schema,
            privacy=worn(PRIVACY),
            connections=2 if apart else 4,  # many processes share one database
        )
        await secrets.open()
        closing.push_async_callback(secrets.close)
        people = PeopleInPostgres(as_own, schema)
        closing.push_async_callback(people.close)
        store = PostgresReadStore(wearing(url, worn(PROJECTOR)), f"{schema}_read", now, connections=4 if apart else 8)
        if not only_signs:
            await store.open()
            closing.push_async_callback(store.close)
        evidence = EvidenceInPostgres(as_own, schema)
        await evidence.open()
        closing.push_async_callback(evidence.close)
        signed = EvidenceInPostgres(wearing(url, worn(SIGNER) or worn(APPLICATION)), schema, ahead=0)
        await signed.open()  # a process that signs for itself does so under the role of a signer, if it may
        closing.push_async_callback(signed.close)
        ring = await asyncio.to_thread(FileRing, settings.master_key, settings.key_command)
        vault = SealingVault(ring, secrets)
        if only_signs:
            hours = token_bytes(32)  # vouches for no hour that a device could bring
        else:
            await vault.prove()
            hours = await vault.secret(b"hours")
    except BaseException:
        await closing.aclose()
        raise
    machines = _Machines(
        log=log,
        store=store,
        vault=vault,
        hours=HmacSignedHours(hours, settings.organisation),
        box=SealedAttachments(vault, secrets),
        tokens=secrets,
        people=people,
        passwords=Argon2Passwords(),
        evidence=evidence,
        signed=signed,
        leadership=PostgresLeadership(url, schema),
        apart=apart,
        opened=log.opened,
        keys=KeyDesk(vault, ring),
    )
    return _assembled(settings, now, new_id, machines, closing)


@dataclass(frozen=True)
class _Desks:
    """The desks that decide on one log, or on a draft of it."""

    carry_out: CarryOut
    pasts: Pasts
    reception: Reception
    organisation: OrganisationDesk
    devices: DeviceDesk
    rulebook: Rulebook
    customers: CustomerDesk
    visits: VisitDesk
    deals: DealDesk
    merging: MergeDesk
    privacy: PrivacyDesk
    conflicts: ConflictDesk
    targets: TargetDesk
    workdays: WorkdayDesk
    approvals: ApprovalDesk
    follow_ups: FollowUps
    integrity: IntegrityDesk
    qualification: QualificationDesk
    icp: IcpDesk
    focus: FocusDesk

    def ownership(self, deadlines: Deadlines, questions: OwnershipQuestions, new_id: NewId) -> OwnershipDesk:
        """The desk of claims, which looks at what has come due."""
        return OwnershipDesk(
            self.carry_out,
            self.pasts,
            self.organisation,
            self.customers,
            self.rulebook,
            deadlines,
            questions,
            self.follow_ups,
            new_id,
        )


def _desks(
    settings: Settings,
    now: Now,
    new_id: NewId,
    log: EventLog,
    store: ReadStore,
    vault: Vault,
    hours: SignedHours,
    followers: Abreast,
) -> _Desks:
    pasts = Pasts(log)
    carry_out = CarryOut(log, pasts, new_id)
    rulebook = Rulebook(carry_out, pasts)
    organisation = OrganisationDesk(carry_out, pasts, rulebook)
    customers = CustomerDesk(carry_out, pasts, vault, _READING, Lookalikes(store, _READING.simplify, rulebook), new_id)
    devices = DeviceDesk(carry_out, pasts, log, organisation, rulebook, hours, new_id, settings.home_zone)
    deals = DealDesk(carry_out, pasts, organisation, customers, rulebook, new_id)
    conflicts = ConflictDesk(
        carry_out,
        pasts,
        log,
        store,
        organisation,
        Arbiters(organisation),
        customers,
        rulebook,
        deals,
        CaseFacts(log, store, followers),
        new_id,
        settings.home_zone,
    )
    return _Desks(
        carry_out=carry_out,
        pasts=pasts,
        reception=Reception(log, pasts, vault, organisation, rulebook, devices, now, new_id, settings.home_zone),
        organisation=organisation,
        devices=devices,
        rulebook=rulebook,
        customers=customers,
        visits=VisitDesk(carry_out, pasts, log, store, vault, organisation, customers, rulebook, conflicts),
        deals=deals,
        conflicts=conflicts,
        merging=MergeDesk(carry_out, pasts, store, rulebook, _READING.simplify, conflicts, new_id),
        privacy=PrivacyDesk(
            carry_out, pasts, store, vault, customers, organisation, timedelta(days=settings.backup_days)
        ),
        targets=TargetDesk(carry_out, pasts, organisation, new_id),
        workdays=WorkdayDesk(carry_out, store, organisation, rulebook),
        approvals=ApprovalDesk(carry_out, organisation, new_id),
        follow_ups=FollowUps(store),
        integrity=IntegrityDesk(carry_out, pasts, log, store, vault, organisation, rulebook),
        icp=IcpDesk(carry_out, pasts, store),
        focus=FocusDesk(carry_out, pasts, store, organisation, rulebook),
        qualification=QualificationDesk(carry_out, pasts, log, store, organisation, customers, rulebook),
    )


@dataclass(frozen=True)
class _Machines:
    """Which adapter stands behind which port."""

    log: EventLog
    store: ReadStore
    vault: Vault
    hours: SignedHours
    box: AttachmentBox
    tokens: TokenStore
    people: People
    passwords: Passwords
    evidence: Evidence
    signed: CheckpointStore | None = None
    leadership: Leadership = field(default_factory=AlwaysLeading)
    apart: bool = False
    opened: Opened | None = None
    keys: KeyDesk | None = None


def partition_of(stream: str, partitions: int) -> int:
    """The partition of a stream among so many."""
    from services.adapters.kafka import partition_of as by_the_client  # the client is loaded where it is used only

    return by_the_client(stream, partitions)


def _assembled(settings: Settings, now: Now, new_id: NewId, machines: _Machines, closing: AsyncExitStack) -> Platform:
    log, store, vault = machines.log, machines.store, machines.vault
    projector = Projector(log, store, EVERYTHING, now, partition_of=partition_of)
    tiles = Tiles(log, machines.evidence)
    counting = SubjectHeads(log, machines.evidence)
    elsewhere = ByTheStore(store, EVERYTHING) if machines.apart else None
    rows: Abreast = elsewhere or projector
    desks = _desks(settings, now, new_id, log, store, vault, machines.hours, rows)
    questions = OwnershipQuestions(log, store, rows)
    performing: dict[type[object], tuple[str, Perform]] = {}
    runner = PolicyRunner(log, desks.reception, rows, policies.EVERY_POLICY, performing)
    deadlines = Deadlines(log, store, rows, ByTheLog(log, FOLLOWER) if machines.apart else runner)
    ownership = desks.ownership(deadlines, questions, new_id)

    def as_it_stood(position: int) -> OwnershipDesk:
        """The desk of claims as it was at a position; only questions may be put to it."""
        pasts = PastsAsOf(log, position)
        rulebook = Rulebook(desks.carry_out, pasts)
        return OwnershipDesk(
            desks.carry_out,
            pasts,
            OrganisationDesk(desks.carry_out, pasts, rulebook),
            CustomerDesk(
                desks.carry_out, pasts, vault, _READING, Lookalikes(store, _READING.simplify, rulebook), new_id
            ),
            rulebook,
            NothingDue(),
            ClaimsAsOf(questions, position),
            desks.follow_ups,
            new_id,
        )

    attachments = AttachmentDesk(desks.carry_out, desks.pasts, machines.box)
    people, passwords = machines.people, machines.passwords
    sessions = Sessions(people, now, new_id, system.new_session_secret, timedelta(hours=settings.session_hours))
    performing.update(
        _what_policies_may_ask(
            desks.customers,
            desks.visits,
            ownership,
            attachments,
            desks.conflicts,
            desks.deals,
            desks.merging,
            desks.privacy,
            desks.integrity,
            desks.qualification,
            desks.icp,
        )
    )
    return Platform(
        settings=settings,
        now=now,
        new_id=new_id,
        log=log,
        store=store,
        vault=vault,
        hours=machines.hours,
        access=Access(machines.tokens, now, new_id, system.new_secret),
        accounts=Accounts(people, passwords, sessions, now),
        sessions=sessions,
        sign_in=SignIn(people, people, passwords, sessions, now),
        vouching=_vouching(settings, people, sessions, now, new_id),
        reception=desks.reception,
        organisation=desks.organisation,
        directory=Directory(store),
        devices=desks.devices,
        device_questions=DeviceQuestions(store),
        rulebook=desks.rulebook,
        customers=desks.customers,
        customer_file=CustomerFile(store, vault),
        ownership=ownership,
        ownership_questions=questions,
        pool=Pool(store),
        flags=Flags(store),
        pool_views=PoolViewDesk(desks.carry_out, desks.organisation, desks.rulebook, questions),
        explanations=Explanations(log, store, rows, as_it_stood),
        visits=desks.visits,
        visit_plans=VisitPlans(store),
        deals=desks.deals,
        merging=desks.merging,
        privacy=desks.privacy,
        conflicts=desks.conflicts,
        targets=desks.targets,
        target_questions=TargetQuestions(store),
        workdays=desks.workdays,
        workday_questions=WorkdayQuestions(store, desks.rulebook),
        duplicates=Duplicates(store),
        deal_questions=DealQuestions(store),
        metrics=Metrics(store),
        approvals=desks.approvals,
        qualification=desks.qualification,
        icp=desks.icp,
        focus=desks.focus,
        attachments=attachments,
        timelines=Timelines(store),
        replays=Replays(Timelines(store)),
        keys=machines.keys,
        looks=Looks(desks.carry_out, desks.reception, store, now, new_id),
        day_board=DayBoard(Timelines(store), TargetQuestions(store), desks.rulebook),
        exports=Exports(log, store, write_parquet),
        as_of=AsOf(log, rows, tiles, elsewhere.come if elsewhere else None),
        projector=projector,
        parking=ParkingDesk(desks.carry_out, projector),
        policies=runner,
        deadlines=deadlines,
        clockwork=Clockwork(
            deadlines,
            ownership,
            desks.organisation,
            desks.visits,
            desks.conflicts,
            desks.qualification,
            desks.focus,
            desks.workdays,
            now,
            settings.home_zone,
        ),
        tiles=tiles,
        subject_heads=counting,
        dossiers=Dossiers(
            log, tiles, counting, machines.evidence, vault, desks.carry_out, new_id, trust_policy(settings)
        ),
        checkpoints=machines.evidence,
        _signed=machines.signed or machines.evidence,
        proving=Proving(log, tiles, machines.evidence, now),
        leadership=machines.leadership,
        apart=machines.apart,
        _opened=machines.opened,
        _closing=closing,
    )


def _vouching(settings: Settings, people: People, sessions: Sessions, now: Now, new_id: NewId) -> Vouching | None:
    if settings.openid is None:
        return None
    from services.adapters.openid import OpenIdIssuer  # loaded where an issuer vouches only

    issuer = OpenIdIssuer(settings.openid, now)
    return Vouching(
        issuer, settings.openid, settings.organisation, people, sessions, now, new_id, system.new_session_secret
    )


def _what_policies_may_ask(
    customers: CustomerDesk,
    visits: VisitDesk,
    ownership: OwnershipDesk,
    attachments: AttachmentDesk,
    conflicts: ConflictDesk,
    deals: DealDesk,
    merging: MergeDesk,
    privacy: PrivacyDesk,
    integrity: IntegrityDesk,
    qualification: QualificationDesk,
    icp: IcpDesk,
) -> Mapping[type[object], tuple[str, Perform]]:
    """For each kind of asking, the type of the request and the use case that answers it."""

    async def evaluate(ask: EvaluateAsked, context: Context) -> Receipt | None:
        return await visits.evaluate(ask.visit_id, ask.at, context, approval_id=ask.approval_id)

    async def examine(ask: ExamineAsked, context: Context) -> Receipt | None:
        return await integrity.examine(ask.visit_id, ask.at, context, pointer=Pointer(ask.photo, ask.queue))

    async def assess(ask: AssessAsked, context: Context) -> Receipt | None:
        return await icp.assess(ask.customer_id, ask.at, context)

    async def take_up(ask: TakeUpAsked, context: Context) -> Receipt | None:
        about = About(ask.customer_id, ask.line)
        return await qualification.take_up(about, ask.rep_id, ask.visit_id, ask.at, context)

    async def count_new(ask: CountNewAsked, context: Context) -> Receipt | None:
        return await qualification.count(ask.customer_id, ask.line, ask.at, context)

    async def recheck(ask: RecheckAsked, context: Context) -> Receipt | None:
        return await qualification.recheck(ask.customer_id, ask.visit_id, ask.at, context)

    async def seek_buyer(ask: SeekBuyerAsked, context: Context) -> Receipt | None:
        about = About(ask.customer_id, ask.line)
        return await qualification.seek_buyer(about, ask.rep_id, ask.visit_id, ask.visited_at, context)

    async def renew(ask: RenewAsked, context: Context) -> Receipt:
        return await ownership.renew(
            ask.customer_id, ask.line, ask.rep_id, ask.visit_id, ask.visited_at, ask.at, context
        )

    async def note_alias(ask: AliasAsked, context: Context) -> Receipt:
        return await customers.note_alias(ask.customer_id, ask.alias, context)

    async def look_for_duplicates(ask: DuplicatesAsked, context: Context) -> Receipt | None:
        return await customers.look_for_duplicates(ask.customer_id, ask.at, context)

    async def merge(ask: MergeAsked, context: Context) -> Receipt | None:
        return await merging.merge_or_open_a_case(ask.customer_id, ask.other_id, ask.trigger, context)

    async def merge_what_waited(ask: WaitingMergeAsked, context: Context) -> Receipt | None:
        return await merging.merge_what_waited(ask.customer_id, context)

    async def protect_won(ask: WonAsked, context: Context) -> Receipt:
        return await ownership.protect_won(ask.claim_id, ask.customer_id, ask.line, ask.deal_id, ask.won_at, context)

    async def free_slot(ask: FreeSlotAsked, context: Context) -> Receipt | None:
        return await ownership.free_slot(ask.claim_id, ask.customer_id, ask.rep_id, context)

    async def place_in_custody(ask: CustodyAsked, context: Context) -> Receipt | None:
        return await ownership.into_custody_if_gone(ask.customer_id, ask.line, ask.rep_id, context)

    async def link(ask: LinkAsked, context: Context) -> Receipt:
        return await attachments.link(ask.visit_id, ask.customer_id, ask.rep_id, ask.sha256s, context)

    async def count_follow_ups(ask: CountAsked, context: Context) -> Receipt | None:
        return await ownership.count_follow_ups(ask.customer_id, ask.line, context)

    async def note_progress(ask: ProgressAsked, context: Context) -> Receipt | None:
        return await ownership.note_progress(ask.customer_id, ask.deal_id, ask.line, ask.marker, ask.at, context)

    async def case_for_visit(ask: CaseForVisitAsked, context: Context) -> Receipt | None:
        return await conflicts.open_for_a_visit(
            ask.customer_id, ask.line, ask.rep_id, ask.visited_at, ask.trigger, context
        )

    async def case_for_claim(ask: CaseForClaimAsked, context: Context) -> Receipt | None:
        return await conflicts.open_contested(ask.customer_id, ask.line, ask.parties, ask.trigger, context)

    async def case_for_duplicate(ask: CaseForDuplicateAsked, context: Context) -> Receipt | None:
        if ask.same:
            return await conflicts.open_duplicates(ask.customer_id, ask.other_id, ask.trigger, context)
        return await conflicts.close_duplicates(ask.customer_id, ask.other_id, context)

    async def terms(ask: TermsAsked, context: Context) -> Receipt:
        return await deals.set_terms(ask.customer_id, ask.line, ask.claim_id, ask.parts, ask.effective_at, context)

    async def case_for_deal(ask: CaseForDealAsked, context: Context) -> Receipt | None:
        return await conflicts.open_for_a_deal(
            ask.deal_id, ask.customer_id, ask.line, ask.parties, ask.trigger, context
        )

    async def basis(ask: BasisAsked, context: Context) -> Receipt | None:
        return await conflicts.basis_changed(ask.visit_id, ask.changed_by, ask.at, context)

    async def destroy(ask: DestroyAsked, context: Context) -> Receipt:
        return await privacy.destroy(ask.erasure_id, ask.data_subject, ask.erased_at, context)

    async def arbiter(ask: ArbiterAsked, context: Context) -> Receipt:
        return await conflicts.assign(ask.case_id, context)

    return {
        CaseForVisitAsked: ("conflict.open", case_for_visit),
        CaseForDealAsked: ("conflict.open", case_for_deal),
        CaseForClaimAsked: ("conflict.open", case_for_claim),
        CaseForDuplicateAsked: ("conflict.open", case_for_duplicate),
        TermsAsked: ("deal.set_terms", terms),
        BasisAsked: ("conflict.note_basis_changed", basis),
        ArbiterAsked: ("conflict.move", arbiter),
        DestroyAsked: ("privacy.destroy", destroy),
        EvaluateAsked: ("visit.evaluate", evaluate),
        ExamineAsked: ("visit.examine", examine),
        AssessAsked: ("customer.assess_icp", assess),
        TakeUpAsked: ("qualification.take_up", take_up),
        CountNewAsked: ("qualification.count", count_new),
        RecheckAsked: ("qualification.recheck", recheck),
        SeekBuyerAsked: ("qualification.seek_buyer", seek_buyer),
        RenewAsked: ("ownership.renew", renew),
        AliasAsked: ("customer.note_alias", note_alias),
        DuplicatesAsked: ("customer.look_for_duplicates", look_for_duplicates),
        MergeAsked: ("customer.merge", merge),
        WaitingMergeAsked: ("customer.merge", merge_what_waited),
        FreeSlotAsked: ("ownership.free_slot", free_slot),
        WonAsked: ("ownership.protect_won", protect_won),
        CustodyAsked: ("ownership.place_in_custody", place_in_custody),
        LinkAsked: ("attachment.link", link),
        CountAsked: ("ownership.count_follow_ups", count_follow_ups),
        ProgressAsked: ("ownership.note_progress", note_progress),
    }
