"""Back-channel logout: the tokens that the simulator sends, right or wrong in each way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2

from network_id_simulator import draft, jws
from network_id_simulator.discovery import OTHER_ISSUER
from network_id_simulator.draft import OTHER_CLIENT, Draft, drop, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from network_id_simulator.grants import Visit
    from network_id_simulator.journal import Entry
    from network_id_simulator.simulator import Simulator

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME_SECONDS: Final = 120
PATIENCE_SECONDS: Final = 5.0
TYP: Final = "logout+jwt"
UNREACHABLE: Final = 0


class NobodySignedInError(LookupError):
    """There is no session to end; the message says what to do first."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One logout token, where it went, and the status of the answer (0: no answer)."""

    client_id: str
    persona: str
    uri: str
    token: str
    status: int


async def send(
    simulator: Simulator, *, persona: str | None = None, client_id: str | None = None
) -> list[Sent]:
    """Send a logout token for every session, or those of one persona or client, and end them.

    With a fault of the group ``logout`` on, the token is wrong and the session goes on. Raises
    NobodySignedInError when there is no such session at a client with a back-channel address.
    """
    return [
        await _send(simulator, visit)
        for visit in _visits(simulator, persona=persona, client_id=client_id)
    ]


def tokens(
    simulator: Simulator, *, persona: str | None = None, client_id: str | None = None
) -> list[str]:
    """Return the logout tokens that `send` would send, and send none: a test posts them itself."""
    return [
        _end(simulator, visit).parameters["logout_token"]
        for visit in _visits(simulator, persona=persona, client_id=client_id)
    ]


def _visits(simulator: Simulator, *, persona: str | None, client_id: str | None) -> list[Visit]:
    visits = [
        visit
        for visit in simulator.store.visits.values()
        if persona in {None, visit.persona} and client_id in {None, visit.client_id}
    ]
    if not visits:
        raise NobodySignedInError(
            "Nobody is signed in at a client with a backchannel_logout_uri. Set one, then sign in."
        )
    return visits


async def _send(simulator: Simulator, visit: Visit) -> Sent:
    entry = _end(simulator, visit)
    token = entry.parameters["logout_token"]
    simulator.journal.close(entry, await _post(simulator, entry.path, token, entry))
    return Sent(visit.client_id, visit.persona, entry.path, token, entry.status)


def _end(simulator: Simulator, visit: Visit) -> Entry:
    """Make the logout token of one session, which ends unless the token is wrong."""
    client = simulator.config.client(visit.client_id)
    uri = (client and client.backchannel_logout_uri) or ""
    entry = simulator.journal.add(time=simulator.now(), at="logout", method="POST", path=uri)
    token = _make(simulator, visit, entry)
    entry.parameters = {"logout_token": token}
    if not entry.faults:
        simulator.store.last_logout[visit.client_id] = token
        simulator.store.visits.pop((visit.client_id, visit.persona), None)
        simulator.store.sids.pop((visit.client_id, visit.persona), None)
    return entry


async def _post(simulator: Simulator, uri: str, token: str, entry: Entry) -> int:
    transport = simulator.settings.transport
    # trust_env off: a proxy of the environment leads to no platform under test.
    http = httpx2.AsyncClient(transport=transport, timeout=PATIENCE_SECONDS, trust_env=False)
    try:
        async with http:
            answer = await http.post(uri, data={"logout_token": token})
    except httpx2.HTTPError as error:
        entry.notes.append(f"No answer: {type(error).__name__}.")
        return UNREACHABLE
    entry.notes.append(f"The platform answered {answer.status_code}: {answer.text[:500]}")
    return answer.status_code


def _make(simulator: Simulator, visit: Visit, entry: Entry) -> str:
    """Return the logout token with every fault that is on."""
    call = _Sending(simulator, entry)
    if call.fault("logout-id-token"):
        return visit.id_token
    before = simulator.store.last_logout.get(visit.client_id)
    if call.fault("logout-jti-replayed"):
        if before is not None:
            return before
        entry.notes.append("No logout token was sent before, so this one is new.")
    client = simulator.config.client(visit.client_id)
    alg = simulator.config.algorithm if client is None else simulator.config.algorithm_of(client)
    token = draft.new(simulator.keys, alg, TYP, claims(simulator, visit))
    for name, change in CHANGES.items():
        if call.fault(name):
            change(token)
    signed = token.sign()
    return jws.with_flipped_bit(signed) if call.fault("logout-signature") else signed


class _Sending:
    """What `Call` is for a request, for a token that is sent."""

    def __init__(self, simulator: Simulator, entry: Entry) -> None:
        self._simulator = simulator
        self._entry = entry

    def fault(self, name: str) -> bool:
        taken = self._simulator.switches.take(name)
        if taken:
            self._entry.faults.append(name)
        return taken


def claims(simulator: Simulator, visit: Visit) -> dict[str, Any]:
    """Return the claims of the right logout token (Back-Channel Logout 1.0 §2.4)."""
    now = simulator.now()
    return {
        "iss": simulator.issuer,
        "aud": visit.client_id,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": simulator.new_id(),
        "events": {EVENT: {}},
        "sid": visit.sid,
    }


def _plain_type(token: Draft) -> None:
    token.header["typ"] = "JWT"


CHANGES: Final[dict[str, Callable[[Draft], None]]] = {
    "logout-iss": put(iss=OTHER_ISSUER),
    "logout-aud": put(aud=OTHER_CLIENT),
    "logout-typ-jwt": _plain_type,
    "logout-nonce": put(nonce="a-nonce-that-does-not-belong-here"),
    "logout-events-missing": drop("events"),
    "logout-no-subject": drop("sid"),
    "logout-iat": draft.issued_ahead,
    "logout-exp": draft.expired,
    "logout-other-sid": put(sid="the-session-of-somebody-else"),
    "logout-extra-claims": put(x_future={"a": [1, None]}, ferry="of a standard to come"),
    "logout-alg-none": draft.without_algorithm,
}
