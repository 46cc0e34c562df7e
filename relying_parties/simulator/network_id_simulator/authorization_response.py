"""The authorization response (RFC 6749 §4.1.2, RFC 9207), and what can be wrong with it.

It goes in the query of a redirect, or in a form that the browser sends, as the client asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from network_id_simulator import authorization_request, personas
from network_id_simulator.authorization_request import FORM_POST
from network_id_simulator.discovery import OTHER_ISSUER
from network_id_simulator.grants import CODE_SECONDS, Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from network_id_simulator.authorization_request import AuthorizationRequest
    from network_id_simulator.call import Call
    from network_id_simulator.personas import Persona
    from network_id_simulator.refusals import Refused

Members = dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform is told, and where."""

    redirect_uri: str
    members: Members
    by_form: bool

    @property
    def location(self) -> str:
        """The address that tells it in its query."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode(self.members)}"


def code(call: Call, request: AuthorizationRequest, persona: Persona) -> Told:
    """Send the browser back with a code for ``persona``."""
    answered = _other_session(call, request) or request
    members = {"code": _code(call, answered, persona)}
    return _response(call, answered, members, request.redirect_uri)


def error(call: Call, request: AuthorizationRequest, code: str) -> Told:
    """Send the browser back with the error that a fault asks for."""
    members = {"error": code, "error_description": "The simulator was told to answer this."}
    return _response(call, request, members, request.redirect_uri)


def refusal(call: Call, request: AuthorizationRequest, refused: Refused) -> Told:
    """Send the browser back with what the platform did wrong, or with a person's no."""
    told = refused.answer
    members = {
        "error": told.code,
        "error_description": told.description,
        "error_uri": refused.reference(call.simulator.issuer),
    }
    return _response(call, request, members, request.redirect_uri)


def _response(
    call: Call, request: AuthorizationRequest, members: Members, redirect_uri: str
) -> Told:
    if request.pushed is not None:  # RFC 9126 §7.3: answered once
        call.simulator.store.pushed.pop(request.pushed, None)
    if "state" in request.sent:
        members["state"] = request.sent["state"]
    members["iss"] = call.simulator.issuer
    for name, change in CHANGES.items():
        if call.fault(name):
            change(members)
    return Told(redirect_uri, members, by_form=request.response_mode == FORM_POST)


def _set(**changed: str) -> Callable[[Members], None]:
    return lambda members: members.update(changed)


def _without(*names: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        for name in names:
            members.pop(name, None)

    return change


CHANGES: Final[dict[str, Callable[[Members], None]]] = {
    "state": _set(state="the-state-of-nobody-that-you-know"),
    "state-missing": _without("state"),
    "response-iss": _set(iss=OTHER_ISSUER),
    "response-iss-missing": _without("iss"),
    "response-empty": _without("code", "error", "error_description", "error_uri"),
    "response-extra": _set(session_state="of-a-standard-to-come", x_future="1"),
}


def _other_session(call: Call, request: AuthorizationRequest) -> AuthorizationRequest | None:
    """Return the request of another browser that is to be answered in this one (login CSRF)."""
    if not call.fault("state-other-session"):
        return None
    for sent in reversed(call.simulator.store.recent):
        same_client = sent.get("client_id") == request.client.client_id
        if same_client and sent.get("state") != request.sent.get("state"):
            return _again(call, sent)
    call.note("No other sign-in was begun before this one, so its state is that of nobody.")
    return _again(call, {**request.sent, "state": call.simulator.new_id()})


def _again(call: Call, sent: Mapping[str, str]) -> AuthorizationRequest:
    found = authorization_request.read(call.simulator, sent)
    authorization_request.check(found)
    return found


def _code(call: Call, request: AuthorizationRequest, persona: Persona) -> str:
    simulator = call.simulator
    grant = new_grant(call, request, persona)
    if call.fault("code-other-person"):
        # Somebody else's sign-in: their nonce, and their challenge where this one has any.
        grant.persona = other_than(persona.id)
        grant.network_id = simulator.network_id(grant.client_id, grant.persona)
        grant.nonce = simulator.new_id()
        grant.code_challenge = grant.code_challenge and (simulator.new_id() * 2)[:43]
    if call.fault("code-replayed"):
        grant.code_used = True
    given = simulator.new_id()
    simulator.store.codes[given] = grant
    return given


def new_grant(call: Call, request: AuthorizationRequest, persona: Persona) -> Grant:
    """Return what a person's yes gives a client."""
    simulator, client = call.simulator, request.client
    return Grant(
        client_id=client.client_id,
        redirect_uri=request.redirect_uri,
        persona=persona.id,
        network_id=simulator.network_id(client.client_id, persona.id),
        scope=request.scopes,
        nonce=request.sent.get("nonce"),
        code_challenge=request.sent.get("code_challenge"),
        auth_time=simulator.now() if request.wants_auth_time else None,
        claims=request.claims,
        sid=_sid(call, client.client_id, persona.id) if client.backchannel_logout_uri else None,
        expires_at=simulator.now() + CODE_SECONDS,
        asked_key=request.sent.get("dpop_jkt"),
    )


def _sid(call: Call, client_id: str, persona_id: str) -> str:
    """Return the name of this person's session at this client: the same until it ends."""
    sids = call.simulator.store.sids
    if (client_id, persona_id) not in sids:
        sids[client_id, persona_id] = call.simulator.new_id()
    return sids[client_id, persona_id]


def other_than(persona_id: str) -> str:
    """Return another persona who can sign in."""
    others = (one.id for one in personas.PERSONAS.values() if one.refused is None)
    return next(one for one in others if one != persona_id)
