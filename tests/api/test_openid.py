"""Tokens of an OpenID issuer and the sign-in at it, against a real one: a process of its own that can misbehave."""

import hmac
import json
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.adapters.openid import OpenIdIssuer
from services.platform import in_memory, told_time
from services.settings import OpenId, Settings, from_environment
from services.vouching import IssuerUnavailable, NotVouchedFor, who
from tests.api.office import Office, moved_in
from tests.issuer import CLIENT, SECRET
from tests.people import MONDAY, SHANGHAI

ROLES = (("sales-lead", "manager"), ("sales", "rep"))
PATH = "/v1/reps/anna/timeline"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-m", "tests.issuer"], stdout=subprocess.PIPE, text=True) as issuer:
        assert issuer.stdout is not None
        yield issuer.stdout.readline().strip()
        issuer.terminate()


class Theirs:
    """The issuer, and the office that believes it."""

    def __init__(self, office: Office, address: str, http: httpx.AsyncClient) -> None:
        self.office = office
        self.address = address
        self.http = http

    @property
    def now(self) -> int:
        return int(self.office.platform.now().timestamp())

    async def told(self, what: str, **body: object) -> dict[str, Any]:
        return (await self.http.post(f"{self.address}/test/{what}", json=body)).json()

    def claims(self, **more: object) -> dict[str, Any]:
        said = {
            "iss": self.address,
            "aud": "fieldtrace",
            "sub": "anna",
            "roles": ["sales"],
            "iat": self.now,
            "exp": self.now + 300,
        }
        return {name: value for name, value in {**said, **more}.items() if value is not None}

    async def token(self, header: dict[str, Any] | None = None, **more: object) -> str:
        return (await self.told("mint", claims=self.claims(**more), header=header or {}))["token"]

    async def asked_with(self, token: str, path: str = PATH) -> httpx.Response:
        return await self.office.http.get(path, headers={"Authorization": f"Bearer {token}"})


def settings(address: str, **more: Any) -> OpenId:  # noqa: ANN401 - any of its fields
    return replace(OpenId(address, "fieldtrace", client_id=CLIENT, client_secret=SECRET, roles=ROLES), **more)


@pytest.fixture
async def theirs(address: str) -> AsyncIterator[Theirs]:
    clock = told_time(MONDAY)
    platform = in_memory(now=clock, settings=Settings(home_zone=SHANGHAI, openid=settings(address)))
    office = await moved_in(platform, clock)
    async with httpx.AsyncClient() as http:
        theirs = Theirs(office, address, http)
        await theirs.told("say", now=theirs.now, user={"sub": "anna", "roles": ["sales"]}, about={}, broken=False)
        yield theirs


# ------------------------------------------------------------------------------------------------- tokens of programs


async def test_a_token_of_the_issuer_opens_what_one_of_ours_opens(theirs: Theirs) -> None:
    answer = await theirs.asked_with(await theirs.token())
    ours = await theirs.office.get("anna", PATH)
    assert (answer.status_code, answer.content) == (200, ours.content)
    assert (await theirs.asked_with(await theirs.token(sub="bruno"))).status_code == 403
    lead = await theirs.token(sub="mei", roles=["sales", "sales-lead"])
    assert (await theirs.asked_with(lead)).status_code == 200, "the first of the roles that are mapped"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"aud": "another"}, "made for another"),
        ({"aud": ["another", "third"]}, "made for others"),
        ({"aud": None}, "made for nobody"),
        ({"iss": "https://elsewhere.example"}, "vouched for by another"),
        ({"iss": None}, "vouched for by nobody"),
        ({"exp": None}, "would last for ever"),
        ({"sub": None}, "nobody's"),
        ({"roles": ["cleaning"]}, "a role that is not mapped"),
        ({"roles": ["rep"]}, "our own name of a role, which the issuer does not use"),
        ({"roles": None}, "no role"),
        ({"roles": {"sales": True}}, "roles in another shape"),
        ({"sub": "anna/../mei"}, "no id of an actor"),
        ({"exp": "tomorrow"}, "an hour that is none"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_a_token_that_says_the_wrong_things_is_refused(theirs: Theirs, more: dict[str, Any], why: str) -> None:
    answer = await theirs.asked_with(await theirs.token(**more))
    assert answer.status_code == 401, why
    assert answer.json()["code"] == "UNAUTHENTICATED"
    assert not {"aud", "iss", "roles"} & answer.json().keys(), "the reason is not told to whoever guesses"


@pytest.mark.parametrize(
    ("claim", "seconds", "status"),
    [
        ("exp", -59, 200),
        ("exp", -61, 401),
        ("nbf", 59, 200),
        ("nbf", 61, 401),
        ("iat", 59, 200),
        ("iat", 61, 401),
    ],
)
async def test_clocks_may_differ_by_a_minute(theirs: Theirs, claim: str, seconds: int, status: int) -> None:
    hour = {claim: theirs.now + seconds}
    token = (await theirs.told("mint", claims=theirs.claims() | hour))["token"]
    assert (await theirs.asked_with(token)).status_code == status


def unsigned(token: str, header: dict[str, Any], sign: Callable[[bytes], bytes] | None = None) -> str:
    """The claims of a token under another header."""
    head = urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    body = f"{head}.{token.split('.')[1]}"
    mac = sign(body.encode()) if sign else b""
    return f"{body}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


async def test_nobody_vouches_for_themselves(theirs: Theirs) -> None:
    token = await theirs.token()
    kid = json.loads(urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]
    keys = (await theirs.http.get(f"{theirs.address}/jwks")).json()["keys"]
    published = next(key for key in keys if key.get("kid") == kid)
    modulus = urlsafe_b64decode(published["n"] + "==")

    def by(secret: bytes) -> Callable[[bytes], bytes]:
        def sign(body: bytes) -> bytes:
            return hmac.new(secret, body, sha256).digest()

        return sign

    forged = {
        "no signature": unsigned(token, {"alg": "none", "kid": kid}),
        "no signature, shouted": unsigned(token, {"alg": "NONE"}),
        "the public key as a shared one": unsigned(token, {"alg": "HS256", "kid": kid}, by(modulus)),
        "the published key as text": unsigned(token, {"alg": "HS256", "kid": kid}, by(json.dumps(published).encode())),
        "a shared key that the issuer should not publish": unsigned(
            token, {"alg": "HS256", "kid": "shared"}, by(b"secret")
        ),
        "a key that comes along": unsigned(token, {"alg": "RS256", "jwk": published}, by(b"x")),
        "other words under the same signature": ".".join(
            [token.split(".")[0], (await theirs.token(sub="bruno")).split(".")[1], token.split(".")[2]]
        ),
        "cut short": token[:-8],
        "three dots": "a.b.c",
        "nothing in it": "..",
        "too long": f"{token}{'A' * 20_000}",
    }
    assert (await theirs.asked_with(token)).status_code == 200
    for how, one in forged.items():
        assert (await theirs.asked_with(one)).status_code == 401, how


async def test_a_key_that_came_since_is_fetched_and_one_that_went_is_forgotten(theirs: Theirs) -> None:
    before = await theirs.token()
    assert (await theirs.asked_with(before)).status_code == 200
    await theirs.told("rotate", keep=True, kind="EC")
    theirs.office.later(seconds=31)
    assert (await theirs.asked_with(await theirs.token())).status_code == 200, "signed by the new one"
    assert (await theirs.asked_with(before)).status_code == 200, "the one before is published still"
    await theirs.told("rotate", keep=False)
    theirs.office.later(hours=1)
    old = await theirs.token(header={"kid": json.loads(urlsafe_b64decode(before.split(".")[0] + "=="))["kid"]})
    assert (await theirs.asked_with(await theirs.token())).status_code == 200
    assert (await theirs.asked_with(old)).status_code == 401, "a key that the issuer took back"


async def test_keys_that_nobody_knows_do_not_make_us_ask_again_and_again(theirs: Theirs) -> None:
    assert (await theirs.asked_with(await theirs.token())).status_code == 200
    before = (await theirs.told("say"))["fetches"]
    theirs.office.later(seconds=31)
    for n in range(5):
        assert (await theirs.asked_with(await theirs.token(header={"kid": f"made-up-{n}"}))).status_code == 401
    assert (await theirs.told("say"))["fetches"] == before + 1


async def test_while_the_issuer_is_away_the_keys_that_are_known_go_on_for_a_day(theirs: Theirs) -> None:
    assert (await theirs.asked_with(await theirs.token())).status_code == 200
    await theirs.told("say", broken=True)
    theirs.office.later(hours=23)
    assert (await theirs.asked_with(await theirs.token())).status_code == 200
    theirs.office.later(hours=2)
    assert (await theirs.asked_with(await theirs.token())).status_code == 401
    assert (await theirs.office.get("anna", PATH)).status_code == 200, "our own tokens need no issuer"
    await theirs.told("say", broken=False)
    theirs.office.later(seconds=6)
    assert (await theirs.asked_with(await theirs.token())).status_code == 200


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example/jwks"},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
    ids=str,
)
async def test_an_issuer_that_describes_itself_wrongly_is_not_believed(theirs: Theirs, about: dict[str, Any]) -> None:
    await theirs.told("say", about=about)
    assert (await theirs.asked_with(await theirs.token())).status_code == 401


async def test_another_organisations_people_are_not_ours() -> None:
    mapped = settings("https://login.example", organisation_claim="org.slug")
    said = {"sub": "anna", "roles": "sales", "org": {"slug": "main"}}
    assert who(said, mapped, "main") == ("anna", "rep")
    for other in ({**said, "org": {"slug": "rival"}}, {**said, "org": "main"}, {"sub": "anna", "roles": "sales"}):
        with pytest.raises(NotVouchedFor):
            who(other, mapped, "main")


def test_claims_are_found_by_name_and_by_path() -> None:
    mapped = settings(
        "https://login.example", actor_claim="https://example/id", role_claim="realm_access.roles", roles=()
    )
    said = {"https://example/id": "mei", "realm_access": {"roles": ["offline_access", "manager"]}}
    assert who(said, mapped, "main") == ("mei", "manager")
    with pytest.raises(NotVouchedFor):
        who({**said, "realm_access": {"roles": ["system"]}}, mapped, "main")


def test_settings_say_who_vouches(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    (tmp_path / "secret").write_text("between us\n")
    said = {
        "FIELDTRACE_OPENID_ISSUER": "https://login.example",
        "FIELDTRACE_OPENID_AUDIENCE": "fieldtrace",
        "FIELDTRACE_OPENID_CLIENT_ID": CLIENT,
        "FIELDTRACE_OPENID_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "FIELDTRACE_OPENID_ROLES": "sales-lead=manager, sales=rep",
    }
    assert from_environment(said).openid == settings("https://login.example")
    assert "between us" not in repr(from_environment(said))
    assert from_environment({}).openid is None
    for wrong in (
        {"FIELDTRACE_OPENID_ISSUER": "http://login.example"},
        {"FIELDTRACE_OPENID_ISSUER": "login.example"},
        {"FIELDTRACE_OPENID_AUDIENCE": ""},
        {"FIELDTRACE_OPENID_ROLES": "sales=king"},
        {"FIELDTRACE_OPENID_ROLES": "boss=system"},
    ):
        with pytest.raises(ValueError, match=r"issuer|role"):
            from_environment({**said, **wrong})


# ------------------------------------------------------------------------------------------- the sign-in of people


async def there(theirs: Theirs, next_: str = "/me") -> tuple[str, str]:
    """Sent to the issuer and by it back: the address there, and the one that leads back."""
    sent = await theirs.office.http.get("/sign-in/openid", params={"next": next_})
    assert sent.status_code == 303
    back = await theirs.http.get(sent.headers["location"])
    assert back.status_code == 302
    return sent.headers["location"], back.headers["location"]


async def test_people_sign_in_at_the_issuer(theirs: Theirs) -> None:
    assert "/sign-in/openid?next=%2Fme" in (await theirs.office.http.get("/sign-in?next=/me")).text
    asked, back = await there(theirs)
    said = parse_qs(urlsplit(asked).query)
    assert said["code_challenge_method"] == ["S256"]
    assert said["redirect_uri"] == ["http://fieldtrace/sign-in/openid/back"]
    answer = await theirs.office.http.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert (await theirs.office.http.get(PATH)).status_code == 200
    again = await theirs.office.http.get(back)
    assert again.status_code == 401, "nobody comes back twice"


async def test_whoever_comes_back_is_who_went(theirs: Theirs) -> None:
    _, back = await there(theirs)
    other = httpx.AsyncClient(transport=httpx.ASGITransport(theirs.office.app), base_url="http://fieldtrace")
    async with other:
        stolen = await other.get(back)
        assert stolen.status_code == 401, "another browser, as of somebody who was sent this address"
        assert not other.cookies
    _, second = await there(theirs)
    mixed = f"{second.split('?')[0]}?code={parse_qs(urlsplit(back).query)['code'][0]}&state=made-up"
    assert (await theirs.office.http.get(mixed)).status_code == 401


async def test_a_code_that_was_made_for_another_way_is_not_taken(theirs: Theirs) -> None:
    _, first = await there(theirs)
    _, second = await there(theirs)
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(second).query)["state"][0]
    answer = await theirs.office.http.get(f"/sign-in/openid/back?code={code}&state={state}")
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_VOUCHED_FOR"), "its challenge was another"


@pytest.mark.parametrize(
    "user",
    [
        {"sub": "anna", "roles": ["cleaning"]},
        {"sub": "anna", "roles": ["sales"], "nonce": "another"},
        {"sub": "anna", "roles": ["sales"], "aud": "fieldtrace"},
        {"sub": "anna", "roles": ["sales"], "aud": [CLIENT, "x"], "azp": "x"},
        {"sub": "anna", "roles": ["sales"], "exp": 1},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(theirs: Theirs, user: dict[str, Any]) -> None:
    await theirs.told("say", user=user)
    _, back = await there(theirs)
    page = await theirs.office.http.get(back, headers={"Accept": "text/html", "Accept-Language": "en"})
    assert page.status_code == 401
    assert "does not let you in" in page.text
    assert (await theirs.office.http.get(PATH)).status_code == 401


async def test_whoever_takes_too_long_begins_anew(theirs: Theirs) -> None:
    _, back = await there(theirs)
    theirs.office.later(minutes=10)
    assert (await theirs.office.http.get(back)).status_code == 401


async def test_another_issuers_answer_is_not_taken(theirs: Theirs) -> None:
    _, back = await there(theirs)
    mixed = back.replace("127.0.0.1", "127.0.0.9")
    query = urlsplit(mixed).query
    assert (await theirs.office.http.get(f"/sign-in/openid/back?{query}")).status_code == 401


async def test_while_the_issuer_is_away_that_is_told() -> None:
    clock = told_time(MONDAY)
    away = settings("http://127.0.0.1:9")
    office = await moved_in(in_memory(now=clock, settings=Settings(home_zone=SHANGHAI, openid=away)), clock)
    answer = await office.http.get("/sign-in/openid", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    issuer = OpenIdIssuer(away, clock)
    for _ in range(2):
        with pytest.raises(IssuerUnavailable):
            await issuer.redeem("code", "verifier", "http://fieldtrace/back")


async def test_without_an_issuer_there_is_no_such_way(address: str) -> None:
    clock = told_time(MONDAY)
    for openid in (None, settings(address, client_id=None)):
        office = await moved_in(in_memory(now=clock, settings=Settings(home_zone=SHANGHAI, openid=openid)), clock)
        assert (await office.http.get("/sign-in/openid")).status_code == 404
        assert (await office.http.get("/sign-in/openid/back?state=x&code=y")).status_code == 404
        assert "openid" not in (await office.http.get("/sign-in")).text
