"""Somebody proves at an electronic identity who they are, in a real browser: there and back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import accessibility_violations
from tests.support.live_demo import LiveDemo
from tests.support.live_eid import LiveEid, running_eid
from tests.support.live_instance import meet, running_instance
from tests.support.visitor import Visitor, visit

HEADING = {"en": "You already have a network ID", "zh-CN": "您已经有网号了"}


@pytest.fixture(scope="module")
def eid() -> Iterator[LiveEid]:
    with running_eid() as started:
        yield started


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, eid: LiveEid) -> Iterator[LiveDemo]:
    with running_instance(tmp_path_factory.mktemp("instance"), eid) as started:
        yield started


def leave(visitor: Visitor) -> None:
    """Choose the eID on the page with the ways, and arrive there."""
    visitor.page.get_by_test_id("enrol-upstream-city").click()
    expect(visitor.page.get_by_test_id("eid-yes")).to_be_visible()


def prove(visitor: Visitor) -> None:
    """The whole way there and back, to the page that makes the passkey."""
    leave(visitor)
    visitor.page.get_by_test_id("eid-yes").click()
    expect(visitor.page.get_by_test_id("create-passkey")).to_be_visible()


@pytest.mark.parametrize(("locale", "number"), [("en", "EID100001"), ("zh-CN", "EID100002")])
def test_what_an_eid_says_becomes_an_account_that_opens_a_platform_and_no_second_one(
    browser: Browser, instance: LiveDemo, eid: LiveEid, locale: str, number: str
):
    meet(eid, instance, number)
    with visit(browser, instance, locale=locale) as visitor:
        page = visitor.page
        visitor.log_in(instance.shop)
        page.get_by_test_id("create-network-id").click()
        expect(page.get_by_test_id("enrol-upstream-city")).to_be_visible()
        assert accessibility_violations(page) == []
        prove(visitor)
        visitor.make_passkey()
        page.get_by_test_id("created-continue").click()
        visitor.allow()
        assert len(visitor.network_id(instance.shop)) == 29
        visitor.log_out(instance.shop)
        visitor.sign_out()
        visitor.log_in(instance.shop)
        visitor.use_passkey()
        visitor.allow()
        visitor.network_id(instance.shop)
    people = instance.stored()["people"]
    with visit(browser, instance, locale=locale) as visitor:
        visitor.page.goto(f"{instance.issuer}/enrol")
        prove(visitor)
        visitor.own_a_device()
        visitor.page.get_by_test_id("create-passkey").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(HEADING[locale])
        assert accessibility_violations(visitor.page) == []
        visitor.page.get_by_test_id("known-recover").click()
        visitor.page.get_by_test_id("recover-passkey").click()
        visitor.page.wait_for_url(f"{instance.issuer}/recover/waiting*")
    assert instance.stored()["people"] == people


def test_a_no_at_the_eid_offers_every_way_again_and_stores_nothing(
    browser: Browser, instance: LiveDemo, eid: LiveEid
):
    meet(eid, instance, "EID100003")
    before = instance.stored()
    with visit(browser, instance) as visitor:
        page = visitor.page
        page.goto(f"{instance.issuer}/enrol")
        leave(visitor)
        page.get_by_test_id("eid-no").click()
        expect(page.get_by_role("alert")).to_contain_text("without having proved who you are")
        expect(page.get_by_test_id("enrol-code")).to_be_visible()
        assert accessibility_violations(page) == []
        assert {**instance.stored(), "replays": 0} == {**before, "replays": 0}
        prove(visitor)


def test_two_tabs_and_back_use_each_answer_once(browser: Browser, instance: LiveDemo, eid: LiveEid):
    meet(eid, instance, "EID100004")
    with visit(browser, instance) as visitor:
        visitor.page.goto(f"{instance.issuer}/enrol")
        other = visitor.beside()
        other.page.goto(f"{instance.issuer}/enrol")
        leave(visitor)
        leave(other)
        back: list[str] = []
        visitor.page.context.on(
            "request", lambda sent: back.append(sent.url) if "/callback?" in sent.url else None
        )
        visitor.page.get_by_test_id("eid-yes").click()
        expect(visitor.page.get_by_test_id("create-passkey")).to_be_visible()
        other.page.get_by_test_id("eid-yes").click()
        expect(other.page.get_by_test_id("create-passkey")).to_be_visible()
        other.page.goto(back[0])
        expect(other.page.get_by_role("alert")).to_contain_text("in another window")

        visitor.page.bring_to_front()
        visitor.page.go_back()
        visitor.page.go_forward()
        expect(visitor.page.get_by_test_id("create-passkey")).to_be_visible()
        visitor.make_passkey()


def test_everything_up_to_the_passkey_works_without_scripts(
    browser: Browser, instance: LiveDemo, eid: LiveEid
):
    meet(eid, instance, "EID100006")
    with visit(browser, instance, scripts=False) as visitor:
        visitor.page.goto(f"{instance.issuer}/enrol")
        visitor.page.get_by_test_id("enrol-upstream-city").click()
        visitor.page.get_by_test_id("eid-yes").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Make your passkey")
