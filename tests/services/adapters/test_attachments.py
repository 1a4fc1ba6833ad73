"""The bytes of photos: readable with their key, unreadable where they lie, gone without."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from psycopg.sql import SQL, Identifier

from services.adapters.attachments import BytesInMemory, SealedAttachments, SealedBytes
from services.adapters.migrations import migrate_at
from services.adapters.secrets_in_postgres import SecretsInPostgres
from services.adapters.vault import MemoryKeyStore, SealingVault

CONTENT = bytes(range(256)) * 4_096
NAME = sha256(CONTENT).hexdigest()


@dataclass
class Kept:
    """A box, what lies behind it, and a hand that destroys keys."""

    box: SealedAttachments
    behind: SealedBytes
    destroy_key: Callable[[str], Awaitable[None]]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    if request.param == "memory":
        keys = MemoryKeyStore({})
        behind = BytesInMemory(keys.keys)

        async def destroy(subject: str) -> None:
            del keys.keys[subject]

        yield Kept(SealedAttachments(SealingVault(bytes(32), keys), behind), behind, destroy)
        return
    url, schema = request.getfixturevalue("postgres_url"), request.getfixturevalue("a_schema")
    migrate_at(url, schema)
    secrets = SecretsInPostgres(url, schema)
    await secrets.open()

    async def destroy_there(subject: str) -> None:
        with psycopg.connect(url) as connection:
            statement = SQL("DELETE FROM {}.subject_keys WHERE subject = %s").format(Identifier(schema))
            connection.execute(statement, (subject,))

    yield Kept(SealedAttachments(SealingVault(bytes(32), secrets), secrets), secrets, destroy_there)
    await secrets.close()


async def test_what_was_kept_is_opened_and_does_not_lie_there_in_clear(kept: Kept) -> None:
    assert await kept.box.open(NAME) is None
    await kept.box.keep(NAME, CONTENT)
    assert await kept.box.open(NAME) == CONTENT
    found = await kept.behind.find_bytes(NAME)
    assert found is not None
    assert CONTENT[:64] not in found[0]


async def test_kept_again_it_is_the_same(kept: Kept) -> None:
    await kept.box.keep(NAME, CONTENT)
    await kept.box.keep(NAME, CONTENT)
    assert await kept.box.open(NAME) == CONTENT


async def test_without_its_key_it_is_gone_and_no_other_is(kept: Kept) -> None:
    other = sha256(b"other").hexdigest()
    await kept.box.keep(NAME, CONTENT)
    await kept.box.keep(other, b"other")
    await kept.destroy_key(f"attachment:{NAME}")
    assert await kept.box.open(NAME) is None
    assert await kept.box.open(other) == b"other"


async def test_bytes_that_were_changed_where_they_lie_are_not_shown(kept: Kept) -> None:
    await kept.box.keep(NAME, CONTENT)
    found = await kept.behind.find_bytes(NAME)
    assert found is not None
    changed = found[0][:-1] + bytes([found[0][-1] ^ 1])
    await kept.behind.keep_bytes(NAME, f"attachment:{NAME}", changed)
    with pytest.raises(InvalidTag):
        await kept.box.open(NAME)
