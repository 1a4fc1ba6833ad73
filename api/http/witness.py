"""What a witness answers (C2SP tlog-witness): one route. Nobody signs in, for only what a log signed is signed for."""

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from services.witness import (
    NotAsked,
    NotGrown,
    NotSignedByTheLog,
    SeenOtherwise,
    UnknownLog,
    Witness,
    WitnessRefuses,
)

LARGEST = 65_536
_STATUS: dict[type[WitnessRefuses], int] = {NotAsked: 400, NotSignedByTheLog: 403, UnknownLog: 404, NotGrown: 422}


def create_witness(witness: Witness) -> FastAPI:
    """The app of a witness."""
    app = FastAPI(title="Fieldtrace witness", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        """Sign for a checkpoint, if its log only grew."""
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                return PlainTextResponse("", 413)
        try:
            line = await witness.add_checkpoint(body.decode())
        except UnicodeDecodeError:
            return PlainTextResponse("", 400)
        except SeenOtherwise as seen:
            return Response(f"{seen.size}\n", 409, {"Content-Type": "text/x.tlog.size"})
        except WitnessRefuses as refusal:
            return PlainTextResponse(f"{refusal}\n", _STATUS[type(refusal)])
        return PlainTextResponse(line)

    @app.get("/healthz")
    async def healthz() -> Response:
        """It is there."""
        return PlainTextResponse(f"{witness.public_key}\n")

    del add_checkpoint, healthz
    return app
