"""What proves the log to somebody who does not trust us: checkpoints and proofs, for anybody who may come in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import answer, moment
from api.http.asking import AnyAsker, ThePlatform
from api.http.problems import DoorProblem
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


def _wants_text(request: Request) -> bool:
    return "text/plain" in request.headers.get("accept", "")


def _told(signed: Signed) -> dict[str, object]:
    return {
        "size": signed.size,
        "note": signed.note,
        "signed_at": moment(signed.signed_at),
        "cosignatures": list(signed.cosignatures),
    }
