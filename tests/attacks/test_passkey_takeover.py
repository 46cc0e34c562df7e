"""Passkeys that claim to be somebody else's: registration and sign-in, through the pages."""

import re
from pathlib import Path

import pytest

from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator, SoftPasskey, decode, encode
from tests.support.browser_like import Browser
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump, dump_but_counts


@pytest.fixture
async def crowd(tmp_path: Path):
    """An instance of its own: there are few citizens to enrol."""
    async with running(tmp_path) as provider:
        yield provider


@pytest.mark.spec("WebAuthn L3 §7.1")
async def test_a_credential_id_that_is_registered_already_is_refused(crowd: Provider):
    """Step 27: else an attacker registers the victim's credential id with a key of their own."""
    victim = await passkeys.enrol(crowd, crowd.browser())
    taken = victim.passkeys[0].credential_id
    before = dump(crowd)

    thief = crowd.browser()
    page = await passkeys.begin_enrolment(thief)
    credential = SoftAuthenticator().create(
        page.passkey_options(),
        crowd.issuer,
        attested_id=taken,
        members={"id": encode(taken), "rawId": encode(taken)},
    )
    form = page.form("/create/passkey") | {"credential": credential}
    answer = await thief.post("/create/passkey", form)

    assert answer.status == 400
    after = dump(crowd)
    for table in ("people", "passkeys", "sessions"):
        assert after[f"provider.{table}"] == before[f"provider.{table}"]
    assert after["enrolment.enrolments"] == before["enrolment.enrolments"]
    browser = crowd.browser()
    signed_in = await passkeys.sign_in(crowd, browser, await browser.get("/signin"), victim)
    assert signed_in.status == 303


@pytest.mark.spec("WebAuthn L3 §7.2")
async def test_a_passkey_signs_in_nobody_but_its_owner(crowd: Provider):
    """My key and my credential id, your user handle; and the reverse."""
    mine = await passkeys.enrol(crowd, crowd.browser())
    yours = await passkeys.enrol(crowd, crowd.browser())
    for swapped in (
        {"userHandle": encode(yours.passkeys[0].user_handle)},
        {"userHandle": encode(b"nobody")},
    ):
        browser = crowd.browser()
        page = await browser.get("/signin")
        credential = mine.get(page.passkey_options(), crowd.issuer, response=swapped)
        answer = await browser.post(
            "/signin/passkey", page.form("/signin/passkey") | {"credential": credential}
        )
        assert answer.status == 400
        assert not any(name.endswith("session") for name in browser.cookies)


@pytest.mark.spec("WebAuthn L3 §14.6.2")
async def test_an_unknown_passkey_and_a_wrong_one_get_the_same_page(crowd: Provider):
    """Enumeration: nobody learns by trying which passkeys exist."""
    owner = await passkeys.enrol(crowd, crowd.browser())
    known = owner.passkeys[0]
    stranger, forger = SoftAuthenticator(), SoftAuthenticator()
    pages = []
    for authenticator in (stranger, forger):
        browser = crowd.browser()
        page = await browser.get("/signin")
        options = page.passkey_options()
        invented = SoftAuthenticator()
        invented.create(creation(options["rpId"]), crowd.issuer)
        authenticator.passkeys.append(invented.passkeys[0])
        if authenticator is forger:  # the owner's public facts, with another key
            authenticator.passkeys[0] = SoftPasskey(
                known.credential_id, known.rp_id, known.user_handle, invented.passkeys[0].key
            )
        answer = await passkeys.sign_in(crowd, browser, page, authenticator)
        pages.append((answer.status, timeless(answer.text), sorted(answer.headers)))
    assert pages[0][0] == 400
    assert pages[0] == pages[1]


def creation(rp_id: str) -> dict[str, object]:
    return {
        "rp": {"id": rp_id},
        "challenge": encode(bytes(32)),
        "user": {"id": encode(bytes(32))},
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    }


def timeless(text: str) -> str:
    """A page without what is drawn anew for each."""
    return re.sub(r'(nonce|value|data-options|href)="[^"]*"', "", text)


async def test_a_challenge_works_once(crowd: Provider):
    """A recorded response must not sign in again, whatever came of its first use."""
    owner = await passkeys.enrol(crowd, crowd.browser())
    browser = crowd.browser()
    page = await browser.get("/signin")
    form = page.form("/signin/passkey")
    form |= {"credential": owner.get(page.passkey_options(), crowd.issuer)}
    assert (await browser.post("/signin/passkey", form)).status == 303
    session = dict(browser.cookies)
    replay = await browser.post("/signin/passkey", form)
    assert replay.status == 400
    assert browser.cookies == session


async def test_a_response_that_fails_writes_nothing(crowd: Provider):
    """Or a stranger could fill the store; the challenge is still spent once, by a right one."""
    owner = await passkeys.enrol(crowd, crowd.browser())
    browser = crowd.browser()
    page = await browser.get("/signin")
    form = page.form("/signin/passkey")
    right = owner.get(page.passkey_options(), crowd.issuer)
    before = dump_but_counts(crowd)
    assert (await browser.post("/signin/passkey", form | {"credential": "{}"})).status == 400
    assert dump_but_counts(crowd) == before
    assert (await browser.post("/signin/passkey", form | {"credential": right})).status == 303
    assert (await browser.post("/signin/passkey", form | {"credential": right})).status == 400


async def test_a_challenge_of_another_browser_is_refused(crowd: Provider):
    """An attacker's challenge, signed by a tricked victim, must not sign the attacker in."""
    owner = await passkeys.enrol(crowd, crowd.browser())
    victim, attacker = crowd.browser(), crowd.browser()
    seen, own = await victim.get("/signin"), await attacker.get("/signin")
    credential = owner.get(seen.passkey_options(), crowd.issuer)
    stolen = seen.form("/signin/passkey")["challenge"]
    form = own.form("/signin/passkey") | {"challenge": stolen, "credential": credential}
    assert (await attacker.post("/signin/passkey", form)).status == 400


async def test_a_challenge_lives_a_quarter_of_an_hour(crowd: Provider):
    owner = await passkeys.enrol(crowd, crowd.browser())
    for waiting, status in ((15 * 60 - 1, 303), (15 * 60, 400)):
        browser = crowd.browser()
        page = await browser.get("/signin")
        crowd.clock.advance(waiting)
        assert (await passkeys.sign_in(crowd, browser, page, owner)).status == status


async def test_a_challenge_of_the_other_ceremony_is_refused(crowd: Provider):
    """A registration's challenge must not serve a sign-in: the person agreed to another thing."""
    owner = await passkeys.enrol(crowd, crowd.browser())
    browser = crowd.browser()
    enrolling = await passkeys.begin_enrolment(browser)
    page = await browser.get("/signin")
    options = page.passkey_options() | {"challenge": enrolling.passkey_options()["challenge"]}
    form = page.form("/signin/passkey") | {
        "challenge": enrolling.form("/create/passkey")["challenge"],
        "credential": owner.get(options, crowd.issuer),
    }
    assert (await browser.post("/signin/passkey", form)).status == 400


@pytest.mark.parametrize("challenge", ["", "AAE", "x" * 4000, "é"])
async def test_a_challenge_that_is_not_ours_is_refused(visitor: Browser, challenge: str):
    page = await visitor.get("/signin")
    form = page.form("/signin/passkey") | {"challenge": challenge, "credential": "{}"}
    assert (await visitor.post("/signin/passkey", form)).status == 400


async def test_the_challenge_is_new_on_every_page(visitor: Browser):
    pages = [await visitor.get("/signin") for _ in range(3)]
    challenges = [page.passkey_options()["challenge"] for page in pages]
    assert len(set(challenges)) == 3
    assert all(len(decode(challenge)) >= 16 for challenge in challenges)
