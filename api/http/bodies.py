"""Bodies of requests: read no further than their limit, and told to the schema."""

from fastapi import Request

from services.refusals import PayloadTooLarge

LIMIT = 1024 * 1024
"""Bytes of one body."""


async def body_of(request: Request, limit: int = LIMIT) -> bytes:
    """The body, if it is not longer than that; what is longer is not read to its end."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise PayloadTooLarge(limit)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise PayloadTooLarge(limit)
        parts.append(part)
    return b"".join(parts)
