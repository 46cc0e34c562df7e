"""Practice mode without JavaScript: every persona, a yes, a no, and who is not let in."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import PATIENCE_MS
from tests.support.live_demo import LiveDemo
from tests.support.visitor import visit

ORDER = ("adult", "minor", "elder", "rtl", "suspended", "newcomer")


def test_the_personas_stand_under_a_banner_in_the_promised_order(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        buttons = visitor.page.locator("[data-testid^=persona-]")
        shown = [one.get_attribute("data-testid") for one in buttons.all()]
        assert shown == [f"persona-{name}" for name in ORDER]
        assert demo.personas == ORDER
        expect(visitor.page.locator(".sandbox")).to_contain_text("Practice mode")
        expect(visitor.page.get_by_test_id("signin-passkey")).to_be_hidden()


def test_two_platforms_get_two_ids_and_the_forum_one_answer(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("adult")
        visitor.allow()
        shop = visitor.network_id(demo.shop)
        visitor.log_in(demo.forum)
        expect(visitor.page.get_by_test_id("value-age_over_18")).to_have_text("yes")
        visitor.allow()
        forum = visitor.network_id(demo.forum)
        expect(visitor.page.get_by_test_id("over-18")).to_have_text("Over 18: yes")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Good evening")
        assert shop != forum
        visitor.page.goto(demo.shop)
        assert "age_over" not in visitor.page.locator("main").inner_text()


@pytest.mark.parametrize("persona", ["elder", "rtl"])
def test_any_label_signs_in(browser: Browser, demo: LiveDemo, persona: str):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose(persona)
        visitor.allow()
        assert len(visitor.network_id(demo.shop)) == 29


def test_a_no_stores_no_more_than_the_sign_in_itself(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.forum)
        visitor.choose("adult")
        expect(visitor.page.get_by_test_id("consent-deny")).to_be_visible()
        before = demo.stored()
        visitor.deny()
        expect(visitor.page.locator("[data-problem=denied]")).to_be_visible()
        assert visitor.is_at(demo.forum, "/callback")
        assert demo.stored() == before
        visitor.page.get_by_test_id("login").click()
        expect(visitor.page.get_by_test_id("consent-allow")).to_be_visible()


def test_a_minor_is_turned_away_kindly_and_the_shop_still_opens(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.forum)
        visitor.choose("minor")
        expect(visitor.page.get_by_test_id("value-age_over_18")).to_have_text("no")
        visitor.allow()
        visitor.network_id(demo.forum)
        expect(visitor.page.get_by_test_id("over-18")).to_have_text("Over 18: no")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "This forum is for adults"
        )
        expect(visitor.page.get_by_text("you are welcome later")).to_be_visible()
        assert visitor.page.locator(".threads").count() == 0
        visitor.log_in(demo.shop)
        visitor.allow()
        visitor.network_id(demo.shop)


def test_a_suspended_person_sees_why_and_the_platform_does_not(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("suspended")
        page = visitor.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Your network ID is suspended")
        expect(page.get_by_test_id("suspension-reason")).to_contain_text("To show what")
        expect(page.get_by_test_id("suspension-authority")).to_have_text(
            "The authority of practice mode"
        )
        page.get_by_test_id("suspended-continue").click()
        expect(page.locator("[data-problem=denied]")).to_be_visible()
        page.locator("summary").click()
        details = page.locator("details").inner_text()
        assert "access_denied" in details
        assert "suspend" not in page.content()


def test_a_suspended_person_sees_why_without_a_platform_too(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.page.goto(f"{demo.issuer}/signin")
        visitor.choose("suspended")
        expect(visitor.page.get_by_test_id("suspension-reason")).to_be_visible()
        visitor.sign_out()


def test_who_has_been_nowhere_has_no_network_id_yet(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("newcomer")
        expect(visitor.page.locator(".goes")).to_contain_text("a new one, drawn when you allow")
        assert visitor.page.get_by_test_id("network-id").count() == 0


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §3")
def test_a_platform_signs_people_out_here_when_they_say_so(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("adult")
        visitor.allow()
        visitor.network_id(demo.shop)
        page = visitor.page
        page.get_by_test_id("logout-also").click()
        expect(page.get_by_test_id("asked-by")).to_be_visible()
        page.get_by_test_id("signout-confirm").click()
        page.wait_for_url(f"{demo.shop}/")
        expect(page.get_by_test_id("login")).to_be_visible()
        page.goto(f"{demo.issuer}/signout")
        assert visitor.is_at(demo.issuer, "/signed-out")


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.7")
def test_ended_everywhere_the_platforms_sign_the_person_out_too(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        page = visitor.page
        visitor.log_in(demo.shop)
        visitor.choose("elder")
        visitor.allow()
        visitor.network_id(demo.shop)
        visitor.log_in(demo.forum)
        visitor.allow()
        visitor.network_id(demo.forum)
        page.goto(f"{demo.issuer}/signout")
        page.get_by_test_id("signout-everywhere").click()
        expect(page.get_by_test_id("told").get_by_role("listitem")).to_have_count(2)
        for platform in (demo.shop, demo.forum):
            deadline = time.monotonic() + PATIENCE_MS / 1000  # within seconds, as a rule
            page.goto(platform)
            while page.get_by_test_id("logout").count() and time.monotonic() < deadline:
                page.reload()
            expect(page.get_by_test_id("login")).to_be_visible()
