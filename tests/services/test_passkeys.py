"""Both ceremonies by a software passkey: through the service, and once through the pages."""

from pathlib import Path
from typing import Any, Unpack

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.services.ceremonies import CHALLENGE_SECONDS, Ceremony
from idp.services.enrolment import Enrolment, NewAccount
from idp.services.passkeys import Passkeys
from idp.storage import passkeys as rows
from tests.services.conftest import proof
from tests.support.authenticator import EDDSA, ES256, RS256, SoftAuthenticator, Tamper
from tests.support.logins import Platform
from tests.support.passkeys import enrol, sign_in
from tests.support.provider import ISSUER, Provider, running

HERE, ELSEWHERE = "this browser", "another browser"


@pytest.fixture
def passkeys(provider: Provider) -> Passkeys:
    return provider.services.passkeys


async def registered(
    passkeys: Passkeys, enrolment: Enrolment, authenticator: SoftAuthenticator
) -> bytes:
    """Enrol somebody with a passkey; return the person id."""
    user_id = enrolment.new_user_id()
    ceremony = passkeys.start_registration(HERE, user_id=user_id, user_name="Network ID")
    credential = authenticator.create(ceremony.options, ISSUER)
    new = await passkeys.finish_registration(HERE, ceremony.challenge, credential)
    person_id = await enrolment.create(proof(), NewAccount(user_id, passkey=new))
    assert person_id is not None
    return person_id


async def answer(
    passkeys: Passkeys,
    authenticator: SoftAuthenticator,
    ceremony: Ceremony | None = None,
    browser: str = HERE,
    **lies: Unpack[Tamper],
) -> bytes:
    """Sign in; return the person id."""
    ceremony = ceremony or passkeys.start_sign_in(HERE)
    credential = authenticator.get(ceremony.options, ISSUER, **lies)
    return (await passkeys.finish_sign_in(browser, ceremony.challenge, credential)).person_id


async def cause_of(passkeys: Passkeys, *arguments: Any, **lies: Any) -> Cause:
    with pytest.raises(Refusal) as refused:
        await answer(passkeys, *arguments, **lies)
    return refused.value.cause


async def stored(provider: Provider, authenticator: SoftAuthenticator) -> Any:
    row = await rows.find(provider.parts.database, authenticator.passkeys[0].credential_id)
    assert row is not None
    return row


@pytest.mark.spec("WebAuthn L3 §7.2")
@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
async def test_whoever_made_a_passkey_comes_back_with_it(
    passkeys: Passkeys, enrolment: Enrolment, algorithm: int
):
    authenticator = SoftAuthenticator(algorithm)
    person_id = await registered(passkeys, enrolment, authenticator)
    assert await answer(passkeys, authenticator) == person_id
    assert await answer(passkeys, authenticator) == person_id


async def test_nobody_is_asked_for_a_name_or_told_who_has_a_passkey(passkeys: Passkeys):
    options = passkeys.start_sign_in(HERE).options
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    assert options["userVerification"] == "required"


@pytest.mark.spec("WebAuthn L3 §13.4.3")
async def test_a_challenge_is_answered_once(passkeys: Passkeys, enrolment: Enrolment):
    authenticator = SoftAuthenticator()
    await registered(passkeys, enrolment, authenticator)
    ceremony = passkeys.start_sign_in(HERE)
    await answer(passkeys, authenticator, ceremony)
    assert await cause_of(passkeys, authenticator, ceremony) is Cause.PASSKEY_REFUSED


async def test_a_challenge_is_answered_in_time(
    provider: Provider, passkeys: Passkeys, enrolment: Enrolment
):
    authenticator = SoftAuthenticator()
    person_id = await registered(passkeys, enrolment, authenticator)
    early, late = passkeys.start_sign_in(HERE), passkeys.start_sign_in(HERE)
    provider.clock.advance(CHALLENGE_SECONDS - 1)
    assert await answer(passkeys, authenticator, early) == person_id
    provider.clock.advance(1)
    assert await cause_of(passkeys, authenticator, late) is Cause.PASSKEY_REFUSED


async def test_a_challenge_is_answered_by_the_browser_that_asked(
    passkeys: Passkeys, enrolment: Enrolment
):
    authenticator = SoftAuthenticator()
    await registered(passkeys, enrolment, authenticator)
    ceremony = passkeys.start_sign_in(HERE)
    assert await cause_of(passkeys, authenticator, ceremony, ELSEWHERE) is Cause.PASSKEY_REFUSED


async def test_a_challenge_for_making_a_passkey_is_none_for_signing_in(
    passkeys: Passkeys, enrolment: Enrolment
):
    authenticator = SoftAuthenticator()
    await registered(passkeys, enrolment, authenticator)
    other = passkeys.start_registration(HERE, user_id=b"u" * 32, user_name="Network ID")
    crossed = Ceremony(passkeys.start_sign_in(HERE).options, other.challenge)
    assert await cause_of(passkeys, authenticator, crossed) is Cause.PASSKEY_REFUSED


@pytest.mark.spec("WebAuthn L3 §7.2")
async def test_a_passkey_of_nobody_is_told_apart_from_a_wrong_one(
    passkeys: Passkeys, enrolment: Enrolment
):
    known, stranger = SoftAuthenticator(), SoftAuthenticator()
    await registered(passkeys, enrolment, known)
    ceremony = passkeys.start_registration(HERE, user_id=b"u" * 32, user_name="Network ID")
    stranger.create(ceremony.options, ISSUER)
    assert await cause_of(passkeys, stranger) is Cause.PASSKEY_UNKNOWN
    forged = stranger.passkeys[0].key
    assert await cause_of(passkeys, known, signing_key=forged) is Cause.PASSKEY_REFUSED


@pytest.mark.spec("WebAuthn L3 §6.1.1")
async def test_a_counter_moves_on_with_every_use(
    provider: Provider, passkeys: Passkeys, enrolment: Enrolment
):
    authenticator = SoftAuthenticator(synced=False)
    await registered(passkeys, enrolment, authenticator)
    assert (await stored(provider, authenticator))["sign_count"] == 0
    for expected in (1, 2, 3):
        await answer(passkeys, authenticator)
        assert (await stored(provider, authenticator))["sign_count"] == expected


@pytest.mark.spec("WebAuthn L3 §6.1.1")
async def test_a_counter_that_goes_back_does_not_lower_what_is_known(
    provider: Provider, passkeys: Passkeys, enrolment: Enrolment
):
    authenticator = SoftAuthenticator(synced=False)
    await registered(passkeys, enrolment, authenticator)
    await answer(passkeys, authenticator, sign_count=40)
    await answer(passkeys, authenticator, sign_count=7)
    assert (await stored(provider, authenticator))["sign_count"] == 40


async def test_nothing_is_kept_of_a_passkey_but_what_verifies_it(
    provider: Provider, passkeys: Passkeys, enrolment: Enrolment
):
    authenticator = SoftAuthenticator()
    person_id = await registered(passkeys, enrolment, authenticator)
    row = await stored(provider, authenticator)
    assert row["person_id"] == person_id
    assert row["webauthn_user_id"] == authenticator.passkeys[0].user_handle
    assert person_id not in row["webauthn_user_id"]
    assert (row["backup_eligible"], row["backed_up"]) == (1, 1)
    assert row["created_day"] == provider.clock.now() // SECONDS_PER_DAY


async def test_an_id_made_on_the_pages_signs_in_at_a_platform(tmp_path: Path):
    """The whole of it over HTTP: make a network ID, sign out, come back with the passkey."""
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        authenticator = await enrol(provider, browser, SoftAuthenticator(synced=False))
        first = await platform.id_token(browser)
        browser.cookies.clear()

        page = await platform.ask(browser)
        assert page.url.startswith("/signin?")
        page = await browser.follow(await sign_in(provider, browser, page, authenticator))
        answer = await platform.decide(browser, page, "allow")
        tokens = (await platform.redeem(answer.location_query["code"])).json()
        userinfo = (await platform.userinfo(tokens["access_token"])).json()

        assert userinfo["sub"] == first["sub"]
        assert first["acr"] == "phr"
        assert (await stored(provider, authenticator))["sign_count"] == 1
