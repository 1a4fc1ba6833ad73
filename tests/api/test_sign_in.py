"""How people come in, stay in, and are kept out."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import httpx
import pytest
from argon2 import PasswordHasher

from api.http.app import create_app
from api.http.sign_in import OpenDoors
from services.accounts import NameTaken, NoSuchAccount, UnfitName, UnfitPassword
from services.sign_in import FIRST_WAIT, LONGEST_WAIT, TRIES_OF_AN_ACCOUNT, TRIES_OF_AN_ADDRESS, Tries, one_more
from tests.api.office import Office, customer, opened
from tests.people import ACME, MONDAY

PASSWORD = "wide fields at dawn"
HERE = {"Origin": "http://fieldtrace", "Sec-Fetch-Site": "same-origin"}
PAGES = {**HERE, "Accept": "text/html"}


@pytest.fixture
async def office() -> Office:
    office = await opened()
    await office.platform.accounts.create("Anna", PASSWORD, "anna", "rep")
    return office


async def enter(office: Office, name: str = "anna", password: str = PASSWORD, **more: str) -> httpx.Response:
    form = {"name": name, "password": password, **more}
    return await office.http.post("/sign-in", data=form, headers=HERE)


async def test_whoever_signed_in_is_the_caller_that_a_token_names(office: Office) -> None:
    answer = await enter(office, next="/reps/anna?date=2026-03-02")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reps/anna?date=2026-03-02")
    by_cookie = await office.http.get("/v1/reps/anna/timeline")
    by_token = await office.get("anna", "/v1/reps/anna/timeline")
    assert (by_cookie.status_code, by_cookie.content) == (200, by_token.content)
    assert (await office.http.get("/v1/reps/bruno/timeline")).status_code == 403
    made = await office.http.post(f"/v1/customers/{ACME}/claims", json={}, headers=HERE)
    assert made.status_code == 201
    recorded = await office.get("iris", f"/v1/events/{made.json()['position']}")
    assert '"actor":{"id":"anna"' in recorded.text.replace(" ", "")


async def test_the_cookie_is_out_of_reach_of_scripts_and_goes_over_tls_only_where_there_is_tls(office: Office) -> None:
    plain = (await enter(office)).headers["set-cookie"].lower()
    assert "httponly" in plain
    assert "samesite=lax" in plain
    assert "path=/" in plain
    assert "secure" not in plain
    https = httpx.AsyncClient(transport=httpx.ASGITransport(office.app), base_url="https://fieldtrace")
    form = {"name": "anna", "password": PASSWORD}
    sealed = (await https.post("/sign-in", data=form, headers={"Origin": "https://fieldtrace"})).headers["set-cookie"]
    assert sealed.startswith("__Host-fieldtrace=")
    assert "secure" in sealed.lower()
    assert (await https.get("/v1/reps/anna/timeline")).status_code == 200


async def test_a_session_ends_by_its_hour_by_signing_out_and_with_its_account(office: Office) -> None:
    async def is_in() -> bool:
        return (await office.http.get("/v1/reps/anna/timeline")).status_code == 200

    await enter(office)
    copied = dict(office.http.cookies)
    out = await office.http.post("/sign-out", headers=HERE)
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert not office.http.cookies
    office.http.cookies.update(copied)
    assert not await is_in(), "a copy of the cookie opens nothing either"
    office.http.cookies.clear()

    await enter(office)
    assert await is_in()
    await office.platform.accounts.set_password("anna", "other fields at dusk")
    assert not await is_in()
    assert (await enter(office)).status_code == 401

    await enter(office, password="other fields at dusk")
    assert await is_in()
    await office.platform.accounts.disable("anna")
    assert not await is_in()
    assert (await enter(office, password="other fields at dusk")).status_code == 401
    await office.platform.accounts.enable("anna")

    await enter(office, password="other fields at dusk")
    office.later(hours=11, minutes=59)
    assert await is_in()
    office.later(minutes=1)
    assert not await is_in()


async def test_signing_in_anew_ends_the_session_before(office: Office) -> None:
    await enter(office)
    before = dict(office.http.cookies)
    await enter(office)
    assert dict(office.http.cookies) != before
    office.http.cookies.clear()
    office.http.cookies.update(before)
    assert (await office.http.get("/v1/reps/anna/timeline")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://elsewhere"},
        {"Origin": "http://fieldtrace:8000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://fieldtrace"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://elsewhere"},
    ],
    ids=str,
)
async def test_what_another_page_sends_with_the_cookie_changes_nothing(office: Office, headers: dict[str, str]) -> None:
    await enter(office)
    head = (await office.platform.log.head()).position
    answer = await office.http.post("/v1/customers", json=customer(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "CROSS_SITE")
    assert (await office.platform.log.head()).position == head
    looked = await office.http.get("/v1/reps/anna/timeline", headers=headers)
    assert looked.status_code == 200
    for path in ("/sign-in", "/sign-out", "/sign-in/demo"):
        assert (await office.http.post(path, data={}, headers=headers)).status_code == 403
    assert (await office.http.get("/v1/reps/anna/timeline")).status_code == 200, "nobody was signed out from elsewhere"


@pytest.mark.parametrize("headers", [{"Origin": "http://fieldtrace"}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
async def test_either_sign_of_our_own_page_is_enough(office: Office, headers: dict[str, str]) -> None:
    await enter(office)
    assert (await office.http.post("/v1/customers", json=customer(), headers=headers)).status_code == 201


async def test_a_token_is_taken_from_anywhere_and_stands_above_the_cookie(office: Office) -> None:
    await enter(office)
    answer = await office.post("bruno", f"/v1/customers/{ACME}/claims", Origin="http://elsewhere")
    assert answer.status_code == 201
    wrong = await office.http.get("/v1/reps/anna/timeline", headers={"Authorization": "Bearer ft_wrong"})
    assert wrong.status_code == 401


async def test_behind_a_proxy_the_address_that_browsers_see_counts() -> None:
    office = await opened(public_url="https://trace.example")
    await office.platform.accounts.create("anna", PASSWORD, "anna", "rep")
    form = {"name": "anna", "password": PASSWORD}
    assert (await office.http.post("/sign-in", data=form, headers=HERE)).status_code == 403
    answer = await office.http.post("/sign-in", data=form, headers={"Origin": "https://trace.example"})
    assert answer.headers["set-cookie"].startswith("__Host-fieldtrace=")


@pytest.mark.parametrize(
    "next_",
    ["//elsewhere/x", "/\\elsewhere", "https://elsewhere/", "javascript:alert(1)", "", "/a b", "/a\r\nSet-Cookie: x=1"],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(office: Office, next_: str) -> None:
    assert (await enter(office, next=next_)).headers["location"] == "/"


async def test_an_unknown_account_is_answered_as_a_wrong_password(office: Office) -> None:
    await office.platform.accounts.open_door("walk-in", "bruno", "rep")
    office.http.headers["X-Correlation-Id"] = "the-same"
    wrong = await enter(office, password="something else entirely")
    for name in ("nobody", "walk-in", "", "x" * 200, "安娜"):
        unknown = await enter(office, name=name, password="something else entirely")
        assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content), name
        assert unknown.headers.keys() == wrong.headers.keys()
    assert wrong.json()["code"] == "SIGN_IN_FAILED"


async def test_for_an_unknown_account_as_much_is_hashed_as_for_a_wrong_password(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is answered as late: hashing takes all of the time."""
    verified: list[str] = []
    verify = PasswordHasher.verify

    def seen(hasher: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept.rpartition("$")[0].rpartition("$")[0])  # the parameters, without salt and hash
        return verify(hasher, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", seen)
    for name in ("anna", "nobody"):
        assert (await enter(office, name=name, password="something else entirely")).status_code == 401
    assert len(verified) == 2
    assert verified[0] == verified[1]
    assert verified[0].startswith("$argon2id$")


async def test_guessing_at_an_account_takes_ever_longer_and_is_told_how_long(office: Office) -> None:
    for _ in range(TRIES_OF_AN_ACCOUNT):
        assert (await enter(office, password="not this one either")).status_code == 401
    locked = await enter(office)
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "30"), "the right password does not help"
    assert locked.json()["code"] == "LOCKED_OUT"
    assert "0 min 30 s" in locked.json()["detail"]
    page = await office.http.post(
        "/sign-in", data={"name": "anna", "password": PASSWORD}, headers={**PAGES, "Accept-Language": "zh-CN"}
    )
    assert (page.status_code, page.headers["Retry-After"]) == (429, "30")
    assert "请等待 0 分 30 秒" in page.text
    office.later(seconds=30)
    assert (await enter(office, password="nor this one")).status_code == 401
    assert (await enter(office)).headers["Retry-After"] == "60"
    office.later(seconds=60)
    assert (await enter(office)).status_code == 303
    assert (await enter(office, password="not this one")).status_code == 401, "the count began anew"
    assert (await enter(office)).status_code == 303


async def test_many_guesses_at_once_are_no_more_than_one_after_another(office: Office) -> None:
    answers = await asyncio.gather(*(enter(office, password=f"guess number {n} of many") for n in range(12)))
    assert sorted(one.status_code for one in answers) == [401] * TRIES_OF_AN_ACCOUNT + [429] * 7


async def test_an_address_that_guesses_at_many_accounts_is_slowed_down_for_all_of_them(office: Office) -> None:
    for n in range(TRIES_OF_AN_ADDRESS):
        assert (await enter(office, name=f"who-{n}", password="a password that many have")).status_code == 401
    assert (await enter(office)).status_code == 429
    elsewhere = httpx.ASGITransport(office.app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://fieldtrace") as other:
        answer = await other.post("/sign-in", data={"name": "anna", "password": PASSWORD}, headers=HERE)
        assert answer.status_code == 303


async def test_one_network_of_ipv6_is_one_address(office: Office) -> None:
    answer = await enter(office)
    for n in range(TRIES_OF_AN_ADDRESS + 1):
        transport = httpx.ASGITransport(office.app, client=(f"2001:db8::{n + 1:x}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://fieldtrace") as other:
            form = {"name": f"who-{n}", "password": "a password that many have"}
            answer = await other.post("/sign-in", data=form, headers=HERE)
    assert answer.status_code == 429


def test_the_wait_doubles_up_to_an_hour_and_is_forgotten_after_a_day() -> None:
    tries, now, waits = Tries(), MONDAY, list[timedelta]()
    for _ in range(20):
        tries = one_more(tries, 5, now)
        assert tries.last_at is not None
        waits.append(tries.locked_until - now if tries.locked_until else timedelta())
        now = tries.locked_until or now
    assert waits[:7] == [timedelta()] * 4 + [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4]
    assert waits[-1] == LONGEST_WAIT
    assert one_more(tries, 5, now + timedelta(days=1, seconds=1)).failures == 1


async def test_accounts_have_names_that_can_be_typed_and_passwords_that_cannot_be_guessed(office: Office) -> None:
    accounts = office.platform.accounts
    for name in ("", "a b", "安娜", "x" * 65, "a/b"):
        with pytest.raises(UnfitName):
            await accounts.create(name, PASSWORD, "anna", "rep")
    for password in ("", "elevenchars", "x" * 257, "bruno1234567", "BRUNO is the best"):
        with pytest.raises(UnfitPassword):
            await accounts.create("bruno", password, "bruno", "rep")
    with pytest.raises(NameTaken):
        await accounts.create(" ANNA ", PASSWORD, "bruno", "rep")
    for wanting in (accounts.disable("nobody"), accounts.enable("nobody"), accounts.set_password("nobody", PASSWORD)):
        with pytest.raises(NoSuchAccount):
            await wanting
    assert (await enter(office, name="\uff21\uff2e\uff2e\uff21 ")).status_code == 303, (
        "full width is how some keyboards write it"
    )


async def test_one_click_is_enough_in_a_demo_and_nowhere_else(office: Office) -> None:
    door = await office.platform.accounts.open_door("iris-auditor", "iris", "auditor")
    form = {"name": door.name, "next": "/audit"}

    async def click(doors: OpenDoors | None, host: str, name: str = door.name) -> httpx.Response:
        transport = httpx.ASGITransport(create_app(office.platform, open_doors=doors))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
            shown = (await http.get("/sign-in")).text
            answer = await http.post("/sign-in/demo", data={**form, "name": name}, headers={"Origin": f"http://{host}"})
            assert ("iris-auditor" in shown) == (answer.status_code == 303 or name != door.name)
            if answer.status_code == 303:
                assert (await http.get("/v1/reps/anna/timeline")).status_code == 200
                await office.settled()
            return answer

    doors = OpenDoors([door])
    for host in ("127.0.0.1", "localhost:8000", "[::1]:8000"):
        assert (await click(doors, host)).headers["location"] == "/audit"
    assert (await click(doors, "rebound.example")).status_code == 404, "a name that was made to point at this machine"
    assert (await click(OpenDoors([door], from_elsewhere=True), "demo.example")).status_code == 303
    assert (await click(None, "127.0.0.1")).status_code == 404, "an account of a demo, served as anything else"
    assert (await click(doors, "127.0.0.1", "anna")).status_code == 404
    anna = next(one for one in await office.platform.accounts.all() if one.name == "anna")
    assert (await click(OpenDoors([door, anna]), "127.0.0.1", "anna")).status_code == 404, "it has a password"


class _Page(HTMLParser):
    """The words and the fields of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str | None] = {}
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        if tag == "input":
            self.fields[str(told["name"])] = told.get("value")


async def test_the_page_shows_what_was_typed_and_never_the_password(office: Office) -> None:
    form = {"name": '"><script>alert(1)</script>', "password": "hunter2 hunter2", "next": "/x?a=1&b='\""}
    answer = await office.http.post("/sign-in", data=form, headers=PAGES)
    page = _Page(answer.text)
    assert answer.status_code == 401
    assert page.fields == {"next": "/x?a=1&b='\"", "name": form["name"], "password": None}
    assert page.tags.count("script") == 1  # the keyboard's, from a file of ours
    assert "alert(1)" not in answer.text.replace("&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;", "")
    assert "hunter2" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_page_says_who_is_in_and_lets_them_out(office: Office) -> None:
    assert "sign-out" not in (await office.http.get("/sign-in")).text
    await enter(office)
    assert "anna (rep)" in (await office.http.get("/sign-in")).text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=a&name=b&password=c", "application/x-www-form-urlencoded", 422),
        (b"name=a&password=b&colour=c", "application/x-www-form-urlencoded", 422),
        (b"name=%ff", "application/x-www-form-urlencoded", 422),
        (b"name=" + b"x" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"f%d=1" % n for n in range(200)), "application/x-www-form-urlencoded", 422),
        (b"{}", "application/json", 415),
    ],
)
async def test_a_form_is_read_strictly(office: Office, body: bytes, kind: str, status: int) -> None:
    answer = await office.http.post("/sign-in", content=body, headers={**HERE, "Content-Type": kind})
    assert answer.status_code == status


async def test_neither_password_nor_secret_is_told_to_the_log_of_the_process(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await enter(office)
    await enter(office, password="a wrong one that is secret")
    [secret] = dict(office.http.cookies).values()
    for hidden in (PASSWORD, "a wrong one", secret):
        assert hidden not in caplog.text


async def test_a_session_sends_no_more_than_the_settings_allow(office: Office) -> None:
    platform = replace(office.platform, settings=replace(office.platform.settings, requests_a_second=1))
    transport = httpx.ASGITransport(create_app(platform))
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldtrace") as http:
        await http.post("/sign-in", data={"name": "anna", "password": PASSWORD}, headers=HERE)
        answers = [await http.get("/v1/pool") for _ in range(12)]
    assert [one.status_code for one in answers[:10]] == [200] * 10
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "RATE_LIMITED")
    assert int(answers[-1].headers["Retry-After"]) >= 1
