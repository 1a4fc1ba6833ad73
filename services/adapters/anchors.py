"""Where checkpoints are taken to: witnesses that answer over HTTP, and a folder with copies."""

import asyncio
import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from services.adapters.ed25519 import write_lastingly
from services.anchoring import AnchorAhead, AnchorAway, AnchorRefuses, Grown
from services.checkpoints import Checkpoint, Checks, PublicKey, is_signed
from services.signing import Signed
from services.witness import asking

_SECONDS = 10


class HttpWitness:
    """A witness (C2SP tlog-witness) behind an address."""

    def __init__(self, name: str, key: PublicKey, url: str, checks: Checks) -> None:
        self.name = name
        self._key = key
        self._url = urlsplit(url)
        self._checks = checks
        self._seen = 0

    async def keep(self, signed: Signed, grown: Grown) -> str | None:
        """See `Anchor`."""
        status, kind, answer = await self._asked(signed, grown)
        if status == 409 and kind == "text/x.tlog.size" and answer.strip().isdecimal() and int(answer) != self._seen:
            self._seen = int(answer)
            status, kind, answer = await self._asked(signed, grown)
        if status == 200:
            self._seen = signed.size
            return self._line(answer, signed)
        if status in (409, 422):
            msg = f"it has seen another log than the one of {signed.size} events"
            raise AnchorRefuses(msg)
        if status in (403, 404):
            msg = f"it does not know this log or its key ({status})"
            raise AnchorRefuses(msg)
        raise AnchorAway(status)

    async def _asked(self, signed: Signed, grown: Grown) -> tuple[int, str, str]:
        """How it answers, by what it is known to have seen."""
        if self._seen > signed.size:
            raise AnchorAhead(self._seen)
        return await asyncio.to_thread(self._ask, asking(self._seen, await grown(self._seen), signed.note))

    def _line(self, answer: str, signed: Signed) -> str:
        for line in answer.splitlines(keepends=True):
            if is_signed(f"{signed.note}{line}", self._key, self._checks):
                return line
        msg = "it signs with another key than the one that the policy names"
        raise AnchorRefuses(msg)

    def _ask(self, asked: str) -> tuple[int, str, str]:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=_SECONDS)
        try:
            connection.request("POST", f"{self._url.path.rstrip('/')}/add-checkpoint", asked.encode())
            response = connection.getresponse()
            return response.status, response.headers.get_content_type(), response.read(65_536).decode()
        except (OSError, HTTPException, ValueError) as error:
            raise AnchorAway(str(error)) from error
        finally:
            connection.close()


class FolderCopies:
    """A folder, or whatever is mounted there: each checkpoint a file, `<log>/<size>.txt`, never written twice."""

    def __init__(self, folder: Path) -> None:
        self.name = f"folder:{folder}"
        self._folder = folder

    async def keep(self, signed: Signed, grown: Grown) -> str | None:
        """See `Anchor`. A copy of this size that says otherwise, or one of a longer log, refuses."""
        del grown
        try:
            await asyncio.to_thread(self._keep, signed)
        except OSError as error:
            raise AnchorAway(str(error)) from error
        return None

    def _keep(self, signed: Signed) -> None:
        checkpoint = Checkpoint.read(signed.note)
        folder = self._folder / re.sub(r"[^A-Za-z0-9._-]", "_", checkpoint.origin)
        file = folder / f"{signed.size:012}.txt"
        last = max((int(one.stem) for one in folder.glob("[0-9]*.txt")), default=0)
        if last > signed.size:
            raise AnchorAhead(last)
        if not file.exists():
            write_lastingly(file, signed.note)
        elif Checkpoint.read(file.read_text()) != checkpoint:
            msg = f"{file} says otherwise of the log of {signed.size} events"
            raise AnchorRefuses(msg)
