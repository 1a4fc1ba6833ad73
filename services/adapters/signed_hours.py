"""Our hour, signed for one device: text that anybody may carry and nobody but us can make."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from domain.device.attestation import SignedHour

_KEY_BYTES = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class HmacSignedHours:
    """Implements the port `SignedHours` by HMAC-SHA-256 under a key of its own, derived from the master key.

    `v1.<what is said>.<signature>`, both parts in base64url; what is said is open to read, for it is no secret.
    """

    def __init__(self, master: bytes, organisation: str) -> None:
        info = f"fieldtrace/sync/{organisation}".encode()
        self._key = HKDFExpand(algorithm=SHA256(), length=_KEY_BYTES, info=info).derive(master)

    def sign(self, hour: SignedHour) -> str:
        """See `SignedHours`."""
        at = (hour.at - _EPOCH) // _MICROSECOND
        said = json.dumps([hour.device_id, hour.rep_id, hour.boot_id, at], separators=(",", ":")).encode()
        return f"v1.{_text(said)}.{_text(self._signature(said))}"

    def read(self, text: str) -> SignedHour | None:
        """See `SignedHours`."""
        version, _, rest = text.partition(".")
        said_text, _, signature_text = rest.partition(".")
        try:
            said, signature = _bytes(said_text), _bytes(signature_text)
        except (Error, ValueError):
            return None
        if version != "v1" or not hmac.compare_digest(signature, self._signature(said)):
            return None
        device_id, rep_id, boot_id, at = json.loads(said)
        return SignedHour(device_id, rep_id, boot_id, _EPOCH + at * _MICROSECOND)

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, b"v1." + said, sha256)


def _text(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
