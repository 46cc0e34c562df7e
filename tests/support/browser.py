"""A real Chromium without a window, a passkey device in it, and axe for accessibility.

Playwright's synchronous form keeps its event loop running under the test, so a module that uses
`browser` holds no `async` tests or fixtures; servers run in processes or threads of their own.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

# Timing never decides a test: a busy machine is waited for.
PATIENCE_MS: Final = 30_000
expect.set_options(timeout=PATIENCE_MS)

MISSING: Final = "Chromium is not installed (Debian: apt-get install chromium)"
WCAG_2_2_AA: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Of several lists Chromium takes the last alone: Playwright's own comes first here. The last three
# would start a hidden page or process beside every page of a test.
NOT_NEEDED: Final = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
)
# It speaks to this machine's servers only: no updates, no reports, no sync, no QUIC.
ARGUMENTS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # No test lives long enough on one page for what an optimizing compiler costs.
    "--js-flags=--no-opt --no-maglev",
    f"--disable-features={','.join(NOT_NEEDED)}",
)
# Most pages of a tab are only passed by: axe waits in each, and is run where somebody looks.
_BRING_AXE: Final = "void (globalThis.loadAxe = () => {%s\n})"
_RUN_AXE: Final = """options => {
    if (typeof axe !== "object") {
        if (typeof loadAxe !== "function") return false;
        loadAxe();
    }
    return axe.run(options).then(({violations}) => violations.map(rule =>
        `${rule.id}: ${rule.help}: ${rule.nodes.map(node => node.html).join("; ")}`));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium; skip with one clear line where it is not installed."""
    if find_chromium() is None:
        pytest.skip(MISSING)
    with chromium() as started:
        yield started


def find_chromium() -> str | None:
    """Return the program, None where it is not installed: the whole browser that people have.

    The engine alone (``chromium-headless-shell``) would save a third of the CPU time.
    """
    return shutil.which("chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium for the length of the block; it has to be installed."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*ARGUMENTS, *as_root]
        )
        yield started
        started.close()


@contextmanager
def open_page(
    browser: Browser,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
    locale: str = "en",
    scale: float = 1,
) -> Iterator[Page]:
    """Open a page with cookies of its own; `scripts=False` is a browser without JavaScript.

    `scale` is how many pixels of the screen make one of CSS.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=scripts,
        locale=locale,
        device_scale_factor=scale,
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


@dataclass(frozen=True)
class PasskeyDevice:
    """A virtual authenticator of one page: resident keys, and a person who always agrees."""

    session: CDPSession
    authenticator: str
    kept: list[dict[str, Any]] = field(default_factory=list)

    def credentials(self) -> list[dict[str, Any]]:
        """Return the passkeys it holds, as the DevTools protocol describes them."""
        answer = self.session.send(
            "WebAuthn.getCredentials", {"authenticatorId": self.authenticator}
        )
        return list(answer["credentials"])

    def add(self, credential: Mapping[str, Any]) -> None:
        """Put a passkey of another page's device into this one."""
        self.session.send(
            "WebAuthn.addCredential",
            {"authenticatorId": self.authenticator, "credential": dict(credential)},
        )

    def put_away(self) -> None:
        """Take it from the page, with all it holds; of two devices Chromium asks both."""
        self.session.send("WebAuthn.removeVirtualAuthenticator", self._named)

    @property
    def _named(self) -> dict[str, str]:
        return {"authenticatorId": self.authenticator}

    def verify_person(self, *, agrees: bool) -> None:
        """Say whether the person passes the device's own check from now on."""
        self.session.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self.authenticator, "isUserVerified": agrees},
        )


def add_passkey_device(
    page: Page, transport: Literal["internal", "usb"] = "internal"
) -> PasskeyDevice:
    """Give the page an authenticator, its own or a security key; DevTools ties it to the page."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": transport,
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    answer = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return PasskeyDevice(session, answer["authenticatorId"])


def accessibility_violations(page: Page) -> list[str]:
    """Return one line per WCAG 2.2 AA rule that axe finds broken: the rule, its help, the parts.

    axe is itself a script: use a page with `scripts=True`, or it waits for ever.
    """
    options = {
        "runOnly": {"type": "tag", "values": list(WCAG_2_2_AA)},
        "resultTypes": ["violations"],
    }
    lines = page.evaluate(_RUN_AXE, options)
    if lines is False:  # the first time in this tab
        axe = _BRING_AXE % Axe().axe_script
        page.add_init_script(axe)  # a page that follows in this tab has it compiled already
        page.evaluate(axe)
        lines = page.evaluate(_RUN_AXE, options)
    return [str(line) for line in lines]
