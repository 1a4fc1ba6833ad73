"""In whatever order people are noted, met, renamed, merged and erased: of the erased nothing can be read."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as some

from services.adapters.memory_read_store import MemoryReadStore
from tests.api.office import Office, visit
from tests.bundles import an_office
from tests.people import ACME, GLOBEX, an_id

PEOPLE = 3
_A_PERSON = some.integers(0, PEOPLE - 1)
_STEPS = some.one_of(
    some.tuples(some.just("note"), _A_PERSON),
    some.tuples(some.just("meet"), _A_PERSON),
    some.tuples(some.just("leave"), _A_PERSON),
    some.tuples(some.just("erase"), _A_PERSON),
    some.tuples(some.just("rename"), _A_PERSON),
    some.tuples(some.just("merge"), _A_PERSON),
)
HAS = {"name": "Person Number {n}", "phone": "+861390071700{n}", "email": "nobody{n}@acme.example"}


def _contact(n: int) -> UUID:
    return an_id(700 + n)


async def _step(office: Office, what: str, n: int, turn: int) -> None:
    """Whether it is taken or refused does not matter here; that it does not fail does."""
    contact = str(_contact(n))
    match what:
        case "note":
            told = {name: text.format(n=n) for name, text in HAS.items()} | {"contact_id": contact, "role": "USER"}
            answer = await office.post("anna", f"/v1/customers/{ACME}/contacts", told)
        case "meet":
            met = {"customer": [{"contact_id": contact, "role": "USER"}]}
            noted = {"note": f"secret of {n}", "note_is_personal": True, "note_about": contact, "participants": met}
            answer = await office.post("anna", "/v1/visits", visit(turn + 10, **noted))
        case "leave":
            answer = await office.post("anna", f"/v1/customers/{ACME}/contacts/{contact}/departure")
        case "rename":
            answer = await office.post("anna", f"/v1/customers/{ACME}/renames", {"legal_name": f"Acme {turn} Ltd"})
        case "merge":
            said = {"customer_id": str(GLOBEX), "other_id": str(ACME)}
            answer = await office.emit("mei", "customer.merge", said)
        case _:
            said = {"customer_id": str(ACME), "contact_id": contact, "basis": "ASKED_BY_THE_PERSON"}
            answer = await office.post("pia", "/v1/privacy/erasures", said)
            if answer.status_code in (200, 201):
                erasure_id = answer.json()["erasure_id"]
                answer = await office.post("paul", f"/v1/privacy/erasures/{erasure_id}/approval")
    assert answer.status_code < 500, answer.text
    await office.settled()


async def _told(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        async with an_office(Path(folder)) as office:
            for turn, (what, n) in enumerate(steps):
                await _step(office, what, n, turn)
            listed = (await office.get("iris", "/v1/privacy/erasures")).json()["items"]
            gone = {one["data_subject"] for one in listed if one["erased_at"]}
            for n in range(PEOPLE):
                if f"contact:{_contact(n)}" in gone:
                    assert [one for one in await _everything(office) for word in _words(n) if word in one] == []
            assert (await office.platform.log.verify()).finding is None


def _words(n: int) -> list[str]:
    return [*(text.format(n=n) for text in HAS.values()), f"secret of {n}"]


async def _everything(office: Office) -> list[str]:
    """All that is stored, and all that whoever may see most is shown."""
    store: Any = office.platform.store
    assert isinstance(store, MemoryReadStore)
    rows = [repr(vars(store))]
    events = [one.body.decode() for one in await office.platform.log.stored(0, 10_000)]
    shown = [
        (await office.get("iris", path)).text
        for path in (f"/v1/customers/{ACME}", f"/v1/customers/{GLOBEX}", "/v1/reps/anna/timeline?limit=500")
    ]
    await office.settled()
    exported = (await office.get("iris", "/v1/exports/events")).text
    await office.settled()
    return [*rows, *events, *shown, exported]


@settings(max_examples=20, deadline=None)
@example([("note", 0), ("note", 0), ("erase", 0)])
@example([("note", 1), ("meet", 1), ("rename", 0), ("erase", 1), ("note", 1)])
@given(some.lists(_STEPS, min_size=3, max_size=10))
def test_of_whoever_was_erased_nothing_can_be_read(steps: list[tuple[str, int]]) -> None:
    asyncio.run(_told(steps))


def test_of_whoever_was_not_erased_everything_can_be_read() -> None:
    """The look at everything would find it."""

    async def told() -> None:
        with TemporaryDirectory() as folder:
            async with an_office(Path(folder)) as office:
                await _step(office, "note", 0, 0)
                shown = await _everything(office)
                assert all(any(word in one for one in shown) for word in _words(0)[:3])

    asyncio.run(told())
