"""Where the master key lies: in a file, or with a key service that a command speaks to; one interface for both.

The key of a data subject is kept wrapped, under a mark that says by which master key: so several can be in use while
all keys pass from one to the next, and a process finds the right one without being told.
"""

import asyncio
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from services.ports import WrongMasterKey

KEY_BYTES = 32
NONCE_BYTES = 12
_MARK = b"FTK1"
_NAME_BYTES = 8
MARK_BYTES = len(_MARK) + _NAME_BYTES
_PATIENCE = 10.0
"""Seconds that a key service has for its answer."""


class MasterKey(Protocol):
    """One master key: it wraps the keys of data subjects, and nobody else unwraps them."""

    @property
    def name(self) -> bytes:
        """Eight bytes that tell it from others and say nothing about it."""
        ...

    async def wrap(self, key: bytes, about: str) -> bytes:
        """A key that only this master key gives back, and only for the same `about`."""
        ...

    async def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """The key behind what was wrapped. Raises `WrongMasterKey`."""
        ...


class LocalKey:
    """A master key that is at hand: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(derived(key, b"wrap"))
        self.key = key
        self.name = sha256(derived(key, b"name")).digest()[:_NAME_BYTES]

    async def wrap(self, key: bytes, about: str) -> bytes:
        """See `MasterKey`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, about.encode())

    async def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """See `MasterKey`."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], about.encode())
        except InvalidTag as error:
            raise _another() from error


class CommandKey:
    """A master key that never leaves its key service: a command wraps and unwraps.

    It is called with `wrap` or `unwrap` and what the key is about as its last two arguments, gets the bytes in base64
    on its standard input, and answers in base64; any other end than 0 is a no.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self.name = sha256("\0".join(self._command).encode()).digest()[:_NAME_BYTES]

    async def wrap(self, key: bytes, about: str) -> bytes:
        """See `MasterKey`."""
        return await self._asked("wrap", key, about)

    async def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """See `MasterKey`."""
        return await self._asked("unwrap", wrapped, about)

    async def _asked(self, what: str, content: bytes, about: str) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, what, about, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        except OSError as error:
            msg = f"the command of the key service cannot be started: {error}"
            raise WrongMasterKey(msg) from error
        try:
            async with asyncio.timeout(_PATIENCE):
                told, _ = await process.communicate(b64encode(content) + b"\n")
        except TimeoutError as error:
            process.kill()
            await process.wait()
            msg = f"the key service did not answer within {_PATIENCE:g} s"
            raise WrongMasterKey(msg) from error
        try:
            answer = b64decode(told.strip(), validate=True)
        except ValueError:
            answer = b""
        if process.returncode != 0 or not answer:
            msg = f"the key service did not {what}: its command ended with {process.returncode}"
            raise WrongMasterKey(msg)
        return answer


class KeyRing:
    """The master key in use, and those from before that may still be needed."""

    def __init__(self, current: MasterKey, older: Sequence[MasterKey] = ()) -> None:
        self._current = current
        self._older = tuple(older)

    @property
    def current(self) -> MasterKey:
        """The one that wraps."""
        return self._current

    @property
    def older(self) -> Sequence[MasterKey]:
        """Those that only unwrap."""
        return self._older

    @property
    def mark(self) -> bytes:
        """How everything begins that the current one wrapped."""
        return _MARK + self.current.name

    def look_again(self) -> None:
        """See whether another process has put other keys on the ring."""

    async def wrap(self, key: bytes, about: str) -> bytes:
        """A key under the current master key, with its mark."""
        self.look_again()
        current = self.current
        return _MARK + current.name + await current.wrap(key, about)

    async def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """A key, whichever master key of this ring wrapped it. Raises `WrongMasterKey`."""
        if not wrapped.startswith(_MARK):  # from before there were marks: by the first key that there was
            return await (self.older[-1] if self.older else self.current).unwrap(wrapped, about)
        name = wrapped[len(_MARK) : MARK_BYTES]
        for _ in range(2):
            for one in (self.current, *self.older):
                if one.name == name:
                    return await one.unwrap(wrapped[MARK_BYTES:], about)
            self.look_again()
        raise _another()

    def secret(self, purpose: bytes) -> bytes:
        """What a key of the organisation begins as: made from the master key where it is at hand, else drawn."""
        current = self.current
        return derived(current.key, purpose) if isinstance(current, LocalKey) else secrets.token_bytes(KEY_BYTES)


class FileRing(KeyRing):
    """A ring in a file: a key a line in hexadecimal, the current one first; readable by its owner only.

    With a command, the key service has the current key, and those of the file only unwrap what they wrapped before.
    """

    def __init__(self, file: Path, command: Sequence[str] = ()) -> None:
        self._file = file
        self._command = CommandKey(command) if command else None
        self._read_at = -1
        if self._command is None:
            master_key(file)
        super().__init__(*self._read())

    def look_again(self) -> None:
        """See `KeyRing`; a file that has not changed is not read."""
        if self._changed_at() != self._read_at:
            self._current, self._older = self._read()

    def renew(self) -> None:
        """Put a new key in front; with a key service that is its own business, and nothing changes here."""
        if self._command is None:
            self._write([secrets.token_bytes(KEY_BYTES), *self._keys()])

    def retire(self) -> None:
        """Leave the current key only. What the others wrapped is lost: re-wrap it before."""
        self._write([] if self._command else self._keys()[:1])

    def _read(self) -> tuple[MasterKey, tuple[MasterKey, ...]]:
        self._read_at = self._changed_at()
        local = [LocalKey(key) for key in self._keys()]
        if self._command is not None:
            return self._command, tuple(local)
        return local[0], tuple(local[1:])

    def _changed_at(self) -> int:
        return self._file.stat().st_mtime_ns if self._file.exists() else 0

    def _keys(self) -> list[bytes]:
        lines = self._file.read_text().split() if self._file.exists() else []
        keys = [bytes.fromhex(line) for line in lines]
        if any(len(key) != KEY_BYTES for key in keys):
            msg = f"{self._file} does not hold keys of {KEY_BYTES} bytes in hexadecimal"
            raise ValueError(msg)
        return keys

    def _write(self, keys: Sequence[bytes]) -> None:
        """All of them or none: the file is put in the place of the old one whole, also when the power fails."""
        if keys:
            os.replace(_written(self._file, keys), self._file)
        else:
            self._file.unlink(missing_ok=True)
        self.look_again()


def master_key(file: Path) -> bytes:
    """The master key in use, from its file; drawn when missing, readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mine = _written(file, [secrets.token_bytes(KEY_BYTES)])
        try:
            os.link(mine, file)  # whoever comes first; a second process reads what the first one wrote
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    key = bytes.fromhex((file.read_text().split() or [""])[0])
    if len(key) != KEY_BYTES:
        msg = f"{file} does not hold a key of {KEY_BYTES} bytes in hexadecimal"
        raise ValueError(msg)
    return key


def ring_of(master: "bytes | KeyRing") -> KeyRing:
    """A ring, also of a key at hand."""
    return master if isinstance(master, KeyRing) else KeyRing(LocalKey(master))


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose, from which the first cannot be told."""
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=b"fieldtrace/" + purpose).derive(key)


def _written(file: Path, keys: Sequence[bytes]) -> Path:
    mine = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(b"".join(key.hex().encode() + b"\n" for key in keys))
        out.flush()
        os.fsync(out.fileno())
    return mine


def _another() -> WrongMasterKey:
    return WrongMasterKey("the master key is not the one under which this organisation's values were sealed")
