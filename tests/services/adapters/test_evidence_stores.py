"""What a store of tiles and checkpoints promises, shown on each of them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.adapters.evidence_in_memory import EvidenceInMemory
from services.adapters.evidence_in_postgres import EvidenceInPostgres
from services.adapters.migrations import migrate_at
from services.signing import Signed, SignerState
from services.subject_heads import Head
from tests.people import MONDAY

Store = EvidenceInMemory | EvidenceInPostgres


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield EvidenceInMemory()
        return
    url, schema = request.getfixturevalue("postgres_url"), request.getfixturevalue("a_schema")
    migrate_at(url, schema)
    store = EvidenceInPostgres(url, schema)
    await store.open()
    yield store
    await store.close()


async def test_a_tile_is_kept_once_and_stays_as_it_is(store: Store) -> None:
    await store.keep_tiles([(0, 0, b"a" * 8192), (1, 0, b"b" * 8192)])
    await store.keep_tiles([(0, 0, b"c" * 8192)])
    assert await store.tile(0, 0) == b"a" * 8192
    assert await store.tile(1, 0) == b"b" * 8192
    assert await store.tile(0, 1) is None


async def test_a_checkpoint_is_found_by_what_it_covers(store: Store) -> None:
    assert await store.checkpoint() is None
    first, second = Signed(3, "three", MONDAY), Signed(9, "nine", MONDAY + timedelta(seconds=10))
    await store.add_checkpoint(second)
    await store.add_checkpoint(first)
    await store.add_checkpoint(Signed(3, "another three", MONDAY))
    assert await store.checkpoint() == second
    assert [await store.checkpoint(covering=n) for n in (1, 3, 4, 9, 10)] == [first, first, second, second, None]


async def test_what_witnesses_say_is_kept_with_their_checkpoint(store: Store) -> None:
    await store.add_checkpoint(Signed(3, "three", MONDAY))
    await store.add_checkpoint(Signed(9, "nine", MONDAY))
    assert await store.anchored() is None
    for line in ("w2\n", "w1\n", "w2\n"):
        await store.add_cosignature(3, line)
    seen = await store.anchored()
    assert seen == Signed(3, "three", MONDAY, ("w1\n", "w2\n"))
    assert Signed(3, "three", MONDAY, ("w1\n", "w2\n")).whole == "threew1\nw2\n"


async def test_how_the_signer_was_last_is_known(store: Store) -> None:
    assert await store.signer() is None
    await store.note_signer(SignerState(MONDAY, "a+b+c", "it was set back"))
    await store.note_signer(SignerState(MONDAY + timedelta(seconds=10), "a+b+c", None))
    assert await store.signer() == SignerState(MONDAY + timedelta(seconds=10), "a+b+c", None)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {}.checkpoints SET note = 'other'",
        "DELETE FROM {}.checkpoints",
        "TRUNCATE {}.checkpoints CASCADE",
        "UPDATE {}.cosignatures SET line = 'other'",
        "DELETE FROM {}.cosignatures",
        "TRUNCATE {}.cosignatures",
    ],
)
async def test_what_was_signed_is_not_changed(change: str, postgres_url: str, a_schema: str) -> None:
    migrate_at(postgres_url, a_schema)
    store = EvidenceInPostgres(postgres_url, a_schema)
    await store.open()
    await store.add_checkpoint(Signed(3, "three", MONDAY))
    await store.add_cosignature(3, "w1\n")
    await store.close()
    with psycopg.connect(postgres_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(SQL(change).format(Identifier(a_schema)))  # pyright: ignore[reportArgumentType] - the lines above


async def test_subjects_are_counted_in_one_step_or_not_at_all(store: Store) -> None:
    anna, bruno = Head("rep:anna", 1, b"a" * 32), Head("rep:bruno", 2, b"b" * 32)
    assert await store.heads_counted() == 0
    assert await store.count([anna, bruno], [("rep:bruno", 1), ("rep:anna", 2), ("rep:bruno", 3)], after=0, upto=3)
    assert not await store.count([Head("rep:anna", 9, b"c" * 32)], [("rep:anna", 3)], after=0, upto=4)
    assert await store.heads_counted() == 3
    assert await store.heads(["rep:anna", "rep:carla"]) == {"rep:anna": anna}
    more = Head("rep:anna", 2, b"d" * 32)
    assert await store.count([more, Head("customer:Ω", 1, b"e" * 32)], [("rep:anna", 5)], after=3, upto=5)
    assert [head.subject for head in await store.every_head()] == ["customer:Ω", "rep:anna", "rep:bruno"]
    assert list(await store.positions("rep:anna", upto=5)) == [2, 5]
    assert list(await store.positions("rep:anna", upto=4)) == [2]
