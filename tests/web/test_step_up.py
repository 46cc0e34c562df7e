"""Step-up: what a platform asks of a sign-in, and what it is told of one (``acr``, ``amr``)."""

import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp.storage import passkeys as rows
from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.maker import Maker
from tests.support.owner import LIST, Owner
from tests.support.provider import running

MAKER = Maker()
PROVE = f"{LIST}/add/security-key"
DEMAND = json.dumps({"id_token": {"acr": {"essential": True, "value": "phrh"}}})
EITHER = json.dumps({"id_token": {"acr": {"essential": True, "values": ["phrh", "phr"]}}})
PLAIN = json.dumps({"id_token": {"acr": {"essential": True, "value": "phr"}}})
WISH = json.dumps({"id_token": {"acr": {"values": ["phrh"]}}})
HARDWARE = ("phrh", ["hwk", "pop", "user", "mfa"])
ORDINARY = ("phr", ["pop", "user", "mfa"])


@pytest_asyncio.fixture
async def owner(tmp_path: Path):
    roots = MAKER.trusted_in(tmp_path / "roots")
    async with running(tmp_path, attestation_roots=roots) as provider:
        browser = provider.browser()
        yield Owner(provider, browser, await passkeys.enrol(provider, browser))


@pytest_asyncio.fixture
async def shop(owner: Owner) -> Platform:
    return await Platform.register(owner.provider)


async def prove(owner: Owner, device: SoftAuthenticator, **lies: Any) -> Answer:
    page = await owner.browser.get(PROVE)
    credential = device.create(page.passkey_options(), owner.provider.issuer, **lies)
    return await owner.browser.post(PROVE, page.form(PROVE) | {"credential": credential})


async def security_key(owner: Owner) -> SoftAuthenticator:
    key = SoftAuthenticator(synced=False, batch=MAKER.batch())
    assert (await prove(owner, key)).location == f"{LIST}?said=added"
    return key


async def told(shop: Platform, browser: Browser, page: Answer) -> tuple[str, list[str]]:
    """Allow what is asked; return what the ID token says of the sign-in."""
    answer = await shop.decide(browser, page, "allow")
    claims = await claims_of(shop, answer)
    return claims["acr"], claims["amr"]


async def claims_of(shop: Platform, answer: Answer) -> dict[str, Any]:
    tokens = (await shop.redeem(answer.location_query["code"])).json()
    return parts(tokens["id_token"])[1]


async def use(owner: Owner, page: Answer, device: SoftAuthenticator, browser: Browser) -> Answer:
    return await browser.follow(await passkeys.sign_in(owner.provider, browser, page, device))


@pytest.mark.spec("OpenID EAP ACR Values 1.0 §2")
async def test_a_security_key_that_proved_its_hardware_is_told_to_who_asks(
    owner: Owner, shop: Platform
):
    key, browser = await security_key(owner), owner.provider.browser()
    page = await shop.ask(browser, claims=DEMAND)
    assert "Another passkey is not enough there" in page.text
    assert page.passkey_options()["hints"] == ["security-key"]
    assert page.passkey_options()["allowCredentials"] == []  # the page tells of no account
    page = await use(owner, page, key, browser)
    assert "with a passkey on protected hardware" in page.text
    assert await told(shop, browser, page) == HARDWARE


@pytest.mark.spec("RFC 8176 §2")
async def test_whoever_does_not_ask_is_not_told_of_the_hardware(owner: Owner, shop: Platform):
    """Few people own such a key: told to all, it would join them across platforms (promise P2)."""
    key, browser = await security_key(owner), owner.provider.browser()
    page = await use(owner, await shop.ask(browser), key, browser)
    assert "hardware" not in page.text
    assert await told(shop, browser, page) == ORDINARY


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"acr_values": "phrh phr"}, HARDWARE),
        ({"acr_values": "urn:unknown phrh"}, HARDWARE),
        ({"acr_values": "phr phrh"}, ORDINARY),  # their order of preference, not ours
        ({"acr_values": "phr"}, ORDINARY),
        ({"acr_values": "urn:unknown"}, ORDINARY),
        ({"claims": EITHER}, HARDWARE),
        ({"claims": PLAIN}, ORDINARY),  # phrh meets phr, and no more is told than was asked
        ({"claims": WISH}, HARDWARE),
        ({"claims": PLAIN, "acr_values": "phrh"}, ORDINARY),
    ],
)
async def test_the_first_value_that_is_met_is_told(
    owner: Owner, shop: Platform, asked: dict[str, str], expected: tuple[str, list[str]]
):
    key, browser = await security_key(owner), owner.provider.browser()
    page = await use(owner, await shop.ask(browser, **asked), key, browser)
    assert await told(shop, browser, page) == expected


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
async def test_a_wish_is_met_by_any_passkey_and_costs_no_sign_in(owner: Owner, shop: Platform):
    await security_key(owner)
    for asked in ({"acr_values": "phrh"}, {"claims": WISH}, {"claims": EITHER}):
        page = await shop.ask(owner.browser, **asked)
        assert page.url.startswith("/consent?")
        assert await told(shop, owner.browser, page) == ORDINARY


async def test_a_wish_is_said_on_the_sign_in_page(owner: Owner, shop: Platform):
    for asked in ({"acr_values": "phrh"}, {"claims": WISH}, {"claims": EITHER}):
        page = await shop.ask(owner.provider.browser(), **asked)
        assert "Any other passkey works as well" in page.text
    page = await shop.ask(owner.provider.browser(), acr_values="phr")
    assert 'data-testid="security-key"' not in page.text


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
async def test_a_demand_asks_whoever_is_signed_in_by_another_passkey(owner: Owner, shop: Platform):
    key = await security_key(owner)
    page = await shop.ask(owner.browser, claims=DEMAND)
    assert page.url.startswith("/signin?")
    page = await use(owner, page, owner.device, owner.browser)
    assert "You signed in, but with another passkey" in page.text
    page = await use(owner, page, key, owner.browser)
    assert await told(shop, owner.browser, page) == HARDWARE


@pytest.mark.spec("OpenID Connect Unmet Authentication Requirements 1.0 §2")
async def test_a_demand_that_the_person_cannot_meet_is_refused(owner: Owner, shop: Platform):
    page = await shop.ask(owner.browser, claims=DEMAND)
    answer = await use(owner, page, owner.device, owner.browser)
    assert answer.location_query["error"] == "unmet_authentication_requirements"


async def test_a_persona_meets_no_demand_for_hardware(owner: Owner, shop: Platform):
    browser = owner.provider.browser()
    page = await shop.ask(browser, claims=DEMAND)
    answer = await browser.post(
        "/signin/persona", page.form("/signin/persona") | {"persona": "adult"}
    )
    answer = await browser.follow(answer)
    assert answer.location_query["error"] == "unmet_authentication_requirements"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.6")
async def test_a_silent_demand_is_answered_without_the_person(owner: Owner, shop: Platform):
    answer = await shop.ask(owner.browser, claims=DEMAND, prompt="none")
    assert answer.location_query["error"] == "login_required"


async def test_a_demand_that_nobody_could_meet_asks_nobody(owner: Owner, shop: Platform):
    demand = DEMAND.replace("phrh", "urn:mace:incommon:iap:silver")
    for browser in (owner.browser, owner.provider.browser()):
        answer = await shop.ask(browser, claims=demand)
        assert answer.location_query["error"] == "unmet_authentication_requirements"


async def test_hardware_is_something_that_a_remembered_yes_does_not_cover(
    owner: Owner, shop: Platform
):
    key, browser = await security_key(owner), owner.provider.browser()
    page = await use(owner, await shop.ask(browser), key, browser)
    await shop.decide(browser, page, "allow", remember=True)
    assert (await shop.ask(browser)).location_query["code"]
    page = await shop.ask(browser, acr_values="phrh")
    assert page.url.startswith("/consent?")
    assert 'class="tag"' in page.text.partition("How you signed in")[2][:60]
    await shop.decide(browser, page, "allow", remember=True)
    answer = await shop.ask(browser, acr_values="phrh")
    assert (await claims_of(shop, answer))["acr"] == "phrh"
    assert (await claims_of(shop, await shop.ask(browser)))["acr"] == "phr"


async def test_a_key_whose_counter_went_back_is_no_proof_any_more(owner: Owner, shop: Platform):
    """A copy is not in the hardware that its maker vouched for."""
    key, browser = await security_key(owner), owner.provider.browser()
    key.passkeys[0].uses = 40
    await owner.sign_in(browser, key)
    key.passkeys[0].uses = 7
    page = await use(owner, await shop.ask(browser, claims=DEMAND, prompt="login"), key, browser)
    assert page.location_query["error"] == "unmet_authentication_requirements"
    key.passkeys[0].uses = 90
    await owner.sign_in(browser, key)
    page = await shop.ask(browser, acr_values="phrh")
    assert await told(shop, browser, page) == ORDINARY


@pytest.mark.parametrize(
    "lies", [{"self_attestation": True}, {"attestation": {"fmt": "none", "attStmt": {}}}]
)
async def test_a_key_that_proves_nothing_is_not_added(owner: Owner, lies: dict[str, Any]):
    answer = await prove(owner, SoftAuthenticator(synced=False, batch=MAKER.batch()), **lies)
    assert (answer.status, "did not prove its hardware" in answer.text) == (400, True)
    assert await owner.names() == ["Passkey"]


async def test_a_ceremony_without_proof_adds_no_proved_key(owner: Owner):
    """Nor the reverse: the challenge says which of the two it was made for."""
    page, ordinary = await owner.browser.get(PROVE), await owner.browser.get(f"{LIST}/add")
    for made_for, sent_to in ((page, f"{LIST}/add"), (ordinary, PROVE)):
        key = SoftAuthenticator(synced=False, batch=MAKER.batch())
        credential = key.create(made_for.passkey_options(), owner.provider.issuer)
        form = next(made_for.form(path) for path in (PROVE, f"{LIST}/add") if path in made_for.text)
        answer = await owner.browser.post(sent_to, form | {"credential": credential})
        assert answer.status == 400


async def test_only_the_yes_is_kept_of_a_proof(owner: Owner):
    key = await security_key(owner)
    row = await rows.find(owner.provider.parts.database, key.passkeys[0].credential_id)
    assert row is not None
    assert row["hardware"] == 1
    kept = b"".join(value for value in dict(row).values() if isinstance(value, bytes))  # type: ignore[call-overload]
    assert b"Test Keys" not in kept
    assert "In proved hardware" in (await owner.page()).text


@pytest.mark.spec("OpenID Connect Discovery 1.0 §3")
async def test_hardware_is_offered_only_where_a_maker_is_trusted(owner: Owner, tmp_path: Path):
    document = (await owner.browser.get("/.well-known/openid-configuration")).json()
    assert "phrh" in document["acr_values_supported"]
    assert 'data-testid="passkey-prove"' in (await owner.page()).text
    other = tmp_path / "other"
    other.mkdir()
    async with running(other) as provider:
        browser = provider.browser()
        plain = Owner(provider, browser, await passkeys.enrol(provider, browser))
        document = (await browser.get("/.well-known/openid-configuration")).json()
        assert "phrh" not in document["acr_values_supported"]
        assert 'data-testid="passkey-prove"' not in (await plain.page()).text
        assert (await browser.get(PROVE)).status == 404
        answer = await (await Platform.register(provider)).ask(browser, claims=DEMAND)
        assert answer.location_query["error"] == "unmet_authentication_requirements"
