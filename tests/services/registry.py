"""A customer desk on a log in memory, with its vault and its read models."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import count

from domain.customer.events import CustomerKind
from domain.customer.said import Registration
from domain.envelope import Actor, Recorded
from projections.contacts import contacts
from projections.customer_list import customer_list
from projections.customer_names import customer_names
from projections.duplicate_desk import duplicate_desk
from projections.identity_index import identity_index
from services.adapters.chinese import simplified
from services.adapters.company_domains import CompanyDomains
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.phone_numbers import read_phone
from services.adapters.vault import MemoryKeyStore, SealingVault
from services.by_itself import at_start
from services.carry_out import CarryOut
from services.customer_file import CustomerFile
from services.customers import CustomerDesk, Reading
from services.lookalikes import Lookalikes
from services.pasts import Pasts
from services.ports import Context, Request
from services.projector import Projector
from services.rulebook import Rulebook
from tests.domain.customer.customers import FAIR
from tests.people import ACME, GLOBEX, MONDAY, SHANGHAI, an_id

SAID = Registration(CustomerKind.COMPANY, "上海蓝海贸易有限公司", "CN", FAIR, ACME)
OTHER = replace(SAID, customer_id=GLOBEX, legal_name="上海远洋贸易有限公司")
READING = Reading(CompanyDomains(), read_phone, simplified())
ANNA, OPS = Actor("anna", "rep"), Actor("ops", "ops")


@dataclass
class Registry:
    """Where customers are registered, recorded and asked about."""

    desk: CustomerDesk
    file: CustomerFile
    log: EventsourcingLog
    vault: SealingVault
    keys: MemoryKeyStore
    projector: Projector
    begun: int
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def context(self, actor: Actor = ANNA, request_id: str | None = None, at: datetime = MONDAY) -> Context:
        """A new conversation, or the same request again."""
        name = request_id or f"request-{next(self.numbers)}"
        return Context(
            asked="customer.test",
            request=Request("/tests", name, sha256(name.encode()).digest()),
            actor=actor,
            occurred_at=at,
            occurred_tz=SHANGHAI,
            decided_at=MONDAY,
            biz_date=at.date(),
            correlation_id="a conversation",
        )

    async def recorded(self) -> list[Recorded]:
        """Everything in the log but the rules with which it began."""
        return list(await self.log.page(self.begun, 500))

    async def happened(self) -> list[str]:
        """The names of everything in the log."""
        return [one.envelope.name for one in await self.recorded()]


@asynccontextmanager
async def a_registry() -> AsyncGenerator[Registry]:
    """A registry in which nothing has happened yet."""
    recorder, ids = MemoryRecorder(), count(500)
    log = EventsourcingLog(recorder, "acme")
    pasts = Pasts(log)
    keys = MemoryKeyStore(recorder.sealed)
    vault = SealingVault(bytes(32), keys)
    store = MemoryReadStore(lambda: MONDAY)
    projections = (customer_list, customer_names, contacts, identity_index, duplicate_desk)
    await store.prepare(projections)
    carry_out = CarryOut(log, pasts, lambda: an_id(next(ids)))
    rulebook = Rulebook(carry_out, pasts)
    await rulebook.publish_defaults(at_start(MONDAY, SHANGHAI))
    lookalikes = Lookalikes(store, READING.simplify, rulebook)
    yield Registry(
        desk=CustomerDesk(carry_out, pasts, vault, READING, lookalikes, lambda: an_id(next(ids))),
        file=CustomerFile(store, vault),
        log=log,
        vault=vault,
        keys=keys,
        projector=Projector(log, store, projections, lambda: MONDAY),
        begun=(await log.head()).position,
    )
    await log.close()
