"""What can be asked about devices, as of any position."""

from collections.abc import Sequence

from projections.devices import DeviceRow as DeviceRow
from projections.devices import devices
from projections.projection import Known
from services.ports import ReadStore


class DeviceQuestions:
    """Answers from the table of devices."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def of_rep(self, rep_id: str, at: int | None = None) -> Sequence[DeviceRow]:
        """The devices of a rep, each with its last sync."""
        rows: Sequence[Known[DeviceRow]] = await self._store.select(
            devices, {"rep_id": rep_id}, at=at, order=("device_id",)
        )
        return [known.row for known in rows]
