"""What a visitor reads on a page."""

import re
from html import unescape

import httpx

from tests.api.office import Office


async def look(office: Office, who: str, path: str, *, status: int = 200, language: str = "en") -> str:
    """A page as it comes."""
    answer = await office.get(who, path, Accept="text/html", Accept_Language=language)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def read(office: Office, who: str, path: str, *, status: int = 200, language: str = "en") -> str:
    """The words of a page in their order, one blank between them."""
    return words_of(await look(office, who, path, status=status, language=language))


def words_of(html: str) -> str:
    """The words of a page without its head."""
    body = re.sub(r"<head>.*?</head>|<script.*?</script>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def rows_of(answer: httpx.Response) -> list[str]:
    """The lines of a list that was asked for as CSV."""
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return answer.content[3:].decode().splitlines()
