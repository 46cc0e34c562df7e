from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import Final, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from starlette.requests import Request

from idp.web.pages import Pages
from tests.support.browser import accessibility_violations, add_passkey_device, open_page
from tests.support.sample_pages import SAMPLES
from tests.support.time import SeededEntropy

ORIGIN: Final = "https://id.example"
PAGES: Final = Pages(issuer=ORIGIN, sandbox=True, entropy=SeededEntropy())
FILES: Final = {file.path: file for file in PAGES.static_files}

LEAVES: Final = "*/form_post*.js"  # its page would be gone before anybody has looked at it


def answer(route: Route) -> None:
    """Play the provider inside the browser: no socket is opened."""
    asked, path = route.request, urlsplit(route.request.url).path
    if asked.method == "POST":
        route.fulfill(content_type="text/plain", body=f"{path} {asked.post_data}")
    elif fnmatch(path, LEAVES):
        route.fulfill(content_type="text/javascript", body="")
    elif path in FILES:
        route.fulfill(headers=FILES[path].headers, body=FILES[path].body)
    else:
        name, context = SAMPLES[path.removeprefix("/").replace("_", " ")]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
        language = urlsplit(asked.url).query or "en"
        page = PAGES.render(
            Request({**scope, "scheme": "https", "server": ("id.example", 443)}),
            name,
            {**context, "locale": language},
        )
        route.fulfill(headers=dict(page.headers), body=bytes(page.body))


@contextmanager
def visit(
    browser: Browser,
    sample: str,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
) -> Iterator[Page]:
    with open_page(browser, width=width, scheme=scheme, scripts=scripts) as page:
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/{sample.replace(' ', '_')}")
        yield page


@pytest.mark.timeout(400)  # each page in many looks, on a machine that may be busy
@pytest.mark.parametrize(
    ("language", "schemes"), [("en", ("light", "dark")), ("zh-Hans", ("light",))]
)
@pytest.mark.spec("WCAG 2.2 §5.2.1")
@pytest.mark.spec("WCAG 2.2 §1.4.10")
def test_every_page_is_for_everybody_in_any_window_even_with_text_twice_as_large(
    browser: Browser, language: str, schemes: tuple[Literal["light", "dark"], ...]
):
    """Each page is opened once and looked at in every way: opening costs more than looking.

    axe sees each colour in English. What Chinese adds is its words, their width and their size.
    """
    found: dict[str, list[str]] = {}
    with visit(browser, "home", width=320) as page:
        for sample in SAMPLES:
            page.emulate_media(color_scheme="light")
            page.set_viewport_size({"width": 320, "height": 900})
            page.goto(f"{ORIGIN}/{sample.replace(' ', '_')}?{language}")
            problems = sideways(page, "at 320 px")
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                problems += [f"{scheme}: {line}" for line in accessibility_violations(page)]
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            for width in (640, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                problems += sideways(page, f"at {width} px, text at 200 %")
            found[sample] = problems
    assert {sample: lines for sample, lines in found.items() if lines} == {}


def sideways(page: Page, where: str) -> list[str]:
    """Return by how much a page is wider than its window."""
    root = "document.documentElement"
    over = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    return [f"scrolls {over} px sideways {where}"] if over > 0 else []


def test_enter_in_the_checkbox_is_not_a_yes(browser: Browser):
    with visit(browser, "consent") as page:
        page.get_by_test_id("remember").focus()
        page.keyboard.press("Enter")
        page.get_by_test_id("remember").check()
        page.get_by_test_id("consent-deny").click()
        expect(page.locator("body")).to_contain_text("remember=on&decision=deny")


def test_yes_and_no_have_the_same_size_and_colours(browser: Browser):
    with visit(browser, "consent") as page:
        look = """button => {
            const style = getComputedStyle(button);
            const box = button.getBoundingClientRect();
            const names = ["color", "backgroundColor", "borderColor", "font", "opacity"];
            return [box.height, box.width, box.y, ...names.map((name) => style[name])];
        }"""
        allow = page.get_by_test_id("consent-allow").evaluate(look)
        assert allow == page.get_by_test_id("consent-deny").evaluate(look)
        assert allow[0] >= 44


def test_everything_but_the_passkey_works_without_javascript(browser: Browser):
    with visit(browser, "signin", scripts=False) as page:
        expect(page.get_by_test_id("signin-passkey")).to_be_hidden()
        assert "Passkeys need JavaScript" in page.locator("noscript").inner_text()
        expect(page.locator("noscript")).to_be_visible()
        page.get_by_test_id("persona-rtl").click()
        expect(page.locator("body")).to_contain_text("/signin/persona csrf=c5rf")
        expect(page.locator("body")).to_contain_text("persona=rtl")


def test_a_passkey_is_made_and_then_signs_in(browser: Browser):
    with visit(browser, "create passkey") as page:
        add_passkey_device(page)
        page.get_by_test_id("create-passkey").click()
        expect(page.locator("body")).to_contain_text("/enrol/passkey csrf=c5rf&enrolment=sealed")
        expect(page.locator("body")).to_contain_text("attestationObject")
        page.goto(f"{ORIGIN}/signin")
        expect(page.get_by_label("Or choose one of your saved passkeys")).to_be_visible()
        page.get_by_test_id("signin-passkey").click()
        expect(page.locator("body")).to_contain_text("/signin/passkey csrf=c5rf&interaction=sealed")
        expect(page.locator("body")).to_contain_text("userHandle")
        page.goto(f"{ORIGIN}/signin")
        page.get_by_label("Or choose one of your saved passkeys").focus()
        expect(page.locator("body")).to_contain_text("/signin/passkey")


def test_a_device_that_agrees_by_itself_signs_nobody_in(browser: Browser):
    with visit(browser, "create passkey") as page:
        add_passkey_device(page)
        page.get_by_test_id("create-passkey").click()
        expect(page.locator("body")).to_contain_text("attestationObject")
        page.goto(f"{ORIGIN}/signin")
        expect(page.get_by_label("Or choose one of your saved passkeys")).to_be_visible()
        page.wait_for_timeout(500)
        assert page.url == f"{ORIGIN}/signin"


def test_a_refused_ceremony_says_so_and_can_be_repeated(browser: Browser):
    with visit(browser, "signin") as page:
        add_passkey_device(page)
        page.get_by_test_id("signin-passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing has happened; you can try again")
        expect(page.get_by_test_id("signin-passkey")).to_have_attribute("aria-disabled", "false")


def test_a_browser_without_json_helpers_sends_the_same(browser: Browser):
    with open_page(browser) as page:
        page.add_init_script(
            """delete PublicKeyCredential.parseCreationOptionsFromJSON;
            delete PublicKeyCredential.parseRequestOptionsFromJSON;
            PublicKeyCredential.prototype.toJSON = () => { throw new TypeError("Illegal") };"""
        )
        page.route("**/*", answer)
        add_passkey_device(page)
        page.goto(f"{ORIGIN}/create_passkey")
        page.get_by_test_id("create-passkey").click()
        expect(page.locator("body")).to_contain_text("attestationObject")
        page.goto(f"{ORIGIN}/signin")
        page.get_by_test_id("signin-passkey").click()
        expect(page.locator("body")).to_contain_text("signature")


def test_a_browser_without_passkeys_is_told(browser: Browser):
    with open_page(browser) as page:
        page.add_init_script("delete window.PublicKeyCredential")
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/signin")
        expect(page.get_by_role("alert")).to_contain_text("This browser cannot use passkeys")
        expect(page.get_by_test_id("signin-passkey")).to_be_hidden()


REPORT: Final = str(SAMPLES["error about an address"][1]["report"])


def test_one_button_copies_all_of_an_error_as_text(browser: Browser):
    with visit(browser, "error about an address") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_test_id("copy").click()
        expect(page.get_by_role("status")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == REPORT


def test_where_copying_is_not_allowed_the_text_is_opened_and_selected(browser: Browser):
    with visit(browser, "error about an address") as page:
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"
        )
        page.get_by_test_id("copy").click()
        expect(page.get_by_test_id("report")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("copy it by hand")
        assert page.evaluate("getSelection().toString()").strip() == REPORT


def test_without_javascript_one_click_selects_the_text_of_an_error(browser: Browser):
    with visit(browser, "error about an address", scripts=False) as page:
        expect(page.get_by_test_id("copy")).to_be_hidden()
        page.locator("summary").last.click()
        report = page.get_by_test_id("report")
        assert report.inner_text() == REPORT
        assert report.evaluate("one => getComputedStyle(one).userSelect") == "all"


def test_a_difference_is_marked_by_more_than_colour_and_said_in_words(browser: Browser):
    with visit(browser, "error about an address") as page:
        mark = page.get_by_test_id("sent").locator("mark")
        expect(mark).to_have_text("/")
        assert "underline" in mark.evaluate("one => getComputedStyle(one).textDecorationLine")
        expect(page.get_by_test_id("first-difference")).to_contain_text("character 30 is /")
