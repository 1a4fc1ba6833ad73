"""How far behind followers are, in events and in seconds."""

from datetime import timedelta

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_recorder import MemoryRecorder
from services.lags import Lag, lags
from tests.domain.claiming.claims import claim, granted
from tests.people import ANNA, MONDAY, an_id
from tests.services.written_down import Scribe


async def test_the_lag_counts_events_and_the_age_of_the_first_that_waits() -> None:
    log = EventsourcingLog(MemoryRecorder(), "acme")
    await Scribe(log).write(*granted(claim(ANNA, claim_id=an_id(1))))
    first = (await log.stored(0, 1))[0].recorded_at
    found = await lags(log, {"abreast": 2, "behind": 1, "new": 0}, lambda: MONDAY + timedelta(hours=1))
    assert found["abreast"] == Lag(0, 0.0)
    assert found["behind"].events == 1
    assert found["new"] == Lag(2, (MONDAY + timedelta(hours=1) - first).total_seconds())
    await log.close()
