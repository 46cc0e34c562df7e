"""What the simulator asks of an authorization request: as the provider does, in its order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from network_id_simulator.discovery import PROMPTS, RESPONSE_MODES, SCOPES
from network_id_simulator.grants import KEPT_SECONDS
from network_id_simulator.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from network_id_simulator.clients import Client
    from network_id_simulator.simulator import Simulator

MAX_STATE: Final = 1024
MAX_NONCE: Final = 512
MAX_TOTAL: Final = 3840
MAX_CLAIMS: Final = 2048
REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"
QUERY: Final = "query"
FORM_POST: Final = "form_post"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_AGE: Final = re.compile(r"[0-9]{1,9}")
_PLACES: Final = ("id_token", "userinfo")


@dataclass(slots=True)
class AuthorizationRequest:
    """One request as understood so far; ``redirect_uri`` is set once it may be answered there.

    ``pushed`` is the handle of a pushed request, which is used up by its answer.
    """

    sent: Mapping[str, str]
    client: Client
    require_pkce: bool
    redirect_uri: str = ""
    scopes: tuple[str, ...] = ()
    prompts: frozenset[str] = frozenset()
    claims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pushed: str | None = None
    response_mode: str = QUERY

    @property
    def wants_auth_time(self) -> bool:
        """Tell whether the ID token must carry ``auth_time``."""
        return "max_age" in self.sent or "auth_time" in self.claims.get("id_token", ())


def read(simulator: Simulator, sent: Mapping[str, str]) -> AuthorizationRequest:
    """Return the request with its client and its redirect URI; raises Refused, told on a page."""
    pushed, sent = sent.get("request_uri"), _opened(simulator, sent)
    client = _client(simulator, sent)
    request = AuthorizationRequest(sent, client, simulator.config.require_pkce, pushed=pushed)
    uri = sent.get("redirect_uri")
    if uri is None:
        raise Refused("redirect_uri_missing", client_id=request.client.client_id)
    if not request.client.may_redirect_to(uri):
        registered = " ".join(request.client.redirect_uris) or "any https or loopback address"
        raise Refused("redirect_uri_mismatch", sent=uri, registered=registered)
    request.redirect_uri = uri
    return request


def _client(simulator: Simulator, sent: Mapping[str, str]) -> Client:
    client_id = sent.get("client_id")
    if client_id is None:
        raise Refused("client_id_missing")
    client = simulator.config.client(client_id)
    if client is None:
        known = " ".join(simulator.config.clients)
        raise Refused("unknown_client", sent=client_id, registered=known)
    return client


def _opened(simulator: Simulator, sent: Mapping[str, str]) -> Mapping[str, str]:
    """Return what was pushed in place of what was sent (RFC 9126 §4).

    The first browser that comes with the handle in time has as long as it needs.
    """
    uri = sent.get("request_uri")
    if uri is None:
        return sent
    pushed = simulator.store.pushed.get(uri)
    if pushed is None:
        raise Refused("pushed_request_unknown", sent=uri)
    if pushed.client_id != sent.get("client_id"):
        raise Refused("pushed_request_of_another_client", sent=sent.get("client_id", "nothing"))
    if simulator.now() >= pushed.expires_at:
        raise Refused("pushed_request_expired")
    simulator.store.pushed[uri] = replace(pushed, expires_at=simulator.now() + KEPT_SECONDS)
    return pushed.parameters


def check(request: AuthorizationRequest) -> None:
    """Run the checks that are told to the client; raises Refused for the first that fails."""
    for one in CHECKS:
        one(request)


def _response_mode_is_known(request: AuthorizationRequest) -> None:
    """First of all that is told to the client: it says how."""
    mode = request.sent.get("response_mode", QUERY)
    web = request.redirect_uri.startswith(("https:", "http:"))
    if mode not in RESPONSE_MODES or (mode == FORM_POST and not web):
        raise Refused("response_mode_unsupported", sent=mode)
    request.response_mode = mode


def _registration_is_absent(request: AuthorizationRequest) -> None:
    if "registration" in request.sent:
        raise Refused("registration_unsupported")


def _response_type_is_code(request: AuthorizationRequest) -> None:
    response_type = request.sent.get("response_type")
    if response_type is None:
        raise Refused("response_type_missing")
    if response_type != "code":
        raise Refused("response_type_unsupported", sent=response_type)


def _values_fit(request: AuthorizationRequest) -> None:
    sent = request.sent
    too_long = len(sent.get("state", "")) > MAX_STATE or len(sent.get("nonce", "")) > MAX_NONCE
    if too_long or sum(map(len, sent.values())) > MAX_TOTAL:
        raise Refused("parameter_too_long")


def _scope_asks_for_a_sign_in(request: AuthorizationRequest) -> None:
    asked = request.sent.get("scope", "").split()
    request.scopes = tuple(sorted(set(asked) & set(SCOPES)))
    if "openid" not in request.scopes:
        raise Refused("scope_missing", sent=request.sent.get("scope", "nothing"))


def _pkce_is_sound(request: AuthorizationRequest) -> None:
    challenge = request.sent.get("code_challenge")
    method = request.sent.get("code_challenge_method")
    if challenge is None:
        if request.require_pkce:
            raise Refused("pkce_required")
        if method is not None:
            raise Refused("pkce_challenge_malformed")
        return
    if method is None:
        raise Refused("pkce_method_missing")
    if method != "S256":
        raise Refused("pkce_method_unsupported", sent=method[:200], supported="S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise Refused("pkce_challenge_malformed", sent=challenge)


def _prompt_is_consistent(request: AuthorizationRequest) -> None:
    request.prompts = frozenset(request.sent.get("prompt", "").split())
    if not request.prompts <= set(PROMPTS):
        raise Refused("prompt_unknown", sent=request.sent["prompt"])
    if "none" in request.prompts and len(request.prompts) > 1:
        raise Refused("prompt_contradictory", sent=request.sent["prompt"])


def _max_age_is_a_number(request: AuthorizationRequest) -> None:
    text = request.sent.get("max_age")
    if text is not None and not _MAX_AGE.fullmatch(text):
        raise Refused("max_age_malformed", sent=text)


def _claims_are_well_formed(request: AuthorizationRequest) -> None:
    text = request.sent.get("claims")
    if text is None:
        return
    try:
        asked = json.loads(text) if len(text) <= MAX_CLAIMS else None
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refused("claims_malformed", sent=text[:200])
    request.claims = {place: _names(asked.get(place) or {}, text) for place in _PLACES}


def _names(place: Any, text: str) -> frozenset[str]:
    if not isinstance(place, dict):
        raise Refused("claims_malformed", sent=text[:200])
    if not all(detail is None or isinstance(detail, dict) for detail in place.values()):
        raise Refused("claims_malformed", sent=text[:200])
    return frozenset(place)


CHECKS: Final[tuple[Callable[[AuthorizationRequest], None], ...]] = (
    _response_mode_is_known,
    _registration_is_absent,
    _response_type_is_code,
    _values_fit,
    _scope_asks_for_a_sign_in,
    _pkce_is_sound,
    _prompt_is_consistent,
    _max_age_is_a_number,
    _claims_are_well_formed,
)
