"""Proofs of possession (RFC 9449): a JWT, new for each request, signed by the sender's own key.

Rules in prose. One proof in one header. Its key is in it, public, for one of ``ALGS``; who sent it
is told by nothing in it, only that they hold the key. It is for one method at one address: ours as
configured, never as the ``Host`` header has it. At a resource it is for one access token (``ath``).
It is young: made ``MAX_AGE_SECONDS`` ago at most and ``SKEW_SECONDS`` ahead at most. A proof that
carries a live nonce of ours may have an older ``iat``, since the nonce then tells when it was made:
so a client whose clock is slow is told a nonce, and goes on. It is spent once, by the caller.

A nonce is a keyed tag of the minute, and stored nowhere. Nobody can make proofs now for later: the
nonce of then cannot be known. It is the same for everybody, and so says nothing about anybody: the
minute is what every clock says (promise P2). Whether one is always demanded, is a setting.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from idp.domain import base64url
from idp.domain.framing import framed
from idp.domain.refusal import Cause, Refusal
from idp.protocol import jose, jwt_mismatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = "DPoP"
NONCE_HEADER = "DPoP-Nonce"
TYP = "dpop+jwt"
ALGS = ("ES256", "PS256", "Ed25519")  # FAPI 2.0 §5.4.1; keys made for this need nothing older
SKEW_SECONDS = 10
MAX_AGE_SECONDS = 60
MAX_AHEAD_SECONDS = 60  # FAPI 2.0 §5.3.2.1: refused beyond, whatever else holds
NONCE_STEP_SECONDS = 60
NONCE_STEPS = 3
SPENT_SECONDS = NONCE_STEP_SECONDS * (NONCE_STEPS + 1) + MAX_AHEAD_SECONDS + SKEW_SECONDS
"""How long a spent proof is remembered: no proof lives longer, by whichever clock."""

_MAX_PROOF = 4096
_MAX_JTI = 256
_MAX_ADDRESS = 2048
_FAR = 2**53  # seconds; JSON has numbers that no float holds
_NONCE_LABEL = b"network-id/dpop-nonce/1"
_NONCE_BYTES = 16
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_PRINTED = re.compile(r"[!-~]+")
_PORTS = {"https": 443, "http": 80}
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


class Proof(Struct, frozen=True):
    """A proof that held. ``jkt`` is its key's thumbprint, ``once`` what still has to be spent.

    ``next_nonce`` is for the client's next proof; None for a client that goes by its clock. The
    proof was not made before ``made`` (epoch seconds, by the client's clock).
    """

    jkt: str
    once: str
    next_nonce: str | None = None
    made: int = 0


class Expected(Struct, frozen=True, kw_only=True):
    """What a proof has to be for; ``now`` in epoch seconds.

    ``address`` is where the request arrived, without query. ``token`` is the access token that came
    with it, at a resource. ``nonce_keys`` are secrets of 32 bytes that all nodes share: nonces are
    given under the first, and accepted under each.
    """

    method: str
    address: str
    now: int
    nonce_keys: Sequence[bytes]
    nonce_demanded: bool
    token: str | None = None


def read(sent: Sequence[str], expected: Expected) -> Proof | None:
    """Return the proof in the ``DPoP`` headers of a request, or None without any (§4.3).

    Raises Refusal ``DPOP_PROOF_REPEATED``, ``DPOP_PROOF_REFUSED``, or ``DPOP_NONCE_NEEDED`` with
    the nonce to come back with.
    """
    if not sent:
        return None
    if len(sent) > 1:
        raise Refusal(Cause.DPOP_PROOF_REPEATED)
    try:
        found = jose.verify_self_signed(sent[0].strip(), algs=ALGS, typ=TYP, limit=_MAX_PROOF)
    except jose.JwtRefused as error:
        raise Refusal(
            Cause.DPOP_PROOF_REFUSED,
            jwt_mismatch.algorithm(sent[0].strip(), ALGS),
            why=error.reason,
        ) from error
    jti = found.claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
        raise _refused("without a usable jti")
    _check_request(found.claims, expected)
    _check_token(found.claims, expected)
    by_nonce = _timely(found.claims, expected)
    # §11.1: in the context of its target, which is in our own words here.
    once = f"{expected.method} {expected.address} {jti}"
    if by_nonce:  # whatever its own clock says, it came after a nonce that is alive
        made = expected.now - NONCE_STEP_SECONDS * NONCE_STEPS
        return Proof(found.thumbprint, once, _next(expected), made)
    made = math.floor(_time(found.claims, "iat") or 0) - MAX_AHEAD_SECONDS
    return Proof(found.thumbprint, once, None, made)


def next_nonce(proof: Proof | None) -> str | None:
    """Return the nonce to give in an answer (§8.2), so that the client's never grows old."""
    return None if proof is None else proof.next_nonce


def promising(sent: Mapping[str, str], proof: Proof) -> dict[str, str]:
    """Return a pushed request that names the key of the proof it came with (§10.1).

    Raises Refusal ``DPOP_JKT_CONTRADICTED`` when it named another one.
    """
    if sent.get("dpop_jkt", proof.jkt) != proof.jkt:
        raise Refusal(Cause.DPOP_JKT_CONTRADICTED)
    return {**sent, "dpop_jkt": proof.jkt}


def check_jkt(value: str | None) -> None:
    """§10: ``dpop_jkt`` is a thumbprint; raises Refusal ``DPOP_JKT_MALFORMED``."""
    if value is not None and not _THUMBPRINT.fullmatch(value):
        raise Refusal(Cause.DPOP_JKT_MALFORMED)


def _refused(problem: str) -> Refusal:
    return Refusal(Cause.DPOP_PROOF_REFUSED, problem=problem, told=problem)


def _check_request(claims: Mapping[str, object], expected: Expected) -> None:
    if claims.get("htm") != expected.method:
        raise _refused("for another method")
    address = claims.get("htu")
    if not isinstance(address, str) or not _same(address, expected.address):
        raise _refused("for another address")


def _same(address: str, expected: str) -> bool:
    return address == expected or normal(address) == normal(expected)


def _check_token(claims: Mapping[str, object], expected: Expected) -> None:
    """§7: or a proof that was seen would do for any token of that key."""
    if expected.token is None:
        return
    digest = base64url.encode(hashlib.sha256(expected.token.encode()).digest())
    ath = claims.get("ath")
    if not isinstance(ath, str) or not hmac.compare_digest(_bytes(ath), digest.encode()):
        raise _refused("for another access token")


def _timely(claims: Mapping[str, object], expected: Expected) -> bool:
    """Judge when a proof was made; True when a nonce says so, False when its ``iat`` does."""
    now = expected.now
    made = _time(claims, "iat")
    if made is None or made > now + MAX_AHEAD_SECONDS:
        raise _refused("without iat, or from the future")
    # RFC 7519 §4.1.4, §4.1.5: nobody has to send these, and who does means them.
    until, since = _time(claims, "exp"), _time(claims, "nbf")
    if until is not None and until + SKEW_SECONDS <= now:
        raise _refused("expired")
    if since is not None and since > now + SKEW_SECONDS:
        raise _refused("not yet valid")
    sent = claims.get("nonce")
    if sent is not None:
        if _nonce_lives(sent, expected):
            return True
    elif not expected.nonce_demanded and now - MAX_AGE_SECONDS <= made <= now + SKEW_SECONDS:
        return False
    # §8: what the nonce has to be is told, so that a client with a slow clock can go on.
    raise Refusal(Cause.DPOP_NONCE_NEEDED, dpop_nonce=_next(expected))


def _time(claims: Mapping[str, object], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"without a readable {name}")
    return float(max(-_FAR, min(value, _FAR)))


def nonce(key: bytes, now: int, *, steps_ago: int = 0) -> str:
    """Return the nonce that is given at ``now`` (§8, §9)."""
    step = now // NONCE_STEP_SECONDS - steps_ago
    tag = hmac.digest(key, framed(_NONCE_LABEL, str(step).encode()), "sha256")
    return base64url.encode(tag[:_NONCE_BYTES])


def _next(expected: Expected) -> str:
    return nonce(expected.nonce_keys[0], expected.now)


def _nonce_lives(sent: object, expected: Expected) -> bool:
    if not isinstance(sent, str):
        return False
    # One step ahead: another node's clock may be a moment before ours.
    live = (
        nonce(key, expected.now, steps_ago=ago)
        for key in expected.nonce_keys
        for ago in range(-1, NONCE_STEPS)
    )
    return any(hmac.compare_digest(_bytes(sent), one.encode()) for one in live)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def normal(address: str) -> str | None:
    """Return an address in the one spelling to compare (§4.3, RFC 3986 §6.2.2 and §6.2.3).

    Query and fragment are left out. None for what is no http address, or names a user.
    """
    # A reader that drops line breaks, as Python's does, would see another address than was signed.
    if len(address) > _MAX_ADDRESS or not _PRINTED.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own = "" if port in {None, _PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{own}{_path(parts.path)}"


def _path(path: str) -> str:
    escaped = re.sub(r"%[0-9A-Fa-f]{2}", _unescaped, path or "/")
    kept: list[str] = []
    for segment in escaped.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if escaped.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def _unescaped(found: re.Match[str]) -> str:
    character = chr(int(found[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else found[0].upper()
