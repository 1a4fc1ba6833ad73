"""The verifier that is a page: from disk, without a network, and it says what the one in Python says."""

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from services.adapters.ed25519 import FileKey
from services.checkpoints import COSIGNATURE
from services.dossiers import zipped
from tests.browser.conftest import VERIFIER, OpenPage
from tests.bundles import TAMPERING, THREE, WITNESS, an_office, mutants, ruled, take, witnessed
from tests.people import ACME
from tests.verifying import FLAWS, HOLDS, LAYERS, Flaw, check

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGE = VERIFIER.as_uri()
STEP = 5
"""Every so many byte positions where the archive is made anew; Python alone is tried at every one."""
CHECKING = """async ([bundles, key]) => Promise.all(bundles.map(async (one) => {
    try {
        return { holds: await check(Uint8Array.from(atob(one), (c) => c.charCodeAt(0)), key) };
    } catch (flaw) {
        return { code: flaw.code, values: flaw.values };
    }
}))"""
MUTATING = """async ([text, key, step, files]) => {
    const whole = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const found = [];
    const layer = async (bundle) => {
        try { await check(bundle, key); return "ACCEPTED"; } catch (flaw) { return flaw.layer; }
    };
    const several = async (mutants) => found.push(...await Promise.all(mutants.map((one) => layer(one()))));
    const every = async (content, bundle) => {
        let mutants = [];
        const next = async (mutant) => {
            if (mutants.push(() => bundle(mutant())) === 128) await several(mutants.splice(0));
        };
        for (let position = 0; position < content.length; position += step) {
            await next(() => {
                const mutant = content.slice();
                mutant[position] ^= 1 + position * 7919 % 255;
                return mutant;
            });
        }
        for (const cut of [1, 2, Math.floor(content.length / 2)]) {
            if (cut >= content.length) continue;
            await next(() => content.subarray(0, content.length - cut));
            await next(() => joined(content, content.subarray(0, cut)));
        }
        await several(mutants);
    };
    if (!files) {
        await every(whole, (mutant) => mutant);
        return found;
    }
    const all = filesOf(whole);
    const sums = new Map([...all].map(([name, bytes]) => [name, crc32(bytes)]));
    for (const [name, content] of all) {
        await every(content, (mutant) => archived(
            new Map(all).set(name, mutant), new Map(sums).set(name, crc32(mutant))));
    }
    return found;
}"""


async def by_the_page(page: Page, bundles: Sequence[bytes], key: str) -> Sequence[Any]:
    """What the page's own function says of each."""
    return await page.evaluate(CHECKING, [[b64encode(one).decode() for one in bundles], key])


def by_python(bundle: bytes, key: str) -> dict[str, object]:
    """What the file in Python says, in the same form."""
    try:
        return {"holds": [{"layer": one.layer, "values": dict(one.values)} for one in check(bundle, key)]}
    except Flaw as flaw:
        return {"code": flaw.code, "values": dict(flaw.values)}


def layer_by_python(bundle: bytes, key: str) -> str:
    """The layer at which it is found."""
    try:
        check(bundle, key)
    except Flaw as flaw:
        return str(flaw.layer)
    return "ACCEPTED"


async def test_both_verifiers_have_the_same_words(open_page: OpenPage) -> None:
    page = await open_page(PAGE)
    assert await page.evaluate("WORDS") == {"layers": LAYERS, "holds": HOLDS, "flaws": FLAWS}


@pytest.mark.slow
async def test_both_say_the_same_of_what_holds_and_of_what_was_tampered_with(
    open_page: OpenPage, tmp_path: Path
) -> None:
    async with an_office(tmp_path) as office:
        taken = await take(office, customer_id=str(ACME))
        good = [taken.bundle, *[(await take(office, **whose)).bundle for whose in THREE]]
        good.append((await take(office, case_id=await ruled(office))).bundle)
    tampered = [taken.changed(change) for change, _ in TAMPERING.values()]
    page = await open_page(PAGE)
    told = await by_the_page(page, [*good, *tampered], taken.key)
    assert told == json.loads(json.dumps([by_python(one, taken.key) for one in [*good, *tampered]]))
    assert all("holds" in one for one in told[: len(good)])
    assert [one["code"] for one in told[len(good) :]] == [code for _, code in TAMPERING.values()]


async def test_both_say_what_is_sealed_and_from_where_on_it_is_erased(open_page: OpenPage, tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        whom = {"customer_id": str(ACME), "contact_id": str(ACME), "basis": "ASKED_BY_THE_PERSON"}
        asked = (await office.post("pia", "/v1/privacy/erasures", whom)).json()
        await office.post("paul", f"/v1/privacy/erasures/{asked['erasure_id']}/approval")
        await office.settled()
        [event] = (await office.get("iris", "/v1/events?type=privacy.subject_erased")).json()["items"]
        taken = await take(office, customer_id=str(ACME))
    page = await open_page(PAGE)
    [told] = await by_the_page(page, [taken.bundle], taken.key)
    assert told == json.loads(json.dumps(by_python(taken.bundle, taken.key)))
    [said] = [one["values"] for one in told["holds"] if one["layer"] == "erasure"]
    assert said == {"values": 2, "whom": f"contact:{ACME}", "position": event["position"]}


async def test_both_read_a_note_by_which_a_key_hands_over_and_no_byte_of_it_can_be_another(
    open_page: OpenPage, tmp_path: Path
) -> None:
    async with an_office(tmp_path) as office:
        signer = office.platform.signer()
        following = FileKey(office.platform.settings.origin, bytes(range(2, 34)))
        note = (await signer.hand_over(following)).encode()
    page = await open_page(PAGE)
    bundles = [note, *mutants(note)]
    told = await by_the_page(page, bundles, signer.public_key)
    assert [one.get("code") for one in told] == [by_python(one, signer.public_key).get("code") for one in bundles]
    [said] = told[0]["holds"]
    assert (said["layer"], said["values"]["key"]) == ("handover", following.public.text)
    assert all("code" in one for one in told[1:])
    [otherwise] = await by_the_page(page, [note], following.public.text)
    assert otherwise["code"] == "handover.signature"


async def test_both_go_by_the_policy_of_whoever_checks(open_page: OpenPage, tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        taken = await take(office, rep_id="bruno")
    other = FileKey("auditor.example/v", bytes(range(1, 33)), COSIGNATURE)
    seen, by_both = witnessed(taken, WITNESS), witnessed(taken, WITNESS, other)
    log = f"log {taken.key}\n"
    first, second = f"witness w {WITNESS.public.text}\n", f"witness v {other.public.text} https://v.example\n"
    tries: list[tuple[bytes, str, str | None]] = [
        (seen, f"{log}{first}quorum w\n", None),
        (by_both, f"# ours\n{log}{first}{second}group all all w v\nquorum all", None),
        (by_both, f"{log}{first}{second}group one 1 w v\ngroup g any one\nquorum g\n", None),
        (seen, f"{log}{first}{second}group all 2 w v\nquorum all\n", "witness.quorum"),
        (taken.bundle, f"{log}{first}quorum w\n", "witness.quorum"),
        (seen, taken.key, "witness.unknown"),
        (by_both, f"{log}{first}quorum w\n", "witness.unknown"),
        (seen, f"{log}{first}", "policy.unreadable"),
        (seen, f"{log}{first}{first}quorum w\n", "policy.unreadable"),
        (seen, f"{log}{log}{first}quorum w\n", "policy.unreadable"),
        (seen, f"{log}{first}group g 2 w\nquorum g\n", "policy.unreadable"),
        (seen, f"{log}{first}group g any w\ngroup h any w\nquorum h\n", "policy.unreadable"),
        (seen, f"{log}quorum w\n{first}", "policy.unreadable"),
        (seen, f"{log}witness w {taken.key}\nquorum w\n", "policy.unreadable"),
        (seen, "quorum none\n", "key.unreadable"),
        (seen, "nonsense", "key.unreadable"),
        (seen, "a+00000000+AQ==", "key.kind"),
        (seen, taken.key.replace("fieldtrace/main+", "fieldtrace/main+0"), "key.id"),
        (seen, taken.key.replace("+A", "+ A"), "key.kind"),
    ]
    page = await open_page(PAGE)
    for bundle, trusted, code in tries:
        [told] = await by_the_page(page, [bundle], trusted)
        assert told == json.loads(json.dumps(by_python(bundle, trusted))), trusted
        assert told.get("code") == code, trusted


@pytest.mark.slow
async def test_no_byte_of_a_bundle_can_be_another_in_the_page_either(open_page: OpenPage, tmp_path: Path) -> None:
    """Every byte position of three bundles; what is found is found at the layer at which Python finds it."""
    page = await open_page(PAGE)
    async with an_office(tmp_path) as office:
        for whose in THREE:
            taken = await take(office, **whose)
            found = await page.evaluate(MUTATING, [b64encode(taken.bundle).decode(), taken.key, 1, False])
            assert len(found) == len(taken.bundle) + 6
            assert set(found) == {"archive"}


@pytest.mark.slow
async def test_both_find_a_changed_byte_at_the_same_layer_where_the_archive_is_made_anew(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(PAGE)
    async with an_office(tmp_path) as office:
        taken = await take(office, rep_id="nobody")
    found = await page.evaluate(MUTATING, [b64encode(taken.bundle).decode(), taken.key, STEP, True])
    expected = [
        layer_by_python(zipped(taken.files | {name: mutant}), taken.key)
        for name, content in taken.files.items()
        for mutant in mutants(content, STEP)
    ]
    assert found == expected
    assert "ACCEPTED" not in found
    assert {"checkpoint", "inclusion", "proof", "export", "heads", "form"} <= set(found)


@pytest.mark.slow
async def test_a_very_large_archive_has_the_form_that_python_gives_it(open_page: OpenPage) -> None:
    """Beyond 65,535 files the end of an archive is written otherwise."""
    page = await open_page(PAGE)
    files = {f"disclosures/{n:043}.txt": b"" for n in range(65_600)}
    end = await page.evaluate(
        "async (names) => encoded(archived(new Map(names.map((one) => [one, new Uint8Array()])),"
        " new Map(names.map((one) => [one, 0]))).slice(-200))",
        list(files),
    )
    assert end == b64encode(zipped(files)[-200:]).decode()


@pytest.mark.parametrize(("language", "says"), [("zh-CN", "全部成立"), ("en", "EVERYTHING HOLDS")])
async def test_a_person_checks_a_bundle_from_disk(
    open_page: OpenPage, tmp_path: Path, language: str, says: str
) -> None:
    async with an_office(tmp_path) as office:
        taken = await take(office, customer_id=str(ACME))
    (tmp_path / "acme.zip").write_bytes(taken.bundle)
    (tmp_path / "forged.zip").write_bytes(taken.changed(TAMPERING["backdate"][0]))
    page = await open_page(PAGE, language=language)
    await page.locator("#bundle").set_input_files(tmp_path / "acme.zip")
    await page.locator("#trusted").fill(taken.key)
    await page.locator("form button").click()
    await page.locator("#verdict.good").wait_for()
    assert says in await page.locator("#verdict").inner_text()
    assert await page.locator("#findings li").all_inner_texts() == [
        f"✓ {finding.told(language)}" for finding in check(taken.bundle, taken.key)
    ]
    assert f"customer:{ACME}" in await page.frame_locator("#report").locator("body").inner_text()
    await page.locator("#bundle").set_input_files(tmp_path / "forged.zip")
    await page.locator("form button").click()
    await page.locator("#verdict.bad").wait_for()
    assert "[inclusion.not_there]" in await page.locator("#verdict").inner_text()
    assert await page.locator("#findings li").count() == 0
    assert await page.locator("#story").is_hidden()


async def test_the_page_may_not_speak_to_anybody(open_page: OpenPage) -> None:
    page = await open_page(PAGE)
    policy = await page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert policy is not None
    directives = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert directives.keys() == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    assert {directives[name] for name in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert "http" not in policy


async def test_a_browser_that_cannot_check_signatures_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page(PAGE, language="en")
    (tmp_path / "any.zip").write_bytes(b"")
    await page.evaluate("() => { crypto.subtle.generateKey = async () => { throw new Error('unknown') } }")
    await page.locator("#bundle").set_input_files(tmp_path / "any.zip")
    await page.locator("#trusted").fill("x")
    await page.locator("form button").click()
    await page.locator("#verdict.bad").wait_for()
    assert "cannot check Ed25519" in await page.locator("#verdict").inner_text()
