"""A phone that works offline and sends its queue later: TOKEN=… python examples/offline_phone.py [URL]

It registers a customer and claims it while there is no net. What counts then is the hour that it can show by monotonic
milliseconds since its last sync; its wall clock may be as wrong as one likes.
"""

import os
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx


@dataclass
class Phone:
    """One rep's phone."""

    api: httpx.Client
    device_id: str
    boot_id: str = field(default_factory=lambda: str(uuid4()))
    queue: list[dict[str, Any]] = field(default_factory=list)

    def sync(self) -> None:
        """While there is a net: get the server's hour, signed, and where the queue goes on; count from here."""
        answer = self.api.post(f"/v1/devices/{self.device_id}/sync", json={"boot_id": self.boot_id})
        told = answer.raise_for_status().json()
        self.counted_from = time.monotonic_ns()
        self.last_sync, self.place, self.before = told["last_sync"], told["next_queue_seq"], told["prev_hash"]

    def does(self, asked: str, data: dict[str, Any]) -> None:
        """Without a net: link the request to the one before it, and keep it."""
        entry = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": f"/devices/{self.device_id}",
            "type": asked,
            "time": datetime.now(UTC).isoformat(),
            "deviceid": self.device_id,
            "bootid": self.boot_id,
            "lastsync": self.last_sync,
            "elapsedms": self.counted(),
            "queueseq": self.place,
            "prevhash": self.before,
            "data": data,
        }
        lines = (entry["prevhash"], entry["queueseq"], entry["id"], entry["type"], entry["elapsedms"])
        self.place, self.before = self.place + 1, sha256("\n".join(map(str, lines)).encode()).hexdigest()
        self.queue.append(entry)

    def send(self) -> list[dict[str, Any]]:
        """With a net again: the whole queue in its order. Whatever was answered leaves it."""
        batch = [entry | {"sentms": self.counted()} for entry in self.queue]
        media = {"Content-Type": "application/cloudevents-batch+json"}
        results = self.api.post("/v1/events", json=batch, headers=media).raise_for_status().json()["results"]
        answered = {result["id"] for result in results if result["status"] != "rejected"}
        self.queue = [entry for entry in self.queue if entry["id"] not in answered]
        return results

    def counted(self) -> int:
        """Milliseconds since the sync, by a clock that nobody sets."""
        return (time.monotonic_ns() - self.counted_from) // 1_000_000


if __name__ == "__main__":
    url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {os.environ['TOKEN']}"}) as api:
        phone = Phone(api, device_id=f"phone-{uuid4().hex[:8]}")
        phone.sync()
        customer = str(uuid4())
        source = {"method": "PROSPECTING"}
        found = {
            "kind": "COMPANY",
            "legal_name": f"苏州恒信源包装有限公司 {customer[:8]}",
            "country": "CN",
            "source": source,
        }
        phone.does("customer.register", {"customer_id": customer, **found})
        phone.does("ownership.claim", {"customer_id": customer})
        for result in phone.send():
            sys.stdout.write(f"{result['status']} {result['position']} {result.get('flags', result.get('problem'))}\n")
