"""The same small cast everywhere: Anna and Bruno sell in Shanghai, Acme is a customer, Monday is Monday."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.days import Calendar
from domain.facts import RepFacts

SHANGHAI = "Asia/Shanghai"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo(SHANGHAI))
"""Monday 2 March 2026, nine o'clock in Shanghai."""
ANNA = RepFacts("anna", True, "east", SHANGHAI, SHANGHAI, "mei")
BRUNO = RepFacts("bruno", True, "east", SHANGHAI, SHANGHAI, "mei")
ACME = UUID("01950000-0000-7000-8000-00000000ac3e")
GLOBEX = UUID("01950000-0000-7000-8000-00000000610b")
LINE = "default"
CALENDAR = Calendar("default")


def at(text: str) -> datetime:
    """An hour of 2026 in Shanghai, as `03-17 09:00`."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(SHANGHAI))


def days(n: int) -> timedelta:
    """So many times 24 hours."""
    return timedelta(days=n)


def hours(n: int) -> timedelta:
    """So many hours."""
    return timedelta(hours=n)


def an_id(n: int) -> UUID:
    """The n-th id."""
    return UUID(int=(0x01950000_0000_7000_8000 << 48) + n)
