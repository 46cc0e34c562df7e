"""The simulator, over its HTTP API: what comes next, and what the platform asked."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

import httpx2

from network_id_simulator.checker.wish import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id_simulator.fault import Fault

UNTIL_OFF: Final = "until reset"
SECONDS: Final = 10.0
CLIENT_ERROR: Final = 400
NOBODY: Final = 409  # nobody is signed in at a platform with an address for logout tokens


@dataclass(frozen=True, slots=True)
class Heard:
    """What the simulator heard during one sign-in.

    ``request``: the authorization request's parameters, those of a pushed one included. ``asked``:
    the endpoints that were asked. ``faults``: those that were delivered. ``refused``: why the
    simulator refused something by itself, by endpoint. ``secret``: the client secret that came.
    """

    request: Mapping[str, str]
    asked: frozenset[str]
    faults: frozenset[str]
    refused: Mapping[str, str]
    secret: str = field(default="", repr=False)


class Simulation:
    """One simulator. Nobody else may use it meanwhile: what is set holds for every sign-in."""

    def __init__(self, issuer: str, transport: httpx2.AsyncBaseTransport) -> None:
        self.issuer = issuer
        self.ever_asked: frozenset[str] = frozenset()
        self._http = httpx2.AsyncClient(
            base_url=issuer, transport=transport, timeout=SECONDS, trust_env=False
        )
        self._on: set[str] = set()
        self._before: dict[str, Any] = {}

    async def arm(self, fault: Fault | None, persona: str) -> None:
        """Let this fault alone happen from now on, to sign-ins of this persona; forget the rest."""
        switched: dict[str, str | None] = dict.fromkeys(self._on)
        self._on = set() if fault is None else {fault.name}
        switched |= dict.fromkeys(self._on, UNTIL_OFF)
        await self._call("PATCH", "/config", json={"persona": persona, "faults": switched})
        await self._call("DELETE", "/requests")

    async def heard(self) -> Heard:
        """Return what was heard since `arm`."""
        entries = (await self._call("GET", "/requests"))["requests"]
        asked = frozenset(entry["at"] for entry in entries)
        self.ever_asked |= asked
        requests = [e["parameters"] for e in entries if e["at"] in {"par", "authorize"}]
        return Heard(
            request={name: value for one in requests for name, value in one.items()},
            asked=asked,
            faults=frozenset(name for entry in entries for name in entry["faults"]),
            refused={e["at"]: e["refused"] for e in entries if e["refused"]},
            secret=next(filter(None, map(_secret, entries)), ""),
        )

    async def send_logout(self, persona: str) -> int | None:
        """Send a logout token for this persona; return the platform's status, None for no address.

        The status is 0 when no answer came.
        """
        found = await self._call("POST", "/config/logout", json={"persona": persona})
        sent = [one["status"] for one in (found or {}).get("sent", [])]
        return sent[0] if sent else None

    async def begin(self, *, slow_seconds: float, backchannel_logout_uri: str | None) -> None:
        """Prepare for a check. Raises CannotRunError when no simulator answers.

        A slow endpoint takes ``slow_seconds``; PKCE is not demanded, so that a platform without it
        hears of everything else too.
        """
        found = await self._call("GET", "/config")
        wanted: dict[str, Any] = {"slow_seconds": slow_seconds, "require_pkce": False}
        if backchannel_logout_uri is not None:
            wanted["backchannel_logout_uri"] = backchannel_logout_uri
        self._before = {name: found[name] for name in (*wanted, "persona")}
        await self._call("PATCH", "/config", json=wanted)

    async def end(self) -> None:
        """Set everything back as it was, and close the connection."""
        faults = dict.fromkeys(self._on)
        await self._call("PATCH", "/config", json={**self._before, "faults": faults})
        await self._http.aclose()

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            response = await self._http.request(method, path, **more)
            if response.status_code == NOBODY:
                return None
            if response.status_code >= CLIENT_ERROR:
                text = f"{path} of the simulator answers {response.status_code}"
                raise CannotRunError("no_simulator", text)
            return response.json() if response.content else {}
        except (httpx2.HTTPError, ValueError) as error:
            text = (
                f"no simulator answers at {self.issuer} ({type(error).__name__}). Start one by "
                "`networkid simulator`, or leave --simulator out"
            )
            raise CannotRunError("no_simulator", text) from None


def _secret(entry: Mapping[str, Any]) -> str:
    """Return the client secret of a token request, as it was sent; empty without any."""
    scheme, _, value = entry["headers"].get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return str(entry["parameters"].get("client_secret", ""))
    try:
        pair = base64.b64decode(value).decode()
    except ValueError:
        return ""
    return unquote_plus(pair.partition(":")[2])
