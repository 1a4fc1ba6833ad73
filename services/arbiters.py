"""Who may rule on a quarrel: looked up in the lines of the parties as they stand at an hour (A30)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.rights import Role


class Lines(Protocol):
    """Who stands above whom, and in which roles."""

    async def line(self, rep_id: str, at: datetime) -> tuple[str, ...]:
        """The managers above a rep at an instant, nearest first."""
        ...

    async def roles(self, actor_id: str, at: datetime | None = None) -> frozenset[str]:
        """The roles of somebody at an instant."""
        ...


class Arbiters:
    """Finds the lowest common manager who holds the role and is no party; else the next one up."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    async def for_parties(self, parties: Sequence[str], at: datetime, *, above: str | None = None) -> str | None:
        """Who should rule; with `above`, the next level over somebody. None where nobody in the lines may."""
        lines = [await self._lines.line(rep_id, at) for rep_id in parties]
        common = [one for one in lines[0] if all(one in line for line in lines[1:]) and one not in parties]
        if above in common:
            common = common[common.index(above) + 1 :]
        for one in common:
            if one != above and Role.ARBITER in await self._lines.roles(one, at):
                return one
        return None

    async def fits(self, asker: str, parties: Sequence[str], at: datetime) -> bool:
        """Whether somebody could rule: no party, and above all parties or above none of them."""
        if asker in parties:
            return False
        above = [asker in await self._lines.line(rep_id, at) for rep_id in parties]
        return all(above) or not any(above)
