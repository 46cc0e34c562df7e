"""A served simulator in the hands of a test: short words for what tests do."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2

from network_id_simulator import logout
from network_id_simulator.faults import Fault, find
from network_id_simulator.rows_errors import fault_name

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from network_id_simulator.journal import Entry
    from network_id_simulator.logout import Sent
    from network_id_simulator.simulator import Simulator

_PATIENCE_SECONDS = 10.0


class NoRedirectError(AssertionError):
    """The provider did not send the browser back; the message says what it showed instead."""


class Provider:
    """What the pytest fixture ``network_id_provider`` is. Each test begins with none of it set."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    @property
    def issuer(self) -> str:
        """The issuer: give it to the platform under test."""
        return self.simulator.issuer

    @property
    def config_url(self) -> str:
        """Where the same is done over HTTP, for tests in other languages."""
        return f"{self.issuer}/config"

    def login(self, persona: str = "adult") -> None:
        """Let ``persona`` sign in from now on, without a page. Raises UnknownPersonaError."""
        self.configure(persona=persona)

    def deny(self) -> None:
        """Let the person say no from now on."""
        self.login("declines")

    def ask(self) -> None:
        """Let a page ask who signs in, for tests that press its buttons."""
        self.configure(persona=None)

    def fault(self, name: str, *, times: int | None = 1) -> Fault:
        """Let a fault happen the next ``times`` times, None for until reset; return its row.

        Raises UnknownFaultError, which names the nearest.
        """
        self.simulator.switches.on(name, times)
        return find(name)

    def error(self, code: str, *, at: str = "authorize", times: int | None = 1) -> Fault:
        """Let the endpoint ``at`` answer the error ``code``, e.g. ``login_required``."""
        return self.fault(fault_name(code, at), times=times)

    def delivered(self, name: str) -> int:
        """Return how often a fault was delivered: 0 means the platform did not meet it."""
        return self.simulator.switches.delivered(name)

    def configure(self, **members: Any) -> None:
        """Set what ``PATCH /config`` sets. Raises ConfigError."""
        self.simulator.config.change(members)

    def network_id(self, client_id: str, persona: str = "adult") -> str:
        """Return the network ID by which a client knows a persona."""
        return self.simulator.network_id(client_id, persona)

    def rotate_keys(self) -> None:
        """Rotate the signing keys as a provider should."""
        self.simulator.rotate_keys()

    def browse(self, url: str) -> str:
        """Go to an authorization URL as a browser, and return where it sends the browser back.

        Raises NoRedirectError when the provider shows a page instead.
        """
        with httpx2.Client(timeout=_PATIENCE_SECONDS, trust_env=False) as http:
            answer = http.get(url)
        if not answer.has_redirect_location:
            entry = self.requests[-1]
            why = entry.refused or "a page asks who signs in: call login() first"
            raise NoRedirectError(f"HTTP {answer.status_code}: {why} {' '.join(entry.notes)}")
        return str(answer.headers["location"])

    def logout(self, persona: str | None = None, *, client_id: str | None = None) -> list[Sent]:
        """Send a back-channel logout to wherever ``persona`` (everybody) is signed in.

        Returns each token with the status of the platform's answer. Raises NobodySignedInError.
        """
        return _finish(logout.send(self.simulator, persona=persona, client_id=client_id))

    async def send_logout(
        self, persona: str | None = None, *, client_id: str | None = None
    ) -> list[Sent]:
        """Do as `logout` does, for a platform that runs on the event loop of the test."""
        return await logout.send(self.simulator, persona=persona, client_id=client_id)

    def logout_token(self, persona: str | None = None, *, client_id: str | None = None) -> str:
        """Return what `logout` would send to the first of them, for a test to post by itself.

        That is the way for a platform that listens on no port: a test client, an ASGI transport.
        """
        return logout.tokens(self.simulator, persona=persona, client_id=client_id)[0]

    @property
    def requests(self) -> list[Entry]:
        """What the platform sent, oldest first, and the logout tokens that it was sent."""
        return self.simulator.journal.entries()

    def reset(self) -> None:
        """Switch everything back, and forget what came."""
        self.simulator.reset()


def _finish(work: Coroutine[Any, Any, list[Sent]]) -> list[Sent]:
    """Wait for ``work``, in a thread: the test may have an event loop of its own running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
