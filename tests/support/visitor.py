"""A person at a browser: what they press, what they see, and what their browser complains about.

Whatever a test walks through, the visit ends with a look at all of it: no error in the console, no
violation of a content security policy, and not one request to anybody but the demo itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.support.browser import PATIENCE_MS, PasskeyDevice, add_passkey_device, open_page
from tests.support.live_demo import LiveDemo

EXPECTED_STATUS: Final = "Failed to load resource: the server responded with a status of 4"
# RFC 7636 appendix B: nobody redeems the code of a request that is typed into the address bar.
CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Visitor:
    """Somebody at one tab. Methods follow the buttons; what they lead to is for the test to see."""

    page: Page
    demo: LiveDemo
    complaints: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    device: PasskeyDevice | None = None

    def log_in(self, platform: str) -> None:
        """Open a platform and press its login."""
        self.page.goto(platform)
        self.page.get_by_test_id("login").click()

    def choose(self, persona: str) -> None:
        """Press a persona's button on the sign-in page."""
        self.page.get_by_test_id(f"persona-{persona}").click()

    def use_passkey(self) -> None:
        """Press the passkey's button on the sign-in page."""
        self.page.get_by_test_id("signin-passkey").click()

    def allow(self, *, remember: bool = False) -> None:
        """Say yes on the consent page."""
        if remember:
            self.page.get_by_test_id("remember").check()
        self.page.get_by_test_id("consent-allow").click()

    def deny(self) -> None:
        """Say no on the consent page."""
        self.page.get_by_test_id("consent-deny").click()

    def network_id(self, platform: str) -> str:
        """Return the network ID that a platform shows; waits until it does."""
        self.page.wait_for_url(lambda url: url.startswith(f"{platform}/"))  # consent shows one too
        shown = self.page.get_by_test_id("network-id")
        expect(shown).to_be_visible()
        return shown.inner_text()

    def log_out(self, platform: str) -> None:
        """Log out at a platform, unless the provider's word has done that already.

        It does at a moment of its own within two minutes of a sign-out there: also between two
        steps of this, so what counts is the page that comes afterwards.
        """
        self.page.goto(platform)
        if self.page.get_by_test_id("logout").count():
            self.page.get_by_test_id("logout").click()
            self.page.goto(platform)
        expect(self.page.get_by_test_id("login").first).to_be_visible()

    def sign_out(self) -> None:
        """Sign out at the provider."""
        self.page.goto(f"{self.demo.issuer}/signout")
        self.page.get_by_test_id("signout-confirm").click()
        self.is_signed_out()

    def forget(self) -> None:
        """Be a browser without cookies, signed in nowhere: sooner than by signing out."""
        self.page.context.clear_cookies()

    def is_signed_out(self) -> None:
        """Wait for the page that says so; its query says which platforms are told."""
        there = f"{self.demo.issuer}/signed-out"
        self.page.wait_for_url(lambda url: url.partition("?")[0] == there)

    def create_network_id(self) -> None:
        """Take an unused citizen's place, from the start page on, with a passkey of this tab."""
        self.page.goto(self.demo.issuer)
        self.enrol()

    def enrol(self) -> None:
        """Take an unused citizen's place, from a page that offers it."""
        self.page.get_by_test_id("create-network-id").click()
        self.page.get_by_test_id("enrol-sandbox").click()
        self.page.get_by_test_id("create-continue").click()
        expect(self.page.get_by_test_id("create-passkey")).to_be_visible()
        self.make_passkey()

    def make_passkey(self) -> None:
        """Press the button that makes the passkey, on a device that says yes."""
        self.own_a_device()
        self.page.get_by_test_id("create-passkey").click()
        expect(self.page.get_by_test_id("created-continue")).to_be_visible()

    def own_a_device(self) -> None:
        """Give this tab a passkey device, unless it has one. Without, a ceremony never ends."""
        self.device = self.device or add_passkey_device(self.page)

    def change_device(self, transport: Literal["internal", "usb"]) -> PasskeyDevice:
        """Put this tab's passkey device away, and give it another one."""
        if self.device is not None:
            self.device.put_away()
        self.device = add_passkey_device(self.page, transport)
        return self.device

    def take(self, device: PasskeyDevice | None = None) -> PasskeyDevice:
        """Put the device in hand aside and take a new one, or one put aside before."""
        old, known = self.device, [] if device is None else device.kept
        if old is not None:
            old.kept[:] = old.credentials()
            old.put_away()
        self.device = add_passkey_device(self.page)
        for credential in known:
            self.device.add(credential)
        return self.device

    def is_at(self, base: str, path: str = "") -> bool:
        """Tell whether the address bar shows this origin, and a path beginning so."""
        return self.page.url.startswith(f"{base}{path or '/'}")

    def interaction(self) -> str:
        """Return the token of the sign-in under way, from the address bar."""
        return parse_qs(urlsplit(self.page.url).query)["interaction"][0]

    def pages_of_the_provider(self) -> list[str]:
        """Return the paths of the provider that a person got to see, in order."""
        seen = [urlsplit(url) for url in self.passed]
        home = urlsplit(self.demo.issuer).netloc
        return [parts.path for parts in seen if parts.netloc == home]

    def ask(self, platform: str, **parameters: str) -> None:
        """Go to the provider with a request of a platform's that its own button never sends."""
        client = "demo-shop" if platform == self.demo.shop else "demo-forum"
        query = {
            "client_id": client,
            "redirect_uri": f"{platform}/callback",
            "response_type": "code",
            "scope": "openid",
            "state": "typed",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        self.page.goto(f"{self.demo.issuer}/authorize?{urlencode(query | parameters)}")

    def beside(self) -> "Visitor":
        """Open another tab of the same browser."""
        return Visitor(self.page.context.new_page(), self.demo, self.complaints, self.passed)

    def listen(self) -> None:
        """Note what the browser complains about, asks for, and shows."""
        context = self.page.context
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", lambda answer: self._on_response(answer.status, answer.url))

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" not in self.demo.origins:
            self.complaints.append(f"a request to somebody else: {request.url}")

    def _on_response(self, status: int, url: str) -> None:
        if status >= 500:
            self.complaints.append(f"status {status}: {url}")
        if status == 200 and not urlsplit(url).path.endswith((".css", ".js", ".svg", ".png")):
            self.passed.append(url)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A page that refuses something says so with its status; Chromium calls that an error.
        if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED_STATUS):
            self.complaints.append(f"console: {message.text}")


@contextmanager
def visit(
    browser: Browser,
    demo: LiveDemo,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
    locale: str = "en",
    scale: float = 1,
) -> Iterator[Visitor]:
    """Open a browser of its own on the demo; ends with no complaint, or the test fails."""
    opened = open_page(
        browser, width=width, scheme=scheme, scripts=scripts, locale=locale, scale=scale
    )
    with opened as page:
        visitor = Visitor(page, demo)
        visitor.listen()
        page.set_default_timeout(PATIENCE_MS)
        yield visitor
        assert not visitor.complaints, "\n".join(visitor.complaints)
