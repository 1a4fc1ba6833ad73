"""A server that is asked through its door, for commands that are told a `--url`."""

import http.client
import json
import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from api.cli.talk import LANGUAGE, Exit, Trouble

PATIENCE = 120.0
"""Seconds that an answer may take to begin."""
BLOCK = 65_536


class Remote:
    """Asks one server as whom a token names; what it does not answer is told as trouble."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._at = urlsplit(url)
        if self._at.scheme not in ("http", "https") or not self._at.netloc:
            raise Trouble("url", Exit.USAGE, url=url)
        self._headers = {"Accept-Language": LANGUAGE.get()}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **asked: object) -> Mapping[str, Any]:
        """What the server answers; parameters that are None are left out."""
        return self._json("GET", path, asked)

    def post(self, path: str, **asked: object) -> Mapping[str, Any]:
        """The same for what is to be done."""
        return self._json("POST", path, asked)

    def pieces(self, path: str, **asked: object) -> Iterator[bytes]:
        """A long answer as it comes; the first item is its `Log-Position`."""
        with self._asked("GET", path, asked) as response:
            yield (response.headers["Log-Position"] or "0").encode()
            while block := response.read(BLOCK):
                yield block

    def bytes_of(self, path: str, said: Mapping[str, object]) -> tuple[int, bytes]:
        """What the server makes of what is said: its `Log-Position`, and the bytes."""
        with self._asked("POST", path, {}, json.dumps(said).encode()) as response:
            return int(response.headers["Log-Position"] or 0), response.read()

    def _json(self, method: str, path: str, asked: Mapping[str, object]) -> Mapping[str, Any]:
        with self._asked(method, path, asked) as response:
            return json.loads(response.read())

    @contextmanager
    def _asked(
        self, method: str, path: str, asked: Mapping[str, object], body: bytes | None = None
    ) -> Generator[http.client.HTTPResponse]:
        said = urlencode({name: value for name, value in asked.items() if value is not None})
        target = f"{self._at.path.rstrip('/')}{path}{'?' if said else ''}{said}"
        connection = (
            http.client.HTTPSConnection(self._at.netloc, timeout=PATIENCE, context=ssl.create_default_context())
            if self._at.scheme == "https"
            else http.client.HTTPConnection(self._at.netloc, timeout=PATIENCE)
        )
        try:
            said_as = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, target, body, self._headers | said_as)
            response = connection.getresponse()
            if response.status >= 300:
                self._refused(response)
            yield response
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, BrokenPipeError):
                raise
            raise Trouble("no_server", Exit.NOT_READY, url=self._url, why=error) from error
        finally:
            connection.close()

    def _refused(self, response: http.client.HTTPResponse) -> NoReturn:
        raw = response.read()
        try:
            problem: Mapping[str, Any] = json.loads(raw)
        except ValueError:
            problem = {"detail": raw[:200].decode("utf-8", "replace")}
        match response.status:
            case 401 | 403:
                exits = Exit.NOT_ALLOWED
            case 429 | 500 | 502 | 503 | 504:
                exits = Exit.NOT_READY
            case 422:
                exits = Exit.USAGE
            case _:
                exits = Exit.CHECK_FAILED
        code = problem.get("code", response.status)
        raise Trouble("refused", exits, code=code, why=problem.get("detail", ""))


def in_path(text: str) -> str:
    """A name as a part of an address."""
    return quote(text, safe="")
