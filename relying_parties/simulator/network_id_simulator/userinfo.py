"""The userinfo endpoint (OpenID Connect Core 1.0 §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from network_id_simulator import dpop, id_token, jws
from network_id_simulator.authorization_response import other_than
from network_id_simulator.refusals import Refused
from network_id_simulator.trouble import NO_STORE

if TYPE_CHECKING:
    from network_id_simulator.call import Call
    from network_id_simulator.grants import Grant


async def answer(call: Call) -> Response:
    """``/userinfo``, for GET and POST, with the token in the header or the form."""
    grant = _grant(call)
    members: dict[str, Any] = {"sub": grant.network_id}
    members |= id_token.answers(call.simulator, grant, "userinfo")
    if call.fault("userinfo-sub"):
        members["sub"] = call.simulator.network_id(grant.client_id, other_than(grant.persona))
    if call.fault("userinfo-sub-missing"):
        del members["sub"]
    if call.fault("userinfo-extra"):
        members |= {"x_future": {"a": [1, None]}, "ferry": "of a standard to come"}
    return JSONResponse(members, headers=NO_STORE)


def _grant(call: Call) -> Grant:
    scheme, token = _token(call)
    grant = call.simulator.store.access_tokens.get(token)
    if grant is None:
        raise Refused("token_invalid", problem="there is no such access token")
    if grant.revoked:
        raise Refused("token_revoked", problem="its sign-in was ended")
    if call.simulator.now() >= jws.read(token)[1]["exp"]:
        raise Refused("token_expired")
    _check_key(call, scheme, token)
    return grant


def _check_key(call: Call, scheme: str, token: str) -> None:
    """RFC 9449 §7: a bound token comes with a proof of its key, and under its own scheme."""
    bound_to = jws.read(token)[1].get("cnf", {}).get("jkt")
    if (bound_to is not None) != (scheme == dpop.SCHEME.lower()):
        raise Refused("token_under_other_scheme")
    if bound_to is None:
        return
    key = dpop.read(call, token)
    if key != bound_to:
        raise Refused("dpop_proof_missing" if key is None else "dpop_key_of_token")


def _token(call: Call) -> tuple[str, str]:
    """Return the scheme and the access token, which is sent one way (RFC 6750 §2)."""
    scheme, _, in_header = (call.authorization or "").partition(" ")
    in_body = call.sent.get("access_token") if call.request.method == "POST" else None
    if call.authorization is not None and scheme.lower() not in {"bearer", "dpop"}:
        raise Refused("token_missing", problem="Authorization is neither Bearer nor DPoP")
    if in_header.strip() and in_body:
        raise Refused("token_repeated")
    token = in_header.strip() or in_body
    if not token:
        raise Refused("token_missing")
    return scheme.lower() or "bearer", token
