"""What proves the log to somebody who does not trust us: checkpoints and proofs, for anybody who may come in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.bodies.parts import Body, Id, OurId, read_body
from api.bodies.reading import read_json
from api.http.answers import answer, moment
from api.http.asking import AnyAsker, Asker, ThePlatform, forbid
from api.http.problems import DoorProblem
from services.access import Role
from services.dossiers import NotSignedYet, TooMuch
from services.platform import Platform
from services.ports import Context, Receipt
from services.proving import NotProved
from services.refusals import FieldFault, Malformed, RefNotFound
from services.signing import Signed

router = APIRouter(tags=["evidence"])
TEXT = "text/plain; charset=utf-8"
_WIDEST = 2**53 - 1


@router.get("/v1/checkpoint")
async def read_checkpoint(request: Request, platform: ThePlatform, _: AnyAsker) -> Response:
    """The latest signed checkpoint: how the log is called, how many events it holds, the root over them.

    As text it is a C2SP tlog-checkpoint with the lines of witnesses, ready to be kept or compared.
    """
    signed = await platform.proving.checkpoint()
    if signed is None:
        raise RefNotFound("checkpoint", "latest")
    if _wants_text(request):
        return Response(signed.whole, 200, media_type=TEXT)
    return answer(_told(signed))


@router.get("/v1/consistency")
async def read_consistency(
    platform: ThePlatform,
    _: AnyAsker,
    from_: Annotated[int, Query(alias="from", ge=0, le=_WIDEST, description="The smaller size.")],
    to: Annotated[
        int | None, Query(ge=0, le=_WIDEST, description="The larger size; the present one if not said.")
    ] = None,
) -> Response:
    """That the log of the larger size is the one of the smaller size, grown: the hashes of RFC 6962."""
    head = await platform.log.head()
    upto = head.position if to is None else to
    if upto > head.position:
        raise DoorProblem(422, "NOT_THERE_YET", {"at": upto, "head": head.position})
    if from_ > upto:
        raise Malformed((FieldFault("?from", "A log does not shrink: `from` is at most `to`."),))
    shown = await platform.proving.consistency(from_, upto)
    return answer(
        {
            "from": shown.old,
            "to": shown.new,
            "from_root": shown.old_root.hex(),
            "to_root": shown.new_root.hex(),
            "hashes": [one.hex() for one in shown.hashes],
        }
    )


@router.get("/v1/events/{position}/proof")
async def read_proof(
    request: Request,
    platform: ThePlatform,
    _: AnyAsker,
    position: Annotated[int, Path(ge=1, le=_WIDEST)],
    size: Annotated[int | None, Query(ge=1, le=_WIDEST, description="For the log of this size.")] = None,
) -> Response:
    """That an event is in the log: its leaf and the hashes that lead to a root, with the checkpoint that signs it.

    As text it is a C2SP tlog-proof, which stands alone; until the signer has come by, it is there as JSON only.
    """
    head = await platform.log.head()
    if size is not None and not position <= size <= head.position:
        raise Malformed((FieldFault("?size", "A size from the position itself to that of the log."),))
    proof = await platform.proving.proof(position, size=size)
    if proof is None:
        raise RefNotFound("event", str(position))
    if _wants_text(request):
        try:
            return Response(proof.text, 200, media_type=TEXT)
        except NotProved as behind:
            raise DoorProblem(503, "NOT_SIGNED_YET", {"position": position}, {"Retry-After": "10"}) from behind
    return answer(
        {
            "position": proof.position,
            "index": proof.position - 1,
            "leaf": proof.leaf.hex(),
            "size": proof.size,
            "root": proof.root.hex(),
            "hashes": [one.hex() for one in proof.hashes],
            "checkpoint": _told(proof.signed) if proof.signed else None,
        }
    )


class Dossier(Body):
    """Whose history is taken home: of a rep, of a customer, or of a case; one of them."""

    rep_id: OurId | None = None
    customer_id: Id | None = None
    case_id: Id | None = None


@router.post("/v1/evidence", response_class=Response)
async def export_dossier(request: Request, platform: ThePlatform, asker: AnyAsker) -> Response:
    """Everything about a rep, a customer or a case as a bundle (zip) that proves itself; `fieldtrace-verify` checks it.

    Of a case: its file, what was submitted, and every event that a ruling stands on, held against the hash that the
    ruling carries. For auditors and arbiters; for managers, of the reps in their line, their customers, and cases
    between them. That it was taken is an event. It waits for the signer, at most half a minute. Personal values are
    opened for those who may see them.
    """
    said = read_body(Dossier, read_json(await request.body()))
    whose = {"rep": said.rep_id, "customer": said.customer_id, "case": said.case_id}
    named = [f"{kind}:{one}" for kind, one in whose.items() if one is not None]
    if len(named) != 1:
        raise Malformed((FieldFault("/rep_id", "Name a rep, a customer or a case, one of them."),))
    [subject] = named
    await _may_take(platform, asker, said)
    try:
        prepared = await platform.dossiers.prepare(subject, disclose=asker.token.role != Role.ARBITER)
    except TooMuch as too_much:
        raise DoorProblem(413, "DOSSIER_TOO_LARGE", {"subject": subject}) from too_much

    async def carry(context: Context) -> Receipt:
        return await platform.dossiers.record(prepared, context)

    asking = asker.sent(platform).asking("audit.export", {"subject": subject, "export_id": str(prepared.export_id)})
    receipt = await platform.reception.submit(asking, carry)
    try:
        bundle = await platform.dossiers.close(prepared, receipt)
    except NotSignedYet as behind:
        raise DoorProblem(503, "NOT_SIGNED_YET", {"position": receipt.position}, {"Retry-After": "10"}) from behind
    name = subject.replace(":", "-")
    head = {
        "Content-Disposition": f"attachment; filename={name}.zip",
        "Log-Position": str(receipt.position),
    }
    return Response(bundle, 200, head, "application/zip")


async def _may_take(platform: Platform, asker: Asker, said: Dossier) -> None:
    """A manager takes what is of the own line; the rights of the roles stand with all others."""
    if asker.token.role != Role.MANAGER:
        return
    rep, head = said.rep_id, await platform.log.head()
    if said.case_id is not None:
        case = await platform.conflicts.case(said.case_id, at=head.position)
        for party in case.parties:
            if not await platform.organisation.manages(asker.token.actor, party, platform.now()):
                raise forbid("audit.export", asker)
        return
    if said.customer_id is not None:
        owned = await platform.ownership_questions.owned(
            said.customer_id, "default", valid_at=platform.now(), known_at=head.position
        )
        rep = owned.owner.rep_id if owned.owner else None
    if rep is None or not await platform.organisation.manages(asker.token.actor, rep, platform.now()):
        raise forbid("audit.export", asker)


def _wants_text(request: Request) -> bool:
    return "text/plain" in request.headers.get("accept", "")


def _told(signed: Signed) -> dict[str, object]:
    return {
        "size": signed.size,
        "note": signed.note,
        "signed_at": moment(signed.signed_at),
        "cosignatures": list(signed.cosignatures),
    }
