"""Personal values: readable with their keys, provable by their digests, gone without."""

import json
from abc import ABC, abstractmethod
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from psycopg.sql import SQL, Identifier

from domain.reception import TextInvalid
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.master_keys import master_key
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.migrations import migrate_at
from services.adapters.postgres_recorder import PostgresRecorder
from services.adapters.secrets_in_postgres import SecretsInPostgres
from services.adapters.vault import KeyStore, MemoryKeyStore, SealingVault
from services.ports import Disclosure, WrongMasterKey
from tests.services.adapters.stories import appending, reserved

MASTER = bytes(range(32))
CONTACT = "contact:0195"


class Kept(ABC):
    """A log with the keys beside it, and a hand that can destroy them."""

    def __init__(self, log: EventsourcingLog, keys: KeyStore) -> None:
        self.log = log
        self.keys = keys
        self.vault = SealingVault(MASTER, keys)

    async def keep(self, *disclosures: Disclosure) -> None:
        """Write them with an event."""
        await self.log.append(appending(reserved(disclosures[0].digest), disclosures=disclosures))

    @abstractmethod
    async def destroy_key(self, subject: str) -> None:
        """Take a person's key out of the store."""

    @abstractmethod
    async def swap(self, digest: str, other: str) -> None:
        """Put another ciphertext in the place of one."""


class KeptInMemory(Kept):
    def __init__(self) -> None:
        self.recorder = MemoryRecorder()
        self.store = MemoryKeyStore(self.recorder.sealed)
        super().__init__(EventsourcingLog(self.recorder, "main"), self.store)

    async def destroy_key(self, subject: str) -> None:
        del self.store.keys[subject]

    async def swap(self, digest: str, other: str) -> None:
        sealed = self.recorder.sealed
        sealed[digest] = Disclosure(digest, sealed[digest].subject, sealed[other].ciphertext)


class KeptInPostgres(Kept):
    def __init__(self, url: str, schema: str, secrets: SecretsInPostgres) -> None:
        self._url = url
        self._schema = Identifier(schema)
        super().__init__(EventsourcingLog(PostgresRecorder(url, schema), "main"), secrets)

    async def destroy_key(self, subject: str) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute(SQL("DELETE FROM {}.subject_keys WHERE subject = %s").format(self._schema), (subject,))

    async def swap(self, digest: str, other: str) -> None:
        with psycopg.connect(self._url) as connection:
            statement = SQL(
                "UPDATE {schema}.sealed SET ciphertext = (SELECT ciphertext FROM {schema}.sealed WHERE digest = %s)"
                " WHERE digest = %s"
            )
            connection.execute(statement.format(schema=self._schema), (other, digest))


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    async with AsyncExitStack() as closing:
        if request.param == "memory":
            kept: Kept = KeptInMemory()
        else:
            url, schema = request.getfixturevalue("postgres_url"), request.getfixturevalue("a_schema")
            migrate_at(url, schema)
            secrets = SecretsInPostgres(url, schema)
            await secrets.open()
            closing.push_async_callback(secrets.close)
            kept = KeptInPostgres(url, schema, secrets)
        closing.push_async_callback(kept.log.close)
        yield kept


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_a_sealed_value_is_opened_again(kept: Kept) -> None:
    name, name_disclosed = await kept.vault.seal(CONTACT, "name", "王小姐")
    phone, phone_disclosed = await kept.vault.seal(CONTACT, "phone", "+86 139")
    await kept.keep(name_disclosed, phone_disclosed)
    assert await kept.vault.open([name, phone]) == {name.digest: "王小姐", phone.digest: "+86 139"}
    assert await SealingVault(MASTER, kept.keys).open([phone]) == {phone.digest: "+86 139"}


async def test_half_a_character_is_refused_before_anything_is_made_of_it(kept: Kept) -> None:
    with pytest.raises(TextInvalid) as refused:
        await kept.vault.seal("contact:1", "phone", "138\ud83d")
    assert [(fault.pointer, "at 3" in fault.detail) for fault in refused.value.errors] == [("/phone", True)]


async def test_a_value_is_opened_only_once_it_was_recorded(kept: Kept) -> None:
    sealed, disclosed = await kept.vault.seal(CONTACT, "name", "Wang")
    assert await kept.vault.open([sealed]) == {}
    await kept.keep(disclosed)
    assert await kept.vault.open([sealed]) == {sealed.digest: "Wang"}


async def test_the_record_and_the_disclosure_show_nothing_of_the_value(kept: Kept) -> None:
    sealed, disclosed = await kept.vault.seal(CONTACT, "name", "Wang")
    assert "Wang" not in sealed.digest + sealed.mac
    assert b"Wang" not in disclosed.ciphertext
    assert disclosed.digest == sealed.digest
    assert len(decoded(sealed.digest)) == len(decoded(sealed.mac)) == 32


async def test_the_same_value_is_known_by_its_mac_and_not_by_its_digest(kept: Kept) -> None:
    one, _ = await kept.vault.seal(CONTACT, "name", "Wang")
    same, _ = await SealingVault(MASTER, kept.keys).seal(CONTACT, "name", "Wang")
    other, _ = await kept.vault.seal(CONTACT, "name", "Wáng")
    elsewhere, _ = await kept.vault.seal("contact:0196", "name", "Wang")
    assert one.mac == same.mac
    assert len({one.mac, other.mac, elsewhere.mac}) == 3
    assert len({one.digest, same.digest, other.digest, elsewhere.digest}) == 4


async def test_the_digest_is_that_of_an_rfc_9901_disclosure(kept: Kept) -> None:
    def drawn(count: int) -> bytes:
        return bytes(range(count))

    sealed, _ = await SealingVault(MASTER, kept.keys, drawn).seal(CONTACT, "name", "Möbius")
    salt = urlsafe_b64encode(drawn(16)).rstrip(b"=").decode()
    told = urlsafe_b64encode(json.dumps([salt, "name", "Möbius"], ensure_ascii=False).encode()).rstrip(b"=")
    assert decoded(sealed.digest) == sha256(told).digest()


async def test_without_its_key_a_value_is_gone_and_the_others_are_not(kept: Kept) -> None:
    erased, one = await kept.vault.seal(CONTACT, "name", "Wang")
    stays, two = await kept.vault.seal("contact:0196", "name", "Li")
    await kept.keep(one, two)
    await kept.destroy_key(CONTACT)
    kept.vault.forget(CONTACT)
    assert await kept.vault.open([erased, stays]) == {stays.digest: "Li"}
    assert (await kept.log.verify()).finding is None


async def test_people_are_found_by_their_marks_until_they_are_erased(kept: Kept) -> None:
    mark, other = kept.vault.mark("phone", "+8613800138000"), kept.vault.mark("email", "+8613800138000")
    assert mark != other
    assert "13800138000" not in mark
    assert SealingVault(bytes(32), kept.keys).mark("phone", "+8613800138000") != mark
    for subject in (CONTACT, "contact:0196", CONTACT):
        await kept.vault.keep_marks(subject, [mark])
    assert await kept.vault.marked([mark, other]) == [(mark, CONTACT), (mark, "contact:0196")]
    await kept.vault.destroy(CONTACT)
    await kept.vault.keep_marks(CONTACT, [mark])
    assert await kept.vault.marked([mark]) == [(mark, "contact:0196")]
    assert await kept.vault.marked([]) == []


async def test_after_erasure_the_same_value_has_another_mac(kept: Kept) -> None:
    before, _ = await kept.vault.seal(CONTACT, "name", "Wang")
    await kept.destroy_key(CONTACT)
    kept.vault.forget(CONTACT)
    after, _ = await kept.vault.seal(CONTACT, "name", "Wang")
    assert before.mac != after.mac


async def test_a_disclosure_in_the_place_of_another_is_not_believed(kept: Kept) -> None:
    one, one_disclosed = await kept.vault.seal(CONTACT, "name", "Wang")
    two, two_disclosed = await kept.vault.seal(CONTACT, "name", "Li")
    await kept.keep(one_disclosed, two_disclosed)
    await kept.swap(one.digest, two.digest)
    with pytest.raises(InvalidTag):
        await kept.vault.open([one])


async def test_another_master_key_opens_nothing(kept: Kept) -> None:
    sealed, disclosed = await kept.vault.seal(CONTACT, "name", "Wang")
    await kept.keep(disclosed)
    stranger = SealingVault(bytes(32), kept.keys)
    with pytest.raises(WrongMasterKey):
        await stranger.open([sealed])
    with pytest.raises(ValueError, match="master key"):
        await stranger.seal(CONTACT, "name", "Wang")


async def test_processes_that_meet_a_person_at_once_agree_on_the_key(kept: Kept) -> None:
    vaults = [SealingVault(MASTER, kept.keys) for _ in range(5)]
    macs = {(await vault.seal(CONTACT, "name", "Wang"))[0].mac for vault in vaults}
    assert len(macs) == 1


def test_a_fingerprint_is_the_same_for_the_same_content_under_the_same_key_only() -> None:
    one, other = SealingVault(MASTER, MemoryKeyStore({})), SealingVault(bytes(32), MemoryKeyStore({}))
    assert one.fingerprint(b"asked") == SealingVault(MASTER, MemoryKeyStore({})).fingerprint(b"asked")
    assert len({one.fingerprint(b"asked"), one.fingerprint(b"asked!"), other.fingerprint(b"asked")}) == 3
    assert len(one.fingerprint(b"asked")) == 32


def test_the_master_key_is_drawn_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "master.key"
    drawn = master_key(file)
    assert len(drawn) == 32
    assert master_key(file) == drawn
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [one.name for one in file.parent.iterdir()] == ["master.key"]
    assert master_key(tmp_path / "other.key") != drawn


@pytest.mark.parametrize("text", ["", "00" * 31, "no key at all"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"key|hex"):
        master_key(file)
