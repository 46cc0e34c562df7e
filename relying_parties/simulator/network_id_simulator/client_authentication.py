"""How a client proves itself (RFC 6749 §2.3, OpenID Connect Core 1.0 §9), as at the provider.

A client that is not configured may say what it likes; what cannot be checked is noted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from network_id_simulator import jws
from network_id_simulator.discovery import ASSERTION_ALGS
from network_id_simulator.refusals import Refused

if TYPE_CHECKING:
    from network_id_simulator.call import Call
    from network_id_simulator.clients import Client

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION: Final = 3600
SKEW: Final = 10


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request presents: the method, the client it claims to be, the proof."""

    method: str
    client_id: str
    proof: str = field(repr=False)


def prove(call: Call) -> Client:
    """Return the client that ``call`` is of; raises Refused."""
    used = presented(call)
    client = call.simulator.config.client(used.client_id)
    if client is None:
        known = " ".join(call.simulator.config.clients)
        raise Refused("client_authentication_failed", sent=used.client_id, known=known)
    if used.method not in client.methods:
        raise Refused(
            "client_authentication_method",
            registered=", ".join(client.methods),
            sent=used.method,
        )
    if used.method in {"client_secret_basic", "client_secret_post"}:
        _check_secret(call, client, used)
    if used.method == "private_key_jwt":
        _check_assertion(call, client, used)
    return client


def presented(call: Call) -> Presented:
    """Read which method a request uses; raises Refused when it uses several, or none."""
    found = [one for one in (_basic(call), _assertion(call), _post(call)) if one is not None]
    if len(found) > 1:
        methods = " and ".join(one.method for one in found)
        raise Refused("client_authentication_repeated", sent=methods)
    named = call.sent.get("client_id")
    if not found:
        if named is None:
            raise Refused("client_authentication_missing")
        return Presented("none", named, "")
    if named is not None and named != found[0].client_id:
        raise Refused("client_authentication_failed", problem="two client_ids were sent")
    return found[0]


def _basic(call: Call) -> Presented | None:
    if call.authorization is None:
        return None
    scheme, _, value = call.authorization.partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    name, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon or not name:
        raise Refused("client_authentication_failed", problem="Authorization is not HTTP Basic")
    # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    return Presented("client_secret_basic", unquote_plus(name), unquote_plus(secret))


def _post(call: Call) -> Presented | None:
    secret = call.sent.get("client_secret")
    if secret is None:
        return None
    return Presented("client_secret_post", call.sent.get("client_id", ""), secret)


def _assertion(call: Call) -> Presented | None:
    assertion, kind = call.sent.get("client_assertion"), call.sent.get("client_assertion_type")
    if assertion is None and kind is None:
        return None
    if assertion is None or kind != ASSERTION_TYPE:
        raise Refused("assertion_malformed", problem=f"client_assertion_type is {kind}")
    try:
        claimed = jws.read(assertion)[1].get("sub")
    except ValueError:
        claimed = None
    if not isinstance(claimed, str):
        raise Refused("assertion_malformed", problem="it has no sub that can be read")
    return Presented("private_key_jwt", claimed, assertion)


def _check_secret(call: Call, client: Client, used: Presented) -> None:
    if client.client_secret is None:
        call.note("Any secret is accepted of a client that is not configured.")
    elif not hmac.compare_digest(client.client_secret.encode(), used.proof.encode()):
        raise Refused("client_authentication_failed", problem="the secret is another one")


def _check_assertion(call: Call, client: Client, used: Presented) -> None:
    claims = _verified(call, client, used.proof)
    issuer, now = call.simulator.issuer, call.simulator.now()
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise Refused("assertion_refused", problem="iss and sub are not the client")
    if claims.get("aud") not in (issuer, f"{issuer}/token"):
        told = ", ".join((issuer, f"{issuer}/token"))
        raise Refused("assertion_audience", sent=str(claims.get("aud"))[:200], expected=told)
    expires, jti = claims.get("exp"), claims.get("jti")
    if not isinstance(expires, int | float) or not now - SKEW < expires <= now + LONGEST_ASSERTION:
        raise Refused("assertion_refused", problem="exp is missing, over, or over an hour away")
    if not isinstance(jti, str) or not jti:
        raise Refused("assertion_refused", problem="it has no jti")
    if jti in call.simulator.store.assertions:
        raise Refused("assertion_replayed")
    call.simulator.store.assertions[jti] = int(expires)


def _verified(call: Call, client: Client, assertion: str) -> dict[str, Any]:
    if client.jwks is None:
        call.note("The signature of the assertion is not checked: no jwks is configured.")
        return jws.read(assertion)[1]
    try:
        keys = KeySet.import_key_set(client.jwks)  # type: ignore[arg-type]
        return dict(jwt.decode(assertion, keys, algorithms=list(ASSERTION_ALGS)).claims)
    except (JoseError, ValueError, TypeError) as error:
        raise Refused("assertion_refused", problem=type(error).__name__) from None
