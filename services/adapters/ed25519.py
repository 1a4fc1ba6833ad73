"""Signatures by Ed25519, with the key in a file of its own, and what a signer or a witness remembers beside it."""

import json
import os
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.checkpoints import SIGNATURE, Checkpoint, PublicKey
from services.signing import Remembered
from services.witness import Seen

_PREFIX = "PRIVATE+KEY+"


class FileKey:
    """A signing key. Its file holds the signer key of signed-note in one line, readable by its owner only."""

    def __init__(self, name: str, seed: bytes, kind: int = SIGNATURE) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(name, kind, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """See `SigningKey`."""
        return self._key.sign(message)

    @classmethod
    def of(cls, file: Path, name: str, kind: int = SIGNATURE) -> "FileKey":
        """The key of a file; drawn when missing. A key of another name is refused with a `ValueError`."""
        if not file.exists():
            seed = secrets.token_bytes(32)
            made = cls(name, seed, kind)
            text = f"{_PREFIX}{name}+{made.public.id.hex()}+{b64encode(bytes([kind]) + seed).decode()}\n"
            write_lastingly(file, text)
        parts = file.read_text().strip().removeprefix(_PREFIX).split("+", 2)
        raw = b64decode(parts[2])
        key = cls(parts[0], raw[1:], raw[0])
        if parts[0] != name or key.public.id.hex() != parts[1]:
            msg = f"{file} holds the key of {parts[0]}, not of {name}"
            raise ValueError(msg)
        return key


class KeyFolder:
    """A signer's folder while one key takes the place of another; killed at any step, it can be done again."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.following = FileKey.of(folder / "signer.key.next", name)

    def change(self, note: str, old: PublicKey) -> Path:
        """Keep the note that hands over, put the old key aside, and the following one in its place."""
        kept = self._folder / f"handover-{self.following.public.id.hex()}.txt"
        write_lastingly(kept, note)
        aside = self._folder / f"signer.key.{old.id.hex()}"
        write_lastingly(aside, (self._folder / "signer.key").read_text())
        (self._folder / "signer.key.next").replace(self._folder / "signer.key")
        return kept


def checks(key: bytes, signature: bytes, message: bytes) -> bool:
    """See `Checks`."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class MemoryFile:
    """Implements the signer's `Memory`: a file that is replaced as a whole."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> Remembered | None:
        """See `Memory`."""
        if not self._file.exists():
            return None
        told = json.loads(self._file.read_text())
        return Remembered(int(told["size"]), tuple(bytes.fromhex(one) for one in told["frontier"]))

    def write(self, remembered: Remembered) -> None:
        """See `Memory`."""
        told = {"size": remembered.size, "frontier": [one.hex() for one in remembered.frontier]}
        write_lastingly(self._file, json.dumps(told) + "\n")


class WitnessFolder:
    """Implements `WitnessMemory`: a file a log, replaced as a whole, and what was refused beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, origin: str) -> Seen | None:
        """See `WitnessMemory`."""
        file = self._file(origin)
        if not file.exists():
            return None
        note = file.read_text()
        checkpoint = Checkpoint.read(note)
        return Seen(checkpoint.size, checkpoint.root, note)

    def write(self, origin: str, seen: Seen) -> None:
        """See `WitnessMemory`."""
        write_lastingly(self._file(origin), seen.note)

    def keep_refused(self, origin: str, asked: str) -> None:
        """See `WitnessMemory`."""
        write_lastingly(
            self._folder / "refused" / f"{_named(origin)}-{sha256(asked.encode()).hexdigest()[:16]}.txt", asked
        )

    def _file(self, origin: str) -> Path:
        return self._folder / f"{_named(origin)}.checkpoint"


def _named(origin: str) -> str:
    return urlsafe_b64encode(origin.encode()).decode().rstrip("=")


def write_lastingly(file: Path, text: str) -> None:
    """Put a file in the place of the earlier one, lastingly; nobody else may read it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    mine.replace(file)
