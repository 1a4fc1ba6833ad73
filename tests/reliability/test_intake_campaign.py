"""Ten thousand requests by Kafka, a fifth sent twice and a twentieth bad: each answered once, each recorded once.

As many as FIELDTRACE_INTAKE_EVENTS says (10000).
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from domain.envelope import Recorded
from services.platform import on_postgres
from services.settings import Settings
from tests.api.test_intake import Works
from tests.broker.marks import KAFKA

pytestmark = [*KAFKA, pytest.mark.postgres, pytest.mark.soak]
MANY = int(os.environ.get("FIELDTRACE_INTAKE_EVENTS", "10000"))


async def test_each_of_many_is_answered_once(kafka: str, postgres_url: str, a_schema: str, tmp_path: Path) -> None:
    platform = await on_postgres(Settings(data=tmp_path, database_url=postgres_url, organisation=a_schema))
    try:
        await platform.prepare()
        works = Works(kafka, platform, (await platform.access.create("ops", "ops")).token)
        chance = random.Random(7)
        bad, repeats = MANY // 20, MANY // 5
        good = MANY - bad - repeats
        numbers = list(range(1, good + 1))
        sent = [works.message(number, ce_source=f"/devices/{number % 50}") for number in numbers]
        sent += [works.message(n, ce_source=f"/devices/{n % 50}") for n in chance.sample(numbers, repeats)]
        sent += [works.message(good + n, data=b"{" * (1 + n % 9)) for n in range(1, bad + 1)]
        chance.shuffle(sent)
        for first in range(0, MANY, 500):
            await works.send(*sent[first : first + 500])
        began = time.monotonic()
        replies = await works.answered(works.intake("one"), works.intake("two"), many=MANY, seconds=900)
        took = time.monotonic() - began
        counted = Counter(one["status"] for one in replies)
        recorded = Counter(
            one.envelope.request_id
            for one in await everything(works)
            if one.envelope.name == "customer.customer_registered"
        )
        print(f"\n{MANY} messages in {took:.0f} s ({MANY / took:.0f} a second): {json.dumps(counted)}")  # noqa: T201 - the figures are what this is run for
        assert len(replies) == MANY
        assert len({one["place"] for one in replies}) == MANY, "a message was answered twice, another not at all"
        assert counted == {"accepted": good, "duplicate": repeats, "rejected": bad}
        assert set(recorded.values()) == {1}
        assert len(recorded) == good
    finally:
        await platform.close()


async def everything(works: Works) -> Sequence[Recorded]:
    """The whole log."""
    found: list[Recorded] = []
    after = 0
    while page := await works.platform.log.page(after, 5_000):
        found += page
        after = page[-1].position
    return found
