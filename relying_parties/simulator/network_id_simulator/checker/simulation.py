"""The simulator, over its HTTP API: what comes next, and what the platform asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2

from network_id_simulator.checker.wish import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id_simulator.fault import Fault

UNTIL_OFF: Final = "until reset"
SECONDS: Final = 10.0
CLIENT_ERROR: Final = 400


@dataclass(frozen=True, slots=True)
class Heard:
    """What the simulator heard during one sign-in.

    ``request``: the authorization request's parameters, those of a pushed one included. ``asked``:
    the endpoints that were asked. ``faults``: those that were delivered. ``refused``: why the
    simulator refused something by itself, by endpoint.
    """

    request: Mapping[str, str]
    asked: frozenset[str]
    faults: frozenset[str]
    refused: Mapping[str, str]


class Simulation:
    """One simulator. Nobody else may use it meanwhile: what is set holds for every sign-in."""

    def __init__(self, issuer: str, transport: httpx2.AsyncBaseTransport) -> None:
        self.issuer = issuer
        self.ever_asked: frozenset[str] = frozenset()
        self._http = httpx2.AsyncClient(
            base_url=issuer, transport=transport, timeout=SECONDS, trust_env=False
        )
        self._last = 0

    async def configure(self, **members: Any) -> dict[str, Any]:
        """Set members of the simulator's configuration and return it whole."""
        found: dict[str, Any] = await self._call("PATCH", "/config", json=members)
        return found

    async def arm(self, fault: Fault | None, persona: str) -> None:
        """Let this fault alone happen from now on, to sign-ins of this persona."""
        await self._call("DELETE", "/config/faults")
        switched = {} if fault is None else {fault.name: UNTIL_OFF}
        await self.configure(persona=persona, faults=switched)
        self._last = max((entry["number"] for entry in await self._entries()), default=self._last)

    async def heard(self) -> Heard:
        """Return what was heard since `arm`, and switch every fault off."""
        await self._call("DELETE", "/config/faults")
        entries = [entry for entry in await self._entries() if entry["number"] > self._last]
        asked = frozenset(entry["at"] for entry in entries)
        self.ever_asked |= asked
        requests = [e["parameters"] for e in entries if e["at"] in {"par", "authorize"}]
        return Heard(
            request={name: value for one in requests for name, value in one.items()},
            asked=asked,
            faults=frozenset(name for entry in entries for name in entry["faults"]),
            refused={e["at"]: e["refused"] for e in entries if e["refused"]},
        )

    async def aclose(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def _entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._call("GET", "/requests"))["requests"]
        return found

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            response = await self._http.request(method, path, **more)
            if response.status_code >= CLIENT_ERROR:
                raise CannotRunError(f"{path} of the simulator answered {response.status_code}")
            return response.json() if response.content else {}
        except (httpx2.HTTPError, ValueError) as error:
            raise CannotRunError(
                f"No simulator answers at {self.issuer} ({type(error).__name__}). Start one with "
                "`networkid simulator`, or leave --simulator out."
            ) from None
