"""Sandbox mode signs people in without proof: where it is off, nothing of it is left."""

from dataclasses import replace
from pathlib import Path

import pytest

from idp.services.sandbox import SandboxRefused
from idp.settings import Settings
from idp.storage import people
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.registrar import code_for


async def real_person(provider: Provider) -> None:
    """Turn one of the sandbox's people into somebody the instance takes for real."""
    person = await provider.services.sandbox.sign_in("adult")  # type: ignore[union-attr]
    row = await people.find(provider.parts.database, person)
    assert row is not None
    columns = {name: row[name] for name in row.keys()}  # type: ignore[attr-defined] # noqa: SIM118
    changes = {"id": b"r" * 16, "sandbox": 0, "webauthn_user_id": b"w" * 32}
    await people.add(provider.parts.database, **columns | changes)


async def test_the_personas_are_gone_when_the_sandbox_is_off(tmp_path: Path):
    async with running(tmp_path, sandbox=True) as before:
        browser = before.browser()
        platform = await Platform.register(before)
        page = await platform.ask(browser)
        form = page.form("/signin/persona") | {"persona": "adult"}
        keys = before.parts.keystore
    async with running(tmp_path, sandbox=False, keystore=keys) as provider:
        assert (await browser_of(provider, browser).post("/signin/persona", form)).status == 404
        page = await provider.browser().get("/signin")
        assert page.status == 200
        assert "persona" not in page.text
        for path in ("/create", "/create/passkey"):
            assert (await provider.browser().get(path)).status == 404
            assert (await provider.browser().post(path, {})).status == 404
        document = (await provider.browser().get("/.well-known/openid-configuration")).json()
        assert document["acr_values_supported"] == ["phr"]


async def test_a_session_of_the_sandbox_is_nothing_when_it_is_off(tmp_path: Path):
    async with running(tmp_path) as before:
        platform = await Platform.register(before)
        browser = before.browser()
        await platform.log_in(browser, remember=True)
        assert "code" in (await browser.get(platform.address())).location_query
        keys = before.parts.keystore
    async with running(tmp_path, sandbox=False, keystore=keys) as provider:
        same = replace(platform, provider=provider)
        visitor = browser_of(provider, browser)
        page = await same.ask(visitor)
        assert page.url.startswith("/signin?")
        silent = await visitor.get(same.address(prompt="none"))
        assert silent.location_query["error"] == "login_required"
        assert 'href="/signout"' not in (await visitor.get("/")).text


async def test_a_code_that_was_issued_for_practice_makes_nobody_real(tmp_path: Path):
    async with running(tmp_path) as before:
        code = await code_for(before.services, "PRACTICE 1")
        keys = before.parts.keystore
    async with running(tmp_path, sandbox=False, keystore=keys) as provider:
        browser = provider.browser()
        form = (await browser.get("/enrol/code")).form("/enrol/code") | {"code": code}
        answer = await browser.post("/enrol/code", form)
        assert answer.status == 400
        assert "location" not in answer.headers


async def test_the_sandbox_does_not_start_where_real_people_are(tmp_path: Path):
    async with running(tmp_path) as provider:
        await real_person(provider)
        keys = provider.parts.keystore
    with pytest.raises(SandboxRefused, match="real people"):
        async with running(tmp_path, keystore=keys):
            pytest.fail("the sandbox has started")


@pytest.mark.parametrize(
    "repeated", [None, "", "https://id.example/", "https://ID.example", "http://id.example", "true"]
)
def test_a_public_issuer_has_to_be_repeated_exactly(tmp_path: Path, repeated: str | None):
    with pytest.raises(ValueError, match="IDP_SANDBOX_ISSUER"):
        settings(tmp_path, repeated)


def test_a_public_issuer_that_is_repeated_may_be_a_sandbox(tmp_path: Path):
    assert settings(tmp_path, "https://id.example").sandbox


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "http://localhost.evil.example", "ftp://x"]
)
def test_plain_http_is_for_loopback_only(tmp_path: Path, issuer: str):
    with pytest.raises(ValueError, match="https"):
        settings(tmp_path, issuer, issuer=issuer)


def settings(folder: Path, repeated: str | None, issuer: str = "https://id.example") -> Settings:
    return Settings(
        home=folder,
        issuer=issuer,
        sandbox=True,
        sandbox_issuer=repeated,
        database_url=f"sqlite:///{folder}/provider.db",
        enrolment_database_url=f"sqlite:///{folder}/enrolment.db",
    )


@pytest.mark.parametrize("persona", ["", "nobody", "ADULT", "citizen-01", "../adult", "é"])
async def test_only_the_six_personas_sign_in_by_a_button(provider: Provider, persona: str):
    browser = provider.browser()
    page = await browser.get("/signin")
    answer = await browser.post(
        "/signin/persona", page.form("/signin/persona") | {"persona": persona}
    )
    assert (answer.status, answer.error_code()) == (400, "persona_unknown")


async def test_a_persona_never_claims_a_proof_it_did_not_give(provider: Provider):
    platform = await Platform.register(provider)
    claims = await platform.id_token(provider.browser())
    assert claims["acr"] == "urn:network-id:acr:sandbox-persona"
    assert "amr" not in claims


def browser_of(provider: Provider, browser: Browser) -> Browser:
    """The same browser, at the restarted provider."""
    again = provider.browser()
    again.cookies = dict(browser.cookies)
    return again
