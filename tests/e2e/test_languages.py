"""Two languages: switched in the middle of a sign-in, handed on by the platform, and one term."""

import json
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, expect

from relying_parties import demo as platforms
from tests.support.live_demo import LiveDemo
from tests.support.states import send_a_forged_credential
from tests.support.visitor import visit

TERM: Final = "网号"


def language(page: Page) -> Locator:
    return page.locator("html")


def switch(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def test_switching_in_the_middle_keeps_the_sign_in(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.forum)
        switch(visitor.page, "简体中文")
        expect(language(visitor.page)).to_have_attribute("lang", "zh-Hans")
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("夜谈")
        visitor.choose("adult")
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("夜谈")
        switch(visitor.page, "English")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "Share this with After Hours?"
        )
        visitor.allow()
        visitor.network_id(demo.forum)


def test_switching_after_a_refused_passkey_keeps_the_sign_in(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.shop)
        send_a_forged_credential(visitor)
        switch(visitor.page, "简体中文")
        visitor.choose("adult")
        visitor.allow()
        visitor.network_id(demo.shop)


def test_the_platform_hands_its_language_on(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.page.goto(demo.shop)
        switch(visitor.page, "简体中文")
        visitor.page.get_by_test_id("login").click()
        expect(language(visitor.page)).to_have_attribute("lang", "zh-Hans")  # ui_locales
        visitor.choose("adult")
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("陶与茶")
        visitor.allow()
        visitor.network_id(demo.shop)
        expect(visitor.page.locator(".facts")).to_contain_text("收到的国家身份信息")


def test_what_the_person_chose_here_goes_before_the_platforms_wish(
    browser: Browser, demo: LiveDemo
):
    with visit(browser, demo, scripts=False, locale="zh-CN") as visitor:
        visitor.log_in(demo.shop)
        switch(visitor.page, "English")
        expect(language(visitor.page)).to_have_attribute("lang", "en")
        visitor.choose("adult")
        expect(language(visitor.page)).to_have_attribute("lang", "en")


def test_provider_and_platforms_use_one_chinese_term(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False, locale="zh-CN") as visitor:
        visitor.page.goto(demo.issuer)
        expect(visitor.page).to_have_title(f"首页 · {TERM}")
        visitor.page.goto(demo.shop)
        expect(visitor.page.get_by_test_id("login")).to_have_text(f"使用{TERM}登录")
    words = json.loads((Path(platforms.__file__).parent / "words.zh-Hans.json").read_bytes())
    assert TERM in words["about"]
    assert "网络身份" not in json.dumps(words, ensure_ascii=False)
