"""Faults of the signature, its algorithm and its key; and what becomes of the provider's keys."""

from __future__ import annotations

from typing import Any, Final

from network_id_simulator.fault import Fault, Must

_CHECK = "Verify the signature by the key that jwks_uri publishes for the token's kid."
_ALG = "Name the one algorithm that you registered (RS256 unless you chose another) and no other."
_REFETCH = (
    "When a kid is unknown, fetch jwks_uri again, once; then refuse. Wait some 30 seconds before "
    "the next such fetch."
)
_KEEP = "Keep the keys that you have while jwks_uri does not answer well, and begin again later."


def _signature(name: str, what: str, mistake: str, mend: str, **others: Any) -> Fault:
    given: dict[str, Any] = {
        "group": "signature",
        "must": Must.REFUSE,
        "spec": "OpenID Connect Core 1.0 §3.1.3.7",
        **others,
    }
    return Fault(name=name, what=what, mistake=mistake, mend=mend, **given)


def _keys(name: str, what: str, mistake: str, mend: str, **others: Any) -> Fault:
    given: dict[str, Any] = {
        "group": "keys",
        "spec": "OpenID Connect Core 1.0 §10.1.1",
        **others,
    }
    return _signature(name, what, mistake, mend, **given)


ROWS: Final = (
    _signature(
        "signature",
        "A bit of the signature is flipped.",
        "The signature is not verified.",
        _CHECK,
    ),
    _signature(
        "signature-missing",
        "The signature is cut off; the algorithm is still named.",
        "A token without a signature counts as verified.",
        _CHECK,
    ),
    _signature(
        "signature-other-key",
        "The signature is by a key of somebody else, under the kid of a published one.",
        "The signature is not verified, or by a key that comes with the token.",
        _CHECK,
    ),
    _signature(
        "payload-altered",
        "The claims were changed after signing: sub is another person's network ID.",
        "The signature is not verified.",
        _CHECK,
    ),
    _signature(
        "alg-none",
        "alg is none, and there is no signature.",
        "The token's own alg decides how it is verified.",
        _ALG,
        spec="RFC 8725 §3.2",
    ),
    _signature(
        "alg-hs256",
        "alg is HS256, with the provider's public key as the shared secret.",
        "The token's own alg decides, so a public key becomes a password that everybody knows.",
        _ALG,
        spec="RFC 8725 §2.1",
    ),
    _signature(
        "alg-unregistered",
        "alg is RS512: rightly signed by a published key, whose JWK says another algorithm.",
        "Any algorithm that the library knows is accepted.",
        _ALG,
        spec="RFC 8725 §3.1",
    ),
    _signature(
        "kid-unknown",
        "kid names a key that was never published.",
        "When the kid is unknown, any other key is tried, or none.",
        _CHECK + " An unknown kid, after one fetch of the keys, is a refusal.",
    ),
    _signature(
        "kid-missing",
        "There is no kid, although several keys are published. The signature is right.",
        "Keys are tried one after the other.",
        "Require a kid: this provider always names its key.",
        spec="OpenID Connect Core 1.0 §10.1",
        may_sign_in=True,
    ),
    _signature(
        "kid-other-type",
        "kid names a published key of another type than alg needs.",
        "The key is taken by kid, and its type is not looked at.",
        "Look for a key by kid and alg together.",
        spec="RFC 8725 §3.1",
    ),
    _keys(
        "keys-rotated",
        "The provider signs by the next key, which it has published for long.",
        "Keys are pinned, or the first key of the set is used for all.",
        "Look the key up by kid in what jwks_uri publishes; never configure keys by hand.",
        must=Must.SURVIVE,
    ),
    _keys(
        "keys-unfamiliar",
        "The provider signs by a key that it has published just now.",
        "Keys are fetched once and never again.",
        _REFETCH,
        must=Must.SURVIVE,
        needs="Keys that were fetched before, at least half a minute ago for many libraries.",
    ),
    _keys(
        "keys-unpublished",
        "The provider signs by a key that it has not published.",
        "A token whose key is unknown is let through.",
        _CHECK + " " + _REFETCH,
    ),
    _keys(
        "keys-reused-kid",
        "A new key is published under the kid of the old one, and signs.",
        "A failed signature ends in an error page of the framework.",
        "Refuse, and offer to begin again; your next regular fetch of the keys mends it.",
        must=Must.STAND,
        may_sign_in=True,
    ),
    _keys(
        "keys-removed",
        "The key that signs is not published any more.",
        "An unknown key ends in an error page of the framework.",
        _REFETCH + " Offer to begin again.",
        must=Must.STAND,
        may_sign_in=True,
    ),
    _keys(
        "keys-empty",
        "jwks_uri publishes no key at all.",
        "Good keys are forgotten for an answer that holds none.",
        _KEEP,
        must=Must.STAND,
        at="jwks",
        may_sign_in=True,
    ),
    _keys(
        "keys-junk",
        "jwks_uri publishes broken keys, and such as are of no use here, before the right ones.",
        "One key that cannot be read makes the whole set useless.",
        "Pass over keys that you cannot use.",
        must=Must.SURVIVE,
        spec="RFC 7517 §5",
        at="jwks",
    ),
    _keys(
        "keys-extra",
        "jwks_uri publishes keys of kinds to come, and unknown members.",
        "An unknown kind of key makes the whole set useless.",
        "Pass over keys of a kind that you do not know.",
        must=Must.SURVIVE,
        spec="RFC 7517 §5",
        at="jwks",
    ),
)
