"""What could not be taken into a read model, tried again by whoever keeps the service running."""

from domain.audit.decisions import RetryParkedStream, retrying
from domain.reception import RefNotFound
from services.carry_out import CarryOut
from services.ports import Context, Parked, Receipt
from services.projector import Projector


class ParkingDesk:
    """Where parked streams are looked up and tried again."""

    def __init__(self, carry_out: CarryOut, projector: Projector) -> None:
        self._carry_out = carry_out
        self._projector = projector

    async def parked(self, name: str, stream: str) -> Parked:
        """What waits, and why. Raises REF_NOT_FOUND where this stream waits nowhere in this read model."""
        for progress in await self._projector.progress():
            for one in progress.parked if progress.name == name else ():
                if one.stream == stream:
                    return one
        raise RefNotFound("parked", f"{name}/{stream}")

    async def record(self, name: str, parked: Parked, context: Context) -> Receipt:
        """Record that it is tried again, and by whom; the log knows it before it is done."""
        command = RetryParkedStream(
            projection=name,
            stream=parked.stream,
            position=parked.position,
            error=parked.error,
            retried_by=context.actor.acting_for,
            at=context.decided_at,
        )
        return await self._carry_out(command, retrying, context)

    async def take_in(self, name: str, stream: str) -> Parked | None:
        """Take in what waits, in its order; what still waits, where it went wrong again."""
        if await self._projector.unpark(name, stream):
            return None
        try:
            return await self.parked(name, stream)
        except RefNotFound:  # somebody else was quicker
            return None
