"""What is signed of the log: its name, its size and its root, in the open forms of C2SP (tlog-checkpoint, signed-note).

A checkpoint is text. Whoever has one, and the public key of the signer, can tell whether a log that is shown to them
later is the same log grown, or another one.
"""

from base64 import b64decode, b64encode
from binascii import Error as Undecodable
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

SIGNATURE = 0x01
"""The kind of a log's own signature: Ed25519 over the text (signed-note)."""
COSIGNATURE = 0x04
"""The kind of a witness's: Ed25519 over an hour and the text (tlog-cosignature)."""
_DASH = "\N{EM DASH} "


class NoCheckpoint(ValueError):
    """What was given is no checkpoint, or not one of the keys that were expected."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signatures are believed: a name, a kind and 32 bytes; its text is the verifier key of signed-note."""

    name: str
    kind: int
    key: bytes

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature says whose it is."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    @property
    def text(self) -> str:
        """`name+id+key`, as it is handed to those who check."""
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.key).decode()}"

    @classmethod
    def read(cls, text: str) -> "PublicKey":
        """The key of such a text. Raises `NoCheckpoint`."""
        try:
            name, id, key = text.strip().split("+", 2)
            raw = b64decode(key, validate=True)
            found = cls(name, raw[0], raw[1:])
        except (ValueError, IndexError) as error:
            msg = "a public key is `name+id+key`"
            raise NoCheckpoint(msg) from error
        if len(found.key) != 32 or found.id.hex() != id:
            msg = "the id of this public key is not that of its bytes"
            raise NoCheckpoint(msg)
        return found


class SigningKey(Protocol):
    """Signs; how, and where the secret lies, is the adapter's."""

    @property
    def public(self) -> PublicKey:
        """What others check with."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over a message."""
        ...


class Checks(Protocol):
    """Tells whether a signature is that of a key over a message."""

    def __call__(self, key: bytes, signature: bytes, message: bytes) -> bool:
        """`key`: the 32 bytes of an Ed25519 public key."""
        ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How a log stood: its origin (a name without a scheme), how many events it held, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed(self, key: SigningKey) -> str:
        """The checkpoint with the signature of a log: a signed note."""
        return f"{self.text}\n{signature_line(key.public, key.sign(self.text.encode()))}"

    def cosignature(self, key: SigningKey, at: datetime) -> str:
        """The line with which a witness says that it saw this checkpoint, and that the log only grew."""
        seconds = int(at.timestamp())
        return signature_line(key.public, seconds.to_bytes(8, "big") + key.sign(_cosigned(self.text, seconds)))

    @classmethod
    def read(cls, note: str) -> "Checkpoint":
        """The checkpoint of a signed note, unchecked. Raises `NoCheckpoint`."""
        lines = note.partition("\n\n")[0].split("\n")
        try:
            origin, size, root = lines[0], lines[1], b64decode(lines[2], validate=True)
            if str(int(size)) != size or len(root) != 32 or not origin:
                raise ValueError(note)
        except (IndexError, ValueError, Undecodable) as error:
            msg = "a checkpoint begins with an origin, a size and a root, a line each"
            raise NoCheckpoint(msg) from error
        return cls(origin, int(size), root)


def signature_line(key: PublicKey, signature: bytes) -> str:
    """A signature as a line of a note."""
    return f"{_DASH}{key.name} {b64encode(key.id + signature).decode()}\n"


def is_signed(note: str, key: PublicKey, checks: Checks) -> bool:
    """Whether a note carries a signature, or a witness's, of this key over its text."""
    return any(_holds(key, signature, note, checks) for signature in _signatures(note, key))


def cosigned_at(note: str, key: PublicKey, checks: Checks) -> int | None:
    """The second at which a witness says that it saw this checkpoint; None where it does not say so."""
    for signature in _signatures(note, key):
        if key.kind == COSIGNATURE and _holds(key, signature, note, checks):
            return int.from_bytes(signature[:8], "big")
    return None


def carries(line: str, key: PublicKey) -> bool:
    """Whether a line of a note says that it is a signature of this key; whether it is one is not looked at."""
    return bool(_signatures(f"\n\n{line}", key))


def _holds(key: PublicKey, signature: bytes, note: str, checks: Checks) -> bool:
    text = note.partition("\n\n")[0] + "\n"
    if key.kind == COSIGNATURE:
        return checks(key.key, signature[8:], _cosigned(text, int.from_bytes(signature[:8], "big")))
    return checks(key.key, signature, text.encode())


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _signatures(note: str, key: PublicKey) -> Sequence[bytes]:
    found: list[bytes] = []
    for line in note.partition("\n\n")[2].splitlines():
        name, _, encoded = line.removeprefix(_DASH).rpartition(" ")
        try:
            raw = b64decode(encoded, validate=True)
        except Undecodable:
            continue
        if line.startswith(_DASH) and name == key.name and raw[:4] == key.id:
            found.append(raw[4:])
    return found


def proof_text(index: int, proof: Sequence[bytes], note: str) -> str:
    """A proof that stands alone (C2SP tlog-proof): where the event is, the hashes to the root, the checkpoint."""
    hashes = "".join(f"{b64encode(one).decode()}\n" for one in proof)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}"
