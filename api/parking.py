"""A parked stream tried again, whichever door it is asked at: recorded first, then done."""

from api.emitting import Sent
from services.platform import Platform
from services.ports import Context, Parked, Receipt
from services.refusals import RefNotFound

ASKED = "audit.retry_parked"


async def retry(platform: Platform, sent: Sent, name: str, stream: str) -> tuple[Receipt, Parked | None]:
    """The receipt of having asked, and what still waits: None where everything was taken in.

    Raises REF_NOT_FOUND where there is no such read model, or nothing of this stream waits in it.
    """
    if name not in platform.projector.names:
        raise RefNotFound("projection", name)
    waiting = await platform.parking.parked(name, stream)

    async def carry(context: Context) -> Receipt:
        return await platform.parking.record(name, waiting, context)

    asking = sent.asking(ASKED, {"projection": name, "stream": stream})
    receipt = await platform.reception.submit(asking, carry)
    return receipt, await platform.parking.take_in(name, stream)
