"""Personal values outside the record (evidence §4): digests in the form of RFC 9901, values under a key per person.

The key of a person is random, wrapped by the master key, and the only way to the values: destroying it erases them,
and makes the digests and MACs in the record random noise that proves nothing about anybody.
"""

import asyncio
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from hashlib import sha256
from hmac import digest as hmac_digest
from json import dumps, loads
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.privacy.decisions import PersonErased
from domain.reception import FieldFault, TextInvalid
from domain.values import Sealed
from services.adapters.master_keys import KEY_BYTES, KeyRing, derived, ring_of
from services.ports import Disclosure, KeyStanding

_ORGANISATION = "organisation"
"""Whose key is no person's: it is there from the first start, and tells whether the master key is the right one."""
_FINGERPRINT = b"fingerprint"
_MARKING = b"mark"
_NONCE_BYTES = 12
_REMEMBERED = 5.0
"""Seconds for which a process remembers an opened key: no longer is one used that another process has destroyed."""
_SALT_BYTES = 16


class KeyStore(Protocol):
    """Keeps wrapped keys, one per data subject, and the ciphertexts that the log was given."""

    async def key_of(self, subject: str, wrapped: bytes) -> bytes | None:
        """The wrapped key of a person, which is the given one if there was none yet; None where it was destroyed."""
        ...

    async def find_key(self, subject: str) -> bytes | None:
        """The wrapped key of a person; None where there is none."""
        ...

    async def count_keys(self, mark: bytes) -> tuple[int, int]:
        """How many keys there are, and how many of them do not begin with a mark."""
        ...

    async def keys_not_under(self, mark: bytes, after: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """Keys that do not begin with a mark, each with whose it is, in the order of these, after a given one."""
        ...

    async def rewrap(self, subject: str, before: bytes, after: bytes) -> None:
        """Put another wrapping in the place of one, unless that was destroyed or replaced meanwhile."""
        ...

    async def find_sealed(self, digests: Sequence[str]) -> Sequence[tuple[Disclosure, bytes]]:
        """The disclosures with these digests that still have a key, each with its wrapped key."""
        ...

    async def keep_marks(self, subject: str, marks: Sequence[str]) -> None:
        """Keep marks of a person, each once; nothing is kept of who was erased."""
        ...

    async def find_marked(self, marks: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Mark and person, for each person with one of the marks."""
        ...

    async def destroy(self, subject: str) -> None:
        """Destroy a key and all that lies under it, and remember that it is never to be made again."""
        ...


class SealingVault:
    """Implements the port `Vault` under one master key."""

    def __init__(
        self, master: bytes | KeyRing, keys: KeyStore, chance: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """`chance`: draws so many bytes that nobody can guess, but in a story that is the same each time it is told."""
        self._ring = ring_of(master)
        self._fingerprinting = self._ring.secret(_FINGERPRINT)
        self._marking = self._ring.secret(_MARKING)
        self._keys = keys
        self._chance = chance
        self._known: dict[str, tuple[bytes, float]] = {}

    async def prove(self) -> None:
        """See that the master key is the organisation's, by a key that it wrapped first; raises `WrongMasterKey`."""
        await self._key_of(_ORGANISATION)
        self._fingerprinting = await self.secret(_FINGERPRINT)
        self._marking = await self.secret(_MARKING)

    async def secret(self, purpose: bytes) -> bytes:
        """A key of the organisation for one purpose: it stays the same when the master key is another."""
        return await self._key_of(f"{_ORGANISATION}:{purpose.decode()}", self._ring.secret(purpose))

    async def seal(self, subject: str, name: str, value: str) -> tuple[Sealed, Disclosure]:
        """Turn a value into its place in the record and the disclosure to be appended; refused: TEXT_INVALID."""
        plain = _plain(name, value)
        key = await self._key_of(subject)
        told = _base64(dumps([_base64(self._chance(_SALT_BYTES)), name, value], ensure_ascii=False).encode())
        digest = _base64(sha256(told.encode()).digest())
        mac = _base64(hmac_digest(derived(key, b"mac"), plain, "sha256"))
        return Sealed(digest, mac), Disclosure(digest, subject, _encrypt(AESGCM(derived(key, b"value")), told, digest))

    async def open(self, sealed: Sequence[Sealed]) -> Mapping[str, str]:
        """The values by digest; those that were erased are missing."""
        told = await self.disclose([one.digest for one in sealed])
        return {digest: loads(_from_base64(one.encode()))[2] for digest, one in told.items()}

    async def disclose(self, digests: Sequence[str]) -> Mapping[str, str]:
        """The disclosures themselves by digest; those that were erased are missing."""
        opened: dict[str, str] = {}
        for disclosure, wrapped in await self._keys.find_sealed(digests):
            key = await self._opened(wrapped, disclosure.subject)
            told = _decrypt(AESGCM(derived(key, b"value")), disclosure.ciphertext, disclosure.digest)
            if _base64(sha256(told).digest()) != disclosure.digest:
                msg = f"the disclosure of {disclosure.digest} is not the one that was recorded"
                raise ValueError(msg)
            opened[disclosure.digest] = told.decode()
        return opened

    async def whose(self, digests: Sequence[str]) -> Mapping[str, str]:
        """By digest, the data subject under whose key the value lies; those that were erased are missing."""
        return {one.digest: one.subject for one, _ in await self._keys.find_sealed(digests)}

    def mark(self, kind: str, value: str) -> str:
        """What stands for a personal value wherever it is met; without the organisation's key nobody can try any."""
        return hmac_digest(self._marking, f"{kind}:{value}".encode(), "sha256").hex()

    async def keep_marks(self, subject: str, marks: Sequence[str]) -> None:
        """Let a data subject be found by these marks, until it is erased."""
        await self._keys.keep_marks(subject, marks)

    async def marked(self, marks: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Every data subject with one of the marks: mark and subject."""
        return await self._keys.find_marked(marks) if marks else []

    async def destroy(self, subject: str) -> None:
        """Destroy the key of a data subject and everything under it, where it is kept and in memory."""
        await self._keys.destroy(subject)
        self.forget(subject)

    async def sealing_bytes(self, subject: str) -> Callable[[bytes], bytes]:
        """What turns bytes into their ciphertext under the key of a data subject."""
        cipher = AESGCM(derived(await self._key_of(subject), b"bytes"))
        return lambda content: _encrypt_bytes(cipher, content, subject)

    async def opening_bytes(self, subject: str, wrapped: bytes) -> Callable[[bytes], bytes]:
        """What turns ciphertexts of a data subject into bytes, by its wrapped key."""
        cipher = AESGCM(derived(await self._opened(wrapped, subject), b"bytes"))
        return lambda ciphertext: _decrypt(cipher, ciphertext, subject)

    def fingerprint(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of a request's content under the organisation's key."""
        return hmac_digest(self._fingerprinting, content, "sha256")

    async def standing(self) -> KeyStanding:
        """How many keys there are, and how many the current master key has not wrapped yet."""
        self._ring.look_again()
        keys, waiting = await self._keys.count_keys(self._ring.mark)
        return KeyStanding(
            current=self._ring.current.name.hex(),
            older=tuple(one.name.hex() for one in self._ring.older),
            keys=keys,
            waiting=waiting,
        )

    async def rewrap(self, after: str, limit: int) -> str | None:
        """Wrap the next keys anew, by the current master key; after which one to go on, None at the end.

        Whoever is stopped begins anew: what is wrapped by the current key already is left alone.
        """
        self._ring.look_again()
        found = await self._keys.keys_not_under(self._ring.mark, after, limit)
        for subject, wrapped in found:
            fresh = await self._ring.wrap(await self._ring.unwrap(wrapped, subject), subject)
            await self._keys.rewrap(subject, wrapped, fresh)
        return found[-1][0] if found else None

    async def _key_of(self, subject: str, fresh: bytes | None = None) -> bytes:
        now = asyncio.get_running_loop().time()
        key, until = self._known.get(subject, (b"", now))
        if until <= now:
            self._known = {one: known for one, known in self._known.items() if known[1] > now}
            offered = await self._keys.find_key(subject)
            if offered is None:
                drawn = await self._ring.wrap(fresh or self._chance(KEY_BYTES), subject)
                offered = await self._keys.key_of(subject, drawn)
            if offered is None:
                raise PersonErased(subject)
            key = await self._ring.unwrap(offered, subject)
            self._known[subject] = key, now + _REMEMBERED
        return key

    async def _opened(self, wrapped: bytes, subject: str) -> bytes:
        """A key that was found wrapped; remembered as shortly as any other, and asked for where it is kept anew."""
        now = asyncio.get_running_loop().time()
        key, until = self._known.get(subject, (b"", now))
        if until <= now:
            key = await self._ring.unwrap(wrapped, subject)
            self._known[subject] = key, now + _REMEMBERED
        return key

    def forget(self, subject: str) -> None:
        """Drop a key from memory, after it was destroyed where it is kept."""
        self._known.pop(subject, None)


class MemoryKeyStore:
    """Keys in a dictionary, for what is thrown away afterwards."""

    def __init__(self, sealed: MutableMapping[str, Disclosure]) -> None:
        self._sealed = sealed
        self.keys: dict[str, bytes] = {}
        self.erased: set[str] = set()
        self.marks: set[tuple[str, str]] = set()

    async def key_of(self, subject: str, wrapped: bytes) -> bytes | None:
        """See `KeyStore`."""
        return None if subject in self.erased else self.keys.setdefault(subject, wrapped)

    async def find_key(self, subject: str) -> bytes | None:
        """See `KeyStore`."""
        return self.keys.get(subject)

    async def count_keys(self, mark: bytes) -> tuple[int, int]:
        """See `KeyStore`."""
        return len(self.keys), sum(not wrapped.startswith(mark) for wrapped in self.keys.values())

    async def keys_not_under(self, mark: bytes, after: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """See `KeyStore`."""
        waiting = [(one, kept) for one, kept in sorted(self.keys.items()) if one > after and not kept.startswith(mark)]
        return waiting[:limit]

    async def rewrap(self, subject: str, before: bytes, after: bytes) -> None:
        """See `KeyStore`."""
        if self.keys.get(subject) == before:
            self.keys[subject] = after

    async def destroy(self, subject: str) -> None:
        """See `KeyStore`."""
        self.erased.add(subject)
        self.keys.pop(subject, None)
        self.marks = {(mark, one) for mark, one in self.marks if one != subject}
        for digest in [digest for digest, one in self._sealed.items() if one.subject == subject]:
            del self._sealed[digest]

    async def keep_marks(self, subject: str, marks: Sequence[str]) -> None:
        """See `KeyStore`."""
        if subject not in self.erased:
            self.marks |= {(mark, subject) for mark in marks}

    async def find_marked(self, marks: Sequence[str]) -> Sequence[tuple[str, str]]:
        """See `KeyStore`."""
        return sorted(one for one in self.marks if one[0] in {*marks})

    async def find_sealed(self, digests: Sequence[str]) -> Sequence[tuple[Disclosure, bytes]]:
        """See `KeyStore`."""
        found = [self._sealed[one] for one in digests if one in self._sealed]
        return [(one, self.keys[one.subject]) for one in found if one.subject in self.keys]


def _plain(name: str, value: str) -> bytes:
    """A value as bytes, which half a character has none of."""
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        fault = f"The text holds half a character (a lone surrogate) at {error.start}."
        raise TextInvalid((FieldFault(f"/{name}", fault),)) from error


def _encrypt(cipher: AESGCM, text: str, about: str) -> bytes:
    return _encrypt_bytes(cipher, text.encode(), about)


def _encrypt_bytes(cipher: AESGCM, plain: bytes, about: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, about.encode())


def _decrypt(cipher: AESGCM, ciphertext: bytes, about: str) -> bytes:
    return cipher.decrypt(ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:], about.encode())


def _base64(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def _from_base64(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
