"""One person with a passkey, two platforms, two network IDs: the whole product once, for real."""

import json
from typing import Any

import httpx2
from playwright.sync_api import Browser, Page, expect

from idp.domain import network_id
from tests.support.live_demo import LiveDemo
from tests.support.visitor import Visitor, visit

# Everything that a platform of the demo may ever see of a person; the sid is drawn for it alone.
CLAIMS = {"iss", "sub", "aud", "exp", "iat", "nonce", "at_hash", "acr", "amr", "sid"}


def test_one_person_is_two_people_to_two_platforms(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        visitor.sign_out()
        shop = sign_in(visitor, demo.shop)
        shop_claims, shop_header = token(visitor.page)
        facts = visitor.page.locator(".facts")
        expect(facts).to_contain_text("National ID data received: none")
        expect(facts).to_contain_text(f"Signature verified with key {shop_header['kid']}")
        visitor.sign_out()
        forum = sign_in(visitor, demo.forum)
        forum_claims, _ = token(visitor.page)
        expect(visitor.page.get_by_test_id("over-18")).to_have_text("Over 18: yes")

    assert shop != forum
    assert shop_claims["sub"] == network_id.parse(shop)
    assert forum_claims["sub"] == network_id.parse(forum)
    assert shop == network_id.display(network_id.parse(shop))
    assert set(shop_claims) <= CLAIMS
    assert set(forum_claims) <= CLAIMS | {"age_over_18"}
    assert forum_claims["age_over_18"] is True
    assert shop_claims["acr"] in {"phr", "phrh"}
    assert shop_header["kid"] in published_keys(demo)
    alike = {
        name
        for name in shop_claims.keys() & forum_claims.keys()
        if shop_claims[name] == forum_claims[name]
    }
    assert alike <= {"iss", "acr", "amr", "iat", "exp"}


def test_who_comes_back_is_known_again(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        visitor.sign_out()
        first = sign_in(visitor, demo.shop)
        visitor.log_out(demo.shop)
        visitor.sign_out()
        visitor.log_in(demo.shop)
        visitor.use_passkey()
        shown = visitor.page.get_by_test_id("network-id")
        expect(shown).to_have_text(first)  # the consent page shows the ID that the shop knows
        visitor.allow()
        assert visitor.network_id(demo.shop) == first


def test_a_new_network_id_goes_on_to_the_platform_that_asked(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.forum)
        visitor.enrol()
        visitor.page.get_by_test_id("created-continue").click()
        visitor.allow()
        assert len(visitor.network_id(demo.forum)) == 29


def test_a_no_stores_nothing_and_leads_to_a_kind_page(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        before = demo.stored()
        visitor.log_in(demo.shop)
        expect(visitor.page.get_by_test_id("consent-deny")).to_be_visible()
        visitor.deny()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "You are not logged in, and that is fine"
        )
        expect(visitor.page.get_by_text("Nothing was shared with us")).to_be_visible()
        assert demo.stored() == before
        visitor.page.get_by_role("link", name="Go on as a guest").click()
        expect(visitor.page.get_by_test_id("login")).to_be_visible()
        assert visitor.page.get_by_test_id("network-id").count() == 0


def test_a_no_on_the_sign_in_page_does_the_same(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        before = demo.stored()
        visitor.log_in(demo.shop)
        visitor.page.get_by_role("link", name="No thanks, back to Clay & Leaf").click()
        expect(visitor.page.locator("[data-problem=denied]")).to_be_visible()
        assert demo.stored() == before


def test_a_remembered_yes_is_not_asked_again(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        visitor.log_in(demo.forum)
        visitor.allow(remember=True)
        known = visitor.network_id(demo.forum)
        visitor.log_out(demo.forum)
        visitor.passed.clear()
        visitor.log_in(demo.forum)
        assert visitor.network_id(demo.forum) == known
        assert visitor.pages_of_the_provider() == []


def test_signing_out_ends_one_session_and_says_who_is_told(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        visitor.log_in(demo.shop)
        visitor.allow(remember=True)
        visitor.network_id(demo.shop)
        visitor.sign_out()
        expect(visitor.page.get_by_test_id("told")).to_have_text("Clay & Leaf")
        visitor.page.goto(demo.issuer)
        expect(visitor.page.get_by_role("link", name="Sign in")).to_be_visible()
        visitor.log_out(demo.shop)
        visitor.page.get_by_test_id("login").click()
        expect(visitor.page.get_by_test_id("signin-passkey")).to_be_visible()


def sign_in(visitor: Visitor, platform: str) -> str:
    """Log in at a platform with the passkey, say yes, and return the network ID shown there."""
    visitor.log_in(platform)
    visitor.use_passkey()
    expect(visitor.page.get_by_test_id("consent-allow")).to_be_visible()
    visitor.allow()
    return visitor.network_id(platform)


def token(page: Page) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the claims and the header of the ID token as the platform shows them."""
    claims, header = (json.loads(text) for text in page.locator("pre").all_inner_texts())
    return claims, header


def published_keys(demo: LiveDemo) -> set[str]:
    """Return the `kid` of every key that the provider publishes."""
    metadata = httpx2.get(f"{demo.issuer}/.well-known/openid-configuration").json()
    return {key["kid"] for key in httpx2.get(metadata["jwks_uri"]).json()["keys"]}
