"""The token endpoint: codes and refresh tokens, checked in the provider's order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from network_id_simulator import client_authentication, dpop, draft, id_token
from network_id_simulator.grants import (
    ACCESS_TOKEN_SECONDS,
    GRACE_SECONDS,
    Visit,
)
from network_id_simulator.refusals import Refused
from network_id_simulator.trouble import NO_STORE

if TYPE_CHECKING:
    from network_id_simulator.call import Call
    from network_id_simulator.clients import Client
    from network_id_simulator.grants import Grant

GRANT_TYPES: Final = ("authorization_code", "refresh_token")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_ACCESS_TOKEN_ALG: Final = "ES256"


async def answer(call: Call) -> Response:
    """``/token``."""
    client, key = client_authentication.prove(call), dpop.read(call)
    grant_type = call.sent.get("grant_type")
    if grant_type is None:
        raise Refused("grant_type_missing")
    if grant_type == "authorization_code":
        return _respond(call, client, _by_code(call, client, key), key)
    if grant_type == "refresh_token":
        return _respond(call, client, _by_refresh_token(call, client, key), key)
    raise Refused("grant_type_unsupported", sent=grant_type[:200], supported=", ".join(GRANT_TYPES))


def _by_code(call: Call, client: Client, key: str | None) -> Grant:
    """Return the grant of a code, which is used up by that; raises Refused."""
    code = call.sent.get("code")
    if code is None:
        raise Refused("code_missing")
    grant = call.simulator.store.codes.get(code)
    if grant is None:
        raise Refused("code_unknown", problem="there is no such code")
    _check_code(call, client, grant)
    _check_verifier(call.sent.get("code_verifier"), grant.code_challenge)
    _check_key(grant.asked_key, key, "dpop_key_of_code")
    grant.code_used = True
    if client_authentication.presented(call).method == "none":
        grant.key = key  # RFC 9449 §5: who proves nothing else is held to this key
    if call.fault("network-id-renewed"):
        grant.network_id = call.simulator.renew_network_id(client.client_id, grant.persona)
    if "offline_access" in grant.scope:
        _next_refresh_token(call, grant)
    return grant


def _check_key(bound_to: str | None, key: str | None, cause: str) -> None:
    if bound_to is None or bound_to == key:
        return
    raise Refused("dpop_proof_missing" if key is None else cause)


def _check_code(call: Call, client: Client, grant: Grant) -> None:
    if grant.client_id != client.client_id:
        raise Refused("code_of_another_client", problem=f"it was given to {grant.client_id}")
    if grant.code_used:
        grant.revoked = True  # RFC 6749 §4.1.2: what the first use gave ends with a replay
        raise Refused("code_replayed", problem="the code was redeemed before")
    if call.simulator.now() >= grant.expires_at:
        raise Refused("code_expired", problem="a code lives for a minute")
    if call.sent.get("redirect_uri") != grant.redirect_uri:
        sent = call.sent.get("redirect_uri", "nothing")
        raise Refused("code_redirect_uri", sent=sent, expected=grant.redirect_uri)


def _check_verifier(verifier: str | None, challenge: str | None) -> None:
    if challenge is None:
        if verifier is not None:
            raise Refused("verifier_unexpected")
        return
    if verifier is None:
        raise Refused("verifier_missing")
    if not _VERIFIER.fullmatch(verifier):
        raise Refused("verifier_malformed")
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    ours = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(ours, challenge):
        raise Refused("verifier_wrong")


def _by_refresh_token(call: Call, client: Client, key: str | None) -> Grant:
    """Return the grant of a refresh token, which is replaced by that; raises Refused."""
    token = call.sent.get("refresh_token")
    if token is None:
        raise Refused("refresh_token_missing")
    grant = call.simulator.store.refresh_tokens.get(token)
    if grant is None:
        raise Refused("refresh_token_unknown", problem="there is no such token")
    if grant.client_id != client.client_id:
        raise Refused("refresh_token_of_another_client")
    if grant.revoked:
        raise Refused("refresh_token_revoked", problem="its sign-in was ended")
    asked = call.sent.get("scope")
    if asked is not None and not set(asked.split()) <= set(grant.scope):
        told, granted = " ".join(sorted(set(asked.split())))[:200], ", ".join(grant.scope)
        raise Refused("scope_not_granted", sent=told, granted=granted)
    _check_key(grant.key, key, "dpop_key_of_refresh_token")
    _rotate(call, grant, token)
    grant.nonce = None  # OpenID Connect Core 1.0 §12.2: it was of the browser that began
    return grant


def _rotate(call: Call, grant: Grant, token: str) -> None:
    """Replace the live token; one just replaced still gives the live one; older ones end all."""
    late = len(grant.refresh) - 1 - grant.refresh.index(token)
    if late == 0:
        _next_refresh_token(call, grant)
    elif late > 1 or call.simulator.now() - grant.rotated_at >= GRACE_SECONDS:
        grant.revoked = True  # RFC 9700 §4.14.2: somebody else has it too
        raise Refused("refresh_token_reused", problem="it was replaced: its sign-in ends")


def _next_refresh_token(call: Call, grant: Grant) -> None:
    token = call.simulator.new_id()
    grant.refresh.append(token)
    grant.rotated_at = call.simulator.now()
    call.simulator.store.refresh_tokens[token] = grant


def _respond(call: Call, client: Client, grant: Grant, key: str | None) -> Response:
    access = _access_token(call, grant, key)
    call.simulator.store.access_tokens[access] = grant
    answer: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer" if key is None else dpop.SCHEME,
        "expires_in": ACCESS_TOKEN_SECONDS,
    }
    token = id_token.make(call, client, grant, access)
    if token is not None:
        answer["id_token"] = token
        _remember(call, grant, token)
    if grant.refresh:
        answer["refresh_token"] = grant.refresh[-1]
    answer["scope"] = " ".join(grant.scope)
    if call.fault("token-type"):
        answer["token_type"] = "of-a-kind-to-come"
    if call.fault("token-extra"):
        answer |= {"x_future": {"a": [1, None]}, "ferry": "of a standard to come"}
    return JSONResponse(answer, headers=NO_STORE)


def _access_token(call: Call, grant: Grant, key: str | None) -> str:
    simulator = call.simulator
    now = simulator.now()
    claims: dict[str, Any] = {
        "iss": simulator.issuer,
        "sub": grant.network_id,
        "aud": simulator.issuer,
        "client_id": grant.client_id,
        "scope": " ".join(grant.scope),
        "iat": now,
        "exp": now + ACCESS_TOKEN_SECONDS,
        "jti": f"{simulator.new_id()}.{simulator.new_id()}",
    }
    claims |= {} if key is None else {"cnf": {"jkt": key}}
    return draft.new(simulator.keys, _ACCESS_TOKEN_ALG, "at+jwt", claims).sign()


def _remember(call: Call, grant: Grant, token: str) -> None:
    if grant.sid is not None:
        visit = Visit(grant.client_id, grant.persona, grant.network_id, grant.sid, token)
        call.simulator.store.visits[grant.client_id, grant.persona] = visit
