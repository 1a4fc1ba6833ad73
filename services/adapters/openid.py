"""An OpenID issuer: found by its discovery document, believed by its published keys (joserfc), asked over HTTP."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.ports import Now
from services.settings import OpenId
from services.vouching import Going, IssuerUnavailable, NotVouchedFor

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures by a key of which we know the public half only: neither `none` nor any HMAC is among them."""
KINDS = ("RSA", "EC", "OKP")
LEEWAY = timedelta(seconds=60)
"""By how much the issuer's clock may be off."""
FRESH = timedelta(hours=1)
"""After which discovery and keys are fetched again."""
STALE = timedelta(days=1)
"""For how long the keys that are known go on while the issuer cannot be reached."""
AT_MOST_EVERY = timedelta(seconds=30)
"""How often a token with a key that nobody knows makes us ask for the keys again."""
AGAIN_AFTER = timedelta(seconds=5)
"""How soon an issuer of which nothing is known yet is asked again when it did not answer."""
SECONDS = 5.0
LONGEST = 16 * 1024
MOST_BYTES = 1024 * 1024


class OpenIdIssuer:
    """Implements `Issuer`."""

    def __init__(self, settings: OpenId, now: Now) -> None:
        self._settings = settings
        self._now = now
        self._about: Mapping[str, Any] = {}
        self._keys: KeySet = KeySet([])
        self._fetched: datetime | None = None
        self._failed: datetime | None = None
        self._turn = asyncio.Lock()

    async def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """See `Issuer`."""
        try:
            await self._refreshed(FRESH)
            kid = self._kid(token)
            if kid is not None and all(key.kid != kid for key in self._keys.keys):  # a new one, perhaps
                await self._refreshed(AT_MOST_EVERY)
            read = jwt.decode(token, self._keys, algorithms=list(ALGORITHMS))
            jwt.JWTClaimsRegistry(
                now=int(self._now().timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(read.claims)
        except (JoseError, ValueError) as error:
            raise NotVouchedFor(f"{type(error).__name__}: {error}") from error
        except IssuerUnavailable as error:
            raise NotVouchedFor(f"the issuer's keys are not known: {error}") from error
        return read.claims

    async def address(self, going: Going, redirect: str) -> str:
        """See `Issuer`."""
        await self._refreshed(FRESH)
        challenge = urlsafe_b64encode(sha256(going.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id or "",
            "redirect_uri": redirect,
            "scope": "openid profile email",
            "state": going.state,
            "nonce": going.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = self._place("authorization_endpoint")
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, verifier: str, redirect: str) -> str:
        """See `Issuer`."""
        await self._refreshed(FRESH)
        client = self._settings.client_id or ""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": client,
            "code_verifier": verifier,
        }
        head = {"Accept": "application/json"}
        if self._settings.client_secret is not None:
            both = f"{quote(client, safe='')}:{quote(self._settings.client_secret, safe='')}"
            head["Authorization"] = f"Basic {b64encode(both.encode()).decode()}"
        async with httpx.AsyncClient(timeout=SECONDS) as http:
            try:
                answer = await http.post(self._place("token_endpoint"), data=form, headers=head)
                said: Any = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                raise IssuerUnavailable(f"{type(error).__name__} at the token endpoint") from error
        if answer.status_code >= 500:
            raise IssuerUnavailable(f"status {answer.status_code} at the token endpoint")
        token = cast("dict[str, Any]", said).get("id_token") if isinstance(said, dict) else None
        if answer.status_code != 200 or not isinstance(token, str):
            raise NotVouchedFor(f"status {answer.status_code} for the code")
        return token

    def _kid(self, token: str) -> str | None:
        """Which key a token names; nothing of it is believed before its signature is checked."""
        if len(token) > LONGEST:
            raise ValueError("a token of this length is none")
        header = jws.extract_compact(token.encode()).headers()
        kid = header.get("kid")
        return kid if isinstance(kid, str) else None

    async def _refreshed(self, after: timedelta) -> None:
        """Fetch discovery and keys again where they are older than that: one fetch at a time, and not at once again
        where it failed."""
        if not self._older(after):
            return
        async with self._turn:
            now = self._now()
            if not self._older(after):
                return
            known = self._fetched is not None and now < self._fetched + STALE
            if self._failed is not None and now < self._failed + (AT_MOST_EVERY if known else AGAIN_AFTER):
                if known:
                    return
                raise IssuerUnavailable("it did not answer a moment ago")
            try:
                await self._fetch()
            except IssuerUnavailable:
                self._failed = now
                if not known:
                    raise

    def _older(self, after: timedelta) -> bool:
        return self._fetched is None or self._fetched + after <= self._now()

    async def _fetch(self) -> None:
        issuer = self._settings.issuer
        async with httpx.AsyncClient(timeout=SECONDS) as http:
            about = await _json(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if about.get("issuer") != issuer:
                raise IssuerUnavailable("its discovery document speaks for another issuer")
            keys = await _json(http, _safe(about.get("jwks_uri")))
        listed = keys.get("keys")
        every = cast("list[object]", listed) if isinstance(listed, list) else []
        objects = [cast("dict[str, Any]", key) for key in every if isinstance(key, dict)]
        fit = [key for key in objects if key.get("kty") in KINDS and key.get("use", "sig") == "sig"]
        try:
            self._keys = KeySet.import_key_set({"keys": fit})
        except (JoseError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise IssuerUnavailable("its keys cannot be read") from error
        self._about, self._fetched = about, self._now()

    def _place(self, name: str) -> str:
        return _safe(self._about.get(name))


async def _json(http: httpx.AsyncClient, address: str) -> Mapping[str, Any]:
    try:
        answer = await http.get(address, headers={"Accept": "application/json"})
        said: Any = answer.json() if len(answer.content) <= MOST_BYTES else None
    except (httpx.HTTPError, ValueError) as error:
        raise IssuerUnavailable(f"{type(error).__name__} at {address}") from error
    if answer.status_code != 200 or not isinstance(said, dict):
        raise IssuerUnavailable(f"status {answer.status_code} at {address}")
    return cast("dict[str, Any]", said)


def _safe(address: object) -> str:
    """An address of the issuer's that nobody on the way can change: TLS, or this very machine."""
    if isinstance(address, str):
        parts = urlsplit(address)
        if parts.scheme == "https" or (parts.scheme == "http" and _here(parts.hostname or "")):
            return address
    raise IssuerUnavailable(f"{address} is not to be trusted without TLS")


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
