"""Duplicates: how many are found and how many of them are right, on outside data; and what a registration costs.

The data sets are no part of the project: `FIELDTRACE_REAL_DATA` names the folder in which they lie, otherwise it is
looked for beside the project. Without them the time is measured with names that are made up.
"""

import asyncio
import csv
import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path
from uuid import UUID, uuid5

from benchmarks.filling import CALLERS
from benchmarks.measuring import Figure, Table, a_database, timed
from domain.customer.events import CustomerKind, Level, Source, SourceMethod
from domain.customer.likeness import likeness
from domain.envelope import Actor
from domain.rulesets import RulingRules
from services.adapters.chinese import simplified
from services.adapters.phone_numbers import read_phone
from services.customers import Registration
from services.lookalikes import Lookalikes
from services.platform import Platform, in_memory, on_postgres
from services.ports import Context, Receipt
from services.reception import Asking
from services.settings import Settings

CUSTOMERS = 100_000
ONE_BY_ONE = 500
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_IDS = UUID("01950000-0000-7000-8000-00000000d0b1")
_OPS = Actor("ops", "ops")
_LEAD = Source(SourceMethod.DIRECTORY)


@dataclass(frozen=True)
class Labelled:
    """A record of an outside data set, and which customer it truly is."""

    said: Registration
    truth: str


@dataclass(frozen=True)
class Quality:
    """Pairs of records: how many are truly of one customer, and how many were pointed out, rightly and wrongly."""

    records: int
    pairs: int
    right: Mapping[Level, int]
    wrong: Mapping[Level, int]

    def precision(self, *levels: Level) -> float:
        """Of what was pointed out at these levels, the share that is right."""
        right, wrong = sum(self.right[level] for level in levels), sum(self.wrong[level] for level in levels)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, *levels: Level) -> float:
        """Of the pairs that are truly one customer, the share that was pointed out at these levels."""
        return sum(self.right[level] for level in levels) / self.pairs

    def text(self, name: str) -> str:
        """The figures as people read them."""
        lines = [f"\n{name}  ({self.records:,} records, {self.pairs:,} pairs are of one customer)"]
        for what, levels in (("STRONG", (Level.STRONG,)), ("STRONG and WEAK", (Level.STRONG, Level.WEAK))):
            shares = f"precision {self.precision(*levels):6.1%}  recall {self.recall(*levels):6.1%}"
            lines.append(f"  {what:<58} {shares}")
        return "\n".join(lines)


async def measure() -> Table:
    """The quality on each data set that is there, then the time of a registration beside an empty registry."""
    for name, read in DATA_SETS.items():
        folder = data_folder() / name
        if folder.is_dir():
            sys.stdout.write(f"{(await quality(list(read(folder)))).text(name)}\n")
        else:
            sys.stdout.write(f"\n{name}: not here; FIELDTRACE_REAL_DATA says in which folder it lies.\n")
        sys.stdout.flush()
    table = Table("Duplicates registering", "registrations a second, one after the other")
    customers = int(os.environ.get("FIELDTRACE_BENCH_CUSTOMERS", str(CUSTOMERS)))
    with a_database() as (data, _):
        platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
        try:
            await platform.prepare()
            names = made_up_names()
            table.add(await _one_by_one(platform, "in an empty registry", islice(names, ONE_BY_ONE)))
            await _filled(platform, islice(names, customers))
            await platform.projector.catch_up()
            table.add(await _one_by_one(platform, f"beside {customers:,} customers", islice(names, ONE_BY_ONE)))
        finally:
            await platform.close()
    return table


def data_folder() -> Path:
    """Where the outside data sets are looked for."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("FIELDTRACE_REAL_DATA", beside))


async def quality(labelled: Sequence[Labelled]) -> Quality:
    """Register everything, then ask of each record which others may be the same, as the duplicate desk would."""
    platform = in_memory(now=lambda: HOUR)
    try:
        await platform.prepare()
        truth: dict[UUID, str] = {}
        for number, one in enumerate(labelled):
            customer_id = UUID(str((await _register(platform, one.said, number)).answer["customer_id"]))
            truth[customer_id] = one.truth
        await platform.projector.catch_up()
        lookalikes, rules = Lookalikes(platform.store, simplified(), platform.rulebook), RulingRules()
        found: dict[frozenset[UUID], Level] = {}
        for mine in await lookalikes.identities(truth):
            for other in await lookalikes.of(mine):
                alike = likeness(mine, other, rules)
                if alike is not None:
                    found[frozenset({mine.customer_id, other.customer_id})] = alike.level
    finally:
        await platform.close()
    judged = Counter((len({truth[one] for one in pair}) == 1, level) for pair, level in found.items())
    pairs = sum(size * (size - 1) // 2 for size in Counter(truth.values()).values())
    right = {level: judged[True, level] for level in Level}
    return Quality(len(truth), pairs, right, {level: judged[False, level] for level in Level})


def chicago_sites(folder: Path) -> Iterator[Labelled]:
    """Sites for small children in Chicago, from ten lists: outlets with name, address and number."""
    truth = {row["Id"]: row["True Id"] for row in _rows(folder / "truth.csv")}
    for row in _rows(folder / "records.csv"):
        name, address, phone = (" ".join(row[column].split()) for column in ("Site name", "Address", "Phone"))
        number = read_phone(f"(312) {phone}", "US") if len(phone) == len("5550123") else None
        yield Labelled(
            Registration(
                kind=CustomerKind.OUTLET,
                legal_name=name if len(name) > 1 else f"{name}.?x",
                country="US",
                source=_LEAD,
                phones=(number.e164,) if number is not None and number.e164 is not None else (),
                address=address or None,
            ),
            truth[row["Id"]],
        )


def company_names(folder: Path) -> Iterator[Labelled]:
    """Listed companies of China: their legal names, those before, and the short names that lists have for them."""
    for row in _rows(folder / "names.csv"):
        yield Labelled(Registration(CustomerKind.COMPANY, row["name"], "CN", _LEAD), row["code"])


DATA_SETS = {"er-chicago-sites": chicago_sites, "cn-company-names": company_names}


def made_up_names() -> Iterator[str]:
    """Names of companies without end of which few are alike: of real short names where they are at hand."""
    real = data_folder() / "cn-company-names" / "short_forms_28w.txt.gz"
    if real.is_file():
        with gzip.open(real, "rt", encoding="utf-8-sig") as lines:
            for line in islice(lines, 2, None):
                if len(line.strip()) > 1:
                    yield f"{line.strip()}有限公司"
    characters = "蓝海远洋金田恒信安泰华盛宏达瑞丰嘉禾明德正中新源广博天成东方永兴"
    for trade_name in product(characters, repeat=4):
        yield f"{''.join(trade_name)}有限公司"


async def _filled(platform: Platform, names: Iterator[str]) -> None:
    numbered = enumerate(names, start=1_000_000)

    async def caller() -> None:
        for number, name in numbered:
            await _register(platform, _company(name), number)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def _one_by_one(platform: Platform, what: str, names: Iterator[str]) -> Figure:
    took: list[float] = []
    for name in names:
        said = _company(name)
        with timed(took):
            await _register(platform, said, f"{what}: {name}")
    return Figure(what, len(took) / sum(took), took)


def _company(name: str) -> Registration:
    return Registration(CustomerKind.COMPANY, name, "CN", _LEAD, uuid5(_IDS, name), region_code="310000")


async def _register(platform: Platform, said: Registration, number: int | str) -> Receipt:
    async def register(context: Context) -> Receipt:
        return await platform.customers.register(said, context)

    asking = Asking("customer.register", _OPS, "/duplicates", str(number), str(number).encode(), str(number))
    return await platform.reception.submit(asking, register)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
