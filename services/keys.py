"""The master key is put in the place of another while everything is at work (rotation)."""

from collections.abc import AsyncIterator

from services.ports import KeyCare, KeyStanding, MasterKeys

BATCH = 500


class KeysWait(Exception):
    """Some keys are still under a master key from before; without it they were lost."""

    def __init__(self, standing: KeyStanding) -> None:
        super().__init__(f"{standing.waiting} of {standing.keys} keys wait")
        self.standing = standing


class KeyDesk:
    """Changes the master key: a new one, all keys of people under it, the old one away."""

    def __init__(self, care: KeyCare, masters: MasterKeys) -> None:
        self._care = care
        self._masters = masters

    async def standing(self) -> KeyStanding:
        """How many keys there are and how many wait."""
        return await self._care.standing()

    async def rotate(self) -> AsyncIterator[KeyStanding]:
        """Put a new master key into use, and every key under it; how it stands after each batch.

        Where an earlier rotation was stopped, that one is finished and no further key drawn. Others go on reading and
        sealing meanwhile: each finds the key that it needs by its mark.
        """
        if (await self._care.standing()).waiting == 0:
            self._masters.renew()
        while (standing := await self._care.standing()).waiting:
            yield standing
            after: str | None = ""
            while after is not None:
                after = await self._care.rewrap(after, BATCH)
                yield await self._care.standing()
        yield standing

    async def retire(self) -> KeyStanding:
        """Do away with the master keys from before. Raises `KeysWait`."""
        standing = await self._care.standing()
        if standing.waiting:
            raise KeysWait(standing)
        self._masters.retire()
        return await self._care.standing()
