"""The desk of devices: whose they are, our hour for their offline work, and what they can show afterwards."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from domain.days import day_of
from domain.device.attestation import Arrival, Attestation, Entry, Limits, SignedHour, attest, entry_of
from domain.device.decisions import DeviceOfAnother as DeviceOfAnother
from domain.device.decisions import (
    RegisterDevice,
    RejectEntry,
    SyncDevice,
    TakeEntry,
    keeping_devices,
)
from domain.device.events import DeviceRegistered, DeviceSynced
from domain.device.state import DeviceState, Queue, device_of
from domain.envelope import Device
from domain.reception import RefNotFound
from domain.refusal import Refusal
from services.carry_out import CarryOut, enveloped, told
from services.lookups import Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Append, ChangedMeanwhile, Context, EventLog, Json, NewId, Receipt, SignedHours

TRIES = 8
"""How often the end of a queue is written again because the same device sent something else at the same time."""


class DeviceDesk:
    """Hands out our hour, and judges what a device makes of it."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        log: EventLog,
        reps: Reps,
        rulebook: RulesInForce,
        hours: SignedHours,
        new_id: NewId,
        home_zone: str,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._log = log
        self._reps = reps
        self._rulebook = rulebook
        self._hours = hours
        self._new_id = new_id
        self._home_zone = home_zone

    async def register(self, device_id: str, rep_id: str, context: Context) -> Receipt:
        """Give a device to a rep. Refused: MALFORMED, REF_NOT_FOUND."""
        await self._reps.rep(rep_id, context.decided_at)
        command = RegisterDevice(device_id, rep_id, context.decided_at)
        return await self._carry_out(
            command, keeping_devices, context, answer=lambda _: {"device_id": device_id, "rep_id": rep_id}
        )

    async def sync(self, device_id: str, boot_id: str, context: Context) -> Receipt:
        """Hand out our hour, signed, and where the device's queue ends. Refused: DEVICE_OF_ANOTHER, MALFORMED.

        A device of which nobody heard becomes the asker's.
        """
        rep_id = context.actor.acting_for
        await self._reps.rep(rep_id, context.decided_at)
        queue = (await self.device(device_id)).queue
        command = SyncDevice(device_id, rep_id, boot_id, context.decided_at)
        return await self._carry_out(command, keeping_devices, context, answer=self._synced(queue))

    async def device(self, device_id: str) -> DeviceState:
        """What is known of a device."""
        stream = device_of(device_id)
        return (await self._pasts.look([stream])).past.of(stream)

    def signed(self, device_id: str, rep_id: str, boot_id: str, at: datetime) -> str:
        """Our hour as a device carries it with it."""
        return self._hours.sign(SignedHour(device_id, rep_id, boot_id, at))

    async def attested(
        self, said: Device, request_id: str, asked: str, rep_id: str, claimed_at: datetime, received_at: datetime
    ) -> Attestation:
        """What a request of a device can show of its hour. Raises `DependsOnRejected`.

        `claimed_at`: by the wall clock of the device; it decides nothing, it is only compared.
        """
        signed = None if said.last_sync is None else self._hours.read(said.last_sync)
        device = await self.device(said.device_id)
        new = device.rep_id is None and signed is not None and signed.device_id == said.device_id
        entry = entry_of(said, request_id, asked) if new or device.rep_id == rep_id else None
        limits = await self._limits(rep_id, received_at)
        return attest(Arrival(said, rep_id, claimed_at, received_at, signed, entry), device, limits)

    async def taken(self, context: Context) -> None:
        """A request was answered: the queue of its device goes on from there."""
        said, entry = context.device, await self._entry(context, new=context.attested_at is not None)
        if said is None or entry is None:
            return
        command = TakeEntry(
            device_id=said.device_id,
            rep_id=context.actor.acting_for,
            boot_id=said.boot_id,
            entry=entry,
            attested_at=context.attested_at,
            flags=tuple(flag for flag in context.flags if flag == "QUEUE_GAP"),
            at=context.decided_at,
        )
        await self._note(command, context)

    async def rejected(self, refusal: Refusal, context: Context) -> None:
        """A request could not be taken: what its device linked to it is not taken either."""
        said, entry = context.device, await self._entry(context)
        if said is None or entry is None:
            return
        rep_id = context.actor.acting_for
        await self._note(RejectEntry(said.device_id, rep_id, entry, refusal.code(), context.decided_at), context)

    async def _entry(self, context: Context, *, new: bool = False) -> Entry | None:
        """The entry that a request was, in a queue that we follow: the device is the asker's, or `new` and shown."""
        said = context.device
        if said is None or said.queue_seq is None:
            return None
        owner = (await self.device(said.device_id)).rep_id
        if owner != context.actor.acting_for and not (new and owner is None):
            return None
        return entry_of(said, context.request.id, context.asked)

    async def _note(self, command: TakeEntry | RejectEntry, context: Context) -> None:
        """Write where the queue stands. It is no request of its own, for nobody asked; written twice, it is once."""
        for _ in range(TRIES):
            looked = await self._pasts.look(keeping_devices.stands_on(command))
            events = keeping_devices.decide(command, looked.past)
            if not events:
                return
            append = Append(
                request=None,
                outcome="accepted",
                decided_at=context.decided_at,
                stands_on=looked.tips,
                events=enveloped(events, looked.tips, context, self._log.name, self._new_id),
            )
            try:
                await self._log.append(append)
            except ChangedMeanwhile:
                self._pasts.move_on()
            else:
                self._pasts.move_on()
                return
        raise ChangedMeanwhile(device_of(command.device_id).name)

    async def _limits(self, rep_id: str, at: datetime) -> Limits:
        try:
            rep = await self._reps.rep(rep_id, at)
        except RefNotFound:  # a manager who sells nothing has no team; the rules of the organisation hold
            team_id, zone = None, self._home_zone
        else:
            team_id, zone = rep.team_id, rep.zone
        protection = await self._rulebook.protection(day_of(at, zone), team_id)
        flags = await self._rulebook.flags(day_of(at, zone), team_id)
        return Limits(timedelta(hours=protection.attestation_hours), timedelta(seconds=flags.skew_seconds))

    def _synced(self, queue: Queue) -> Callable[[Sequence[object]], Mapping[str, Json]]:
        def answer(events: Sequence[object]) -> Mapping[str, Json]:
            synced = next(event for event in events if isinstance(event, DeviceSynced))
            return told(
                {
                    "device_id": synced.device_id,
                    "boot_id": synced.boot_id,
                    "synced_at": synced.synced_at,
                    "last_sync": self.signed(synced.device_id, synced.rep_id, synced.boot_id, synced.synced_at),
                    "registered": any(isinstance(event, DeviceRegistered) for event in events),
                    "next_queue_seq": queue.seq + 1,
                    "prev_hash": queue.entry_hash,
                }
            )

        return answer
