"""An operator at a browser: joins by a link of `idp operators add`, proposes, approves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE_MS, add_passkey_device, open_page
from tests.support.live_demo import LiveDemo


@dataclass
class Officer:
    """Somebody at one tab, with a passkey device of that tab."""

    page: Page
    demo: LiveDemo

    def open_link(self, link: str) -> None:
        """Open a one-time link and go on to the page that makes the passkey."""
        self.page.goto(link)
        self.page.get_by_test_id("operator-join").click()
        expect(self.page.get_by_test_id("operator-make-passkey")).to_be_visible()

    def make_passkey(self) -> None:
        """Make the passkey; the tab needs a device."""
        self.page.get_by_test_id("operator-make-passkey").click()
        expect(self.page.get_by_test_id("operator-number")).to_be_visible()

    def sign_in(self) -> None:
        """Sign in with the passkey of this tab's device."""
        self.page.goto(f"{self.demo.issuer}/operator/signin")
        self.page.get_by_test_id("operator-signin").click()
        expect(self.page.get_by_test_id("operator-number")).to_be_visible()

    def sign_out(self) -> None:
        """Sign out on the operators' pages."""
        self.page.goto(f"{self.demo.issuer}/operator")
        self.page.get_by_test_id("operator-signout").click()
        expect(self.page.get_by_test_id("operator-signin")).to_be_visible()

    def ask_to_open(self, network_id: str, reference: str) -> str:
        """Propose to open a case; return the address of the proposal."""
        self.page.goto(f"{self.demo.issuer}/operator/cases/new")
        self.page.get_by_test_id("case-network-id").fill(network_id)
        self.page.get_by_test_id("case-reference").fill(reference)
        return self.propose()

    def propose(self) -> str:
        """Send the proposal of this page; return its address."""
        self.page.get_by_test_id("propose").click()
        expect(self.page.get_by_test_id("needs-another")).to_be_visible()
        return self.page.url

    def approve(self, proposal: str) -> str:
        """Approve with a passkey; return the address of the case."""
        self.page.goto(proposal)
        self.page.get_by_test_id("approve").click()
        expect(self.page.get_by_test_id("case-state")).to_be_visible()
        return self.page.url


def invitation(demo: LiveDemo, name: str, *roles: str) -> str:
    """Return the link that `idp operators add` prints."""
    command = ["operators", "add", "--name", name]
    for role in roles:
        command += ["--role", role]
    link: str = demo.command(*command)["link"]
    return link


@contextmanager
def officer(browser: Browser, demo: LiveDemo, name: str, *roles: str) -> Iterator[Officer]:
    """Let a new operator join in a browser of their own."""
    with open_page(browser) as page:
        page.set_default_timeout(PATIENCE_MS)
        add_passkey_device(page)
        joined = Officer(page, demo)
        joined.open_link(invitation(demo, name, *roles))
        joined.make_passkey()
        yield joined
