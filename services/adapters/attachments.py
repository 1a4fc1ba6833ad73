"""Photos and documents in a box that only their own keys open."""

import asyncio
from typing import Protocol

from services.adapters.vault import SealingVault


class SealedBytes(Protocol):
    """Keeps ciphertexts by name, each with the data subject under whose key it lies."""

    async def keep_bytes(self, name: str, subject: str, ciphertext: bytes) -> None:
        """Keep a ciphertext, in the place of an earlier one of that name."""
        ...

    async def find_bytes(self, name: str) -> tuple[bytes, bytes] | None:
        """The ciphertext of that name and the wrapped key of its subject; None where either is gone."""
        ...


class SealedAttachments:
    """Implements the port `AttachmentBox`. Each attachment has a key of its own, so that it can be erased alone."""

    def __init__(self, vault: SealingVault, kept: SealedBytes) -> None:
        self._vault = vault
        self._kept = kept

    async def keep(self, sha256: str, content: bytes) -> None:
        """See `AttachmentBox`."""
        subject = _subject(sha256)
        seal = await self._vault.sealing_bytes(subject)
        await self._kept.keep_bytes(sha256, subject, await asyncio.to_thread(seal, content))

    async def open(self, sha256: str) -> bytes | None:
        """See `AttachmentBox`."""
        found = await self._kept.find_bytes(sha256)
        if found is None:
            return None
        ciphertext, wrapped = found
        opens = await self._vault.opening_bytes(_subject(sha256), wrapped)
        return await asyncio.to_thread(opens, ciphertext)


class BytesInMemory:
    """Ciphertexts in a dictionary, for what is thrown away afterwards."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = keys
        self._kept: dict[str, tuple[str, bytes]] = {}

    async def keep_bytes(self, name: str, subject: str, ciphertext: bytes) -> None:
        """See `SealedBytes`."""
        self._kept[name] = subject, ciphertext

    async def find_bytes(self, name: str) -> tuple[bytes, bytes] | None:
        """See `SealedBytes`."""
        subject, ciphertext = self._kept.get(name, ("", b""))
        if subject not in self._keys:
            self._kept.pop(name, None)
            return None
        return ciphertext, self._keys[subject]


def _subject(sha256: str) -> str:
    return f"attachment:{sha256}"
