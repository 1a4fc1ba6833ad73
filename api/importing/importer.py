"""Sends what a file holds: many lines at once, in order where order matters, each line answered by itself."""

import asyncio
import csv
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from api.importing.units import Broken, Event, Line, Skipped, Unit

AT_ONCE = 200
"""Lines under way at a time; they share reads and commits."""

Status: TypeAlias = Literal["accepted", "duplicate", "refused", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request. `failed`: it could not be asked, and may be sent again."""

    status: Status
    code: str = ""
    reason: str = ""


class Carry(Protocol):
    """Sends the requests of one line, and answers as far as it came."""

    async def __call__(self, unit: Unit) -> Sequence[Answer]:
        """An answer for each request up to the first that was not taken."""
        ...


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not taken, or not wholly: for the file of rejects."""

    line: int
    code: str
    reason: str
    type: str
    text: str


@dataclass
class Summary:
    """What became of a file. Lines: `rows`, `skipped`; requests: the others."""

    rows: int = 0
    skipped: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    rejected: int = 0
    failed: int = 0
    rejects: list[Reject] = field(default_factory=list[Reject])

    def counts(self) -> Mapping[str, int]:
        """The figures, by name."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "rejected": self.rejected,
            "failed": self.failed,
            "skipped": self.skipped,
        }

    def note(self, unit: Unit, answers: Sequence[Answer]) -> None:
        """Count the answers to one line, and keep what was not taken."""
        for event, answer in zip(unit.events, answers, strict=False):
            match answer.status:
                case "accepted":
                    self.accepted += 1
                case "duplicate":
                    self.duplicates += 1
                case "refused":
                    self.refused += 1
                case "rejected":
                    self.rejected += 1
                case "failed":
                    self.failed += 1
            if answer.code:
                self.rejects.append(
                    Reject(unit.line, answer.code, answer.reason, str(event.get("type", "")), unit.text)
                )

    def broken(self, line: Broken) -> None:
        """A line that was not sent."""
        self.rejected += 1
        self.rejects.append(Reject(line.line, line.code, line.reason, line.type, line.text))


async def send(lines: Iterable[Line], carry: Carry, summary: Summary, moved: Callable[[int], None]) -> None:
    """Send every line. Lines about the same customer, visit, deal … go in their order, others side by side; a line
    that changes the organisation, its rules or its calendar waits for all before it, and all after it wait for it."""
    sending = _Sending(carry, summary, moved)
    try:
        for line in lines:
            summary.rows += 1
            match line:
                case Skipped():
                    summary.skipped += 1
                case Broken():
                    summary.broken(line)
                case Unit():
                    await sending.take(line)
            moved(summary.rows)
        await sending.everything()
    finally:
        sending.stop()


class _Sending:
    def __init__(self, carry: Carry, summary: Summary, moved: Callable[[int], None]) -> None:
        self._carry = carry
        self._summary = summary
        self._moved = moved
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def take(self, unit: Unit) -> None:
        """Set a line on its way, as soon as there is room."""
        if unit.keeps_house:
            await self.everything()
        await self._room.acquire()
        about = unit.about
        before = {self._last[key] for key in about if key in self._last}
        task = asyncio.create_task(self._one(unit, before))
        self._under_way.add(task)
        self._last.update(dict.fromkeys(about, task))
        task.add_done_callback(lambda done: self._done(done, about))
        if unit.keeps_house:
            await self.everything()

    async def everything(self) -> None:
        """Wait for all that is under way; a fault of ours in one of them ends the whole."""
        while self._under_way:
            done, _ = await asyncio.wait(self._under_way, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()

    def stop(self) -> None:
        """Let go of what is still under way; the same file sent again goes on where this one stopped."""
        for task in self._under_way:
            task.cancel()

    async def _one(self, unit: Unit, before: set[asyncio.Task[None]]) -> None:
        if before:
            await asyncio.wait(before)
        self._summary.note(unit, await self._carry(unit))

    def _done(self, task: asyncio.Task[None], about: Iterable[str]) -> None:
        self._under_way.discard(task)
        self._room.release()
        for key in about:
            if self._last.get(key) is task:
                del self._last[key]


class Batching:
    """A carry for a door that takes many requests in one call: lines that wait at the same time go together."""

    def __init__(
        self, post: Callable[[Sequence[Event]], Awaitable[Sequence[Answer]]], size: Callable[[Event], int]
    ) -> None:
        """`post`: sends at most `EVENTS` requests and answers each; `size`: how many bytes a request takes."""
        self._post = post
        self._size = size
        self._waiting: list[tuple[Unit, asyncio.Future[Sequence[Answer]]]] = []
        self._posting: asyncio.Task[None] | None = None

    EVENTS = 500
    BYTES = 900_000

    async def __call__(self, unit: Unit) -> Sequence[Answer]:
        """Wait for the next call that has room for this line."""
        answered: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, answered))
        if self._posting is None or self._posting.done():
            self._posting = asyncio.create_task(self._post_all())
        return await answered

    async def _post_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # let those who are about to ask come along
            some, events, room = [self._waiting.pop(0)], 0, self.BYTES
            events, room = len(some[0][0].events), room - self._weight(some[0][0])
            while self._waiting:
                unit = self._waiting[0][0]
                if events + len(unit.events) > self.EVENTS or self._weight(unit) > room:
                    break
                some.append(self._waiting.pop(0))
                events, room = events + len(unit.events), room - self._weight(unit)
            await self._post_some(some)

    async def _post_some(self, some: Sequence[tuple[Unit, asyncio.Future[Sequence[Answer]]]]) -> None:
        try:
            answers = list(await self._post([event for unit, _ in some for event in unit.events]))
        except Exception as error:
            for _, answered in some:
                if not answered.done():
                    answered.set_exception(error)
            return
        for unit, answered in some:
            mine, answers = answers[: len(unit.events)], answers[len(unit.events) :]
            if not answered.done():
                answered.set_result(mine)

    def _weight(self, unit: Unit) -> int:
        return sum(self._size(event) + 1 for event in unit.events)


def write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """Write what was not taken: the line of the file, the code, the reason, the request, and the line as it stands."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(["line", "code", "reason", "request", "content"])
        for one in sorted(rejects, key=lambda reject: reject.line):
            out.writerow([one.line, one.code, one.reason, one.type, one.text])
