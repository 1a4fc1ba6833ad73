"""A phone that works offline as the documentation tells it to, with a wall clock that may be as wrong as one likes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from tests.api.office import Office

FIRST = "0" * 64


@dataclass
class Phone:
    """One rep's phone: it syncs, queues what is asked of it, and sends the queue when it likes."""

    office: Office
    rep: str = "anna"
    device_id: str = "phone-17"
    boot_id: str = "b1"
    skew: timedelta = timedelta()
    last_sync: str = ""
    seq: int = 0
    last_hash: str = FIRST
    queue: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _counted_from: datetime | None = None

    async def sync(self) -> dict[str, Any]:
        """Ask for the hour, and where the queue ends."""
        answer = await self.office.post(self.rep, f"/v1/devices/{self.device_id}/sync", {"boot_id": self.boot_id})
        assert answer.status_code == 200, answer.text
        told = answer.json()["answer"] if "answer" in answer.json() else answer.json()
        self.last_sync, self.seq, self.last_hash = told["last_sync"], told["next_queue_seq"] - 1, told["prev_hash"]
        self._counted_from = self.office.platform.now()
        return told

    def does(self, asked: str, data: object, **attributes: object) -> dict[str, Any]:
        """Something is asked of the phone at this hour; it queues it."""
        now = self.office.platform.now()
        event = self.office.event(asked, data, time=(now + self.skew).isoformat(), lastsync=self.last_sync)
        event |= {"deviceid": self.device_id, "bootid": self.boot_id, "elapsedms": self._milliseconds()}
        event |= {"queueseq": self.seq + 1, "prevhash": self.last_hash, **attributes}
        lines = (event["prevhash"], event["queueseq"], event["id"], event["type"], event["elapsedms"])
        self.seq, self.last_hash = event["queueseq"], sha256("\n".join(map(str, lines)).encode()).hexdigest()
        self.queue.append(event)
        return event

    async def send(self) -> list[dict[str, Any]]:
        """Send the queue; what became of each entry."""
        entries = [event | {"sentms": self._milliseconds()} for event in self.queue]
        answer = await self.office.batch(self.rep, entries)
        assert answer.status_code == 200, answer.text
        self.queue.clear()
        return answer.json()["results"]

    def _milliseconds(self) -> int:
        if self._counted_from is None:
            return 0
        return (self.office.platform.now() - self._counted_from) // timedelta(milliseconds=1)
