"""The machine's own clock and its source of new ids; the only place that asks either."""

import time
from datetime import UTC, datetime
from secrets import choice, token_urlsafe
from uuid import UUID

from uuid_utils.compat import uuid7


def now() -> datetime:
    """The hour, aware, in UTC."""
    return datetime.now(UTC)


def now_in_nanoseconds() -> int:
    """The present instant as traces count it: nanoseconds since 1970."""
    return time.time_ns()


def new_id() -> UUID:
    """A new id, version 7: ids made later sort later."""
    return uuid7()


def new_secret() -> str:
    """256 random bits in URL-safe characters, with a mark by which a scanner of leaks knows what it found."""
    return f"ft_{token_urlsafe(32)}"


def new_password() -> str:
    """A password of 125 bits, in characters that are not taken for each other."""
    drawn = [choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(25)]
    return "-".join("".join(drawn[n : n + 5]) for n in range(0, 25, 5))


def new_session_secret() -> str:
    """The same for a session: it stands in a cookie, and opens nothing anywhere else."""
    return token_urlsafe(32)
