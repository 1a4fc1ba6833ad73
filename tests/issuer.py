"""A small OpenID issuer for tests, a process of its own on loopback: whoever asks it is signed in as it was told.

`python -m tests.issuer` prints its address. It makes its tokens with the same library by which we check them, and does
on request what a real one would never do.
"""

import secrets
import socket
import sys
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "console", "between us"


class Issuer:
    """Its keys, whom it signs in, and what it handed out codes for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: dict[str, RSAKey | ECKey] = {}
        self.published: list[str] = []
        self.says: dict[str, Any] = {"now": 0, "user": {}, "about": {}, "broken": False}
        self.codes: dict[str, dict[str, str]] = {}
        self.fetches = 0
        self.rotate(keep=False)

    def rotate(self, *, keep: bool, kind: str = "RSA") -> str:
        """Another key to sign with; the one before is published on, or no more."""
        kid = f"key-{len(self.keys) + 1}"
        parameters: Any = {"kid": kid, "use": "sig"}
        made = RSAKey.generate_key(2048, parameters) if kind == "RSA" else ECKey.generate_key("P-256", parameters)
        self.keys[kid] = made
        self.published = [*(self.published if keep else []), kid]
        return kid

    def sign(self, claims: dict[str, Any], header: dict[str, Any]) -> str:
        """A token by the key that its header names, the newest if it names none."""
        kid = header.get("kid") or list(self.keys)[-1]
        key = self.keys[kid if kid in self.keys else list(self.keys)[-1]]
        alg = "RS256" if isinstance(key, RSAKey) else "ES256"
        return jwt.encode({"alg": alg, "kid": kid, **header}, claims, key)


def app_of(issuer: Issuer) -> FastAPI:
    """Its doors."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def about() -> Any:  # noqa: ANN401 - any answer
        issuer.fetches += 1
        if issuer.says["broken"]:
            return JSONResponse({}, 500)
        return {
            "issuer": issuer.address,
            "jwks_uri": f"{issuer.address}/jwks",
            "authorization_endpoint": f"{issuer.address}/authorize",
            "token_endpoint": f"{issuer.address}/token",
            **issuer.says["about"],
        }

    @app.get("/jwks")
    async def jwks() -> Any:  # noqa: ANN401 - as above
        keys: list[Any] = [issuer.keys[kid].as_dict(private=False) for kid in issuer.published]
        return {"keys": [*keys, {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}, {"kty": "odd"}]}

    @app.get("/authorize")
    async def authorize(request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        issuer.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": issuer.address}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode()))
        who = b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        asked = issuer.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if (
            asked is None
            or who != f"{CLIENT}:{SECRET.replace(' ', '%20')}"
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["client_id"] != form["client_id"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = issuer.says["now"]
        claims = {
            "iss": issuer.address,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            **issuer.says["user"],
        }
        return JSONResponse({"token_type": "Bearer", "access_token": "x", "id_token": issuer.sign(claims, {})})

    @app.post("/test/mint")
    async def mint(request: Request) -> Any:  # noqa: ANN401 - as above
        wanted = await request.json()
        return {"token": issuer.sign(wanted["claims"], wanted.get("header", {}))}

    @app.post("/test/rotate")
    async def rotate(request: Request) -> Any:  # noqa: ANN401 - as above
        return {"kid": issuer.rotate(**(await request.json()))}

    @app.post("/test/say")
    async def say(request: Request) -> Any:  # noqa: ANN401 - as above
        issuer.says |= await request.json()
        return {"fetches": issuer.fetches}

    return app


def main() -> None:
    """Serve until told to end."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(app_of(Issuer(address)), log_level="warning"))
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
