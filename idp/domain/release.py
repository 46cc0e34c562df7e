"""What may be released to a platform, and what was asked: claims, scopes, consent items.

Rules in prose. The claims we offer are ``sub``, four age answers, yes or no, and how surely the
identity was proved; never a birth date, a name, an address or a number (promise P1). The scope
``age`` asks for all four answers from ``/userinfo``; ``claims`` (OpenID Connect Core §5.5) asks for
single ones where the client names them, and it alone for the level of assurance: few platforms need
that. Consent is given to *items*: the scope ``openid`` and each claim by name; it is asked again
only for items that were not allowed before (DESIGN §6, P5). The scope ``offline_access`` is an item
too: the platform may then come back while the person is away.
"""

from __future__ import annotations

from msgspec import Struct

from idp.domain.age import CLAIM_NAMES as AGE_CLAIMS

SCOPE_OPENID = "openid"
ITEM_NETWORK_ID = "network_id"
CLAIM_AUTH_TIME = "auth_time"
ITEM_HARDWARE = "hardware_key"
CLAIM_ASSURANCE = "identity_assurance_level"
SCOPE_AGE = "age"
SCOPE_OFFLINE = "offline_access"
SCOPES: tuple[str, ...] = (SCOPE_OPENID, SCOPE_AGE, SCOPE_OFFLINE)

OFFERED: frozenset[str] = frozenset({*AGE_CLAIMS, CLAIM_ASSURANCE})
_NOTHING: frozenset[str] = frozenset()
CLAIMS_OF_SCOPE: dict[str, tuple[str, ...]] = {SCOPE_AGE: tuple(AGE_CLAIMS)}


class Release(Struct, frozen=True):
    """The claims of one request by where they are to appear, each a sorted tuple of names.

    ``permissions`` are the consent items of what it asks for at a resource. Without ``sign_in``
    there is no ID token: the network ID is all that is told of the person.
    ``auth_time`` tells whether the ID token says when the person signed in, ``hardware`` whether it
    says that they did so with a key in proved hardware, ``offline`` whether the client may stay
    connected while they are away.
    """

    id_token: tuple[str, ...]
    userinfo: tuple[str, ...]
    auth_time: bool = False
    hardware: bool = False
    permissions: tuple[str, ...] = ()
    offline: bool = False
    sign_in: bool = True

    @property
    def claims(self) -> tuple[str, ...]:
        """All claims asked for, once each, sorted."""
        if not self.id_token:
            return self.userinfo
        return tuple(sorted({*self.id_token, *self.userinfo}))

    @property
    def items(self) -> frozenset[str]:
        """What consent has to cover.

        The time of the sign-in is an item of its own: two platforms that both learn it can compare
        (the named exception of promise P2), so nobody learns it unseen. So is a security key whose
        hardware was proved: few people own one. ``openid`` stands for the network ID and for how
        the person signed in, ``network_id`` for the first of these alone.
        """
        single = (
            (SCOPE_OPENID, self.sign_in),
            (ITEM_NETWORK_ID, not self.sign_in),
            (CLAIM_AUTH_TIME, self.auth_time),
            (ITEM_HARDWARE, self.hardware),
            (SCOPE_OFFLINE, self.offline),
        )
        asked = [item for item, is_asked in single if is_asked]
        return frozenset((*asked, *self.claims, *self.permissions))


def covers(allowed: frozenset[str], asked: frozenset[str]) -> bool:
    """Tell whether who allowed ``allowed`` need not be asked for ``asked``."""
    return not news(allowed, asked)


def news(allowed: frozenset[str], asked: frozenset[str]) -> frozenset[str]:
    """Return those of the items ``asked`` that were not allowed before."""
    known = allowed | {ITEM_NETWORK_ID} if SCOPE_OPENID in allowed else allowed
    return asked - known


def release_for(
    scopes: frozenset[str],
    asked: dict[str, frozenset[str]],
    *,
    auth_time: bool = False,
    sign_in: bool = True,
    permissions: tuple[str, ...] = (),
) -> Release:
    """Join what scopes and the ``claims`` parameter ask for; the rest as in ``Release``.

    ``asked`` maps ``id_token`` and ``userinfo`` to claim names; names that we do not offer are
    left out, as OpenID Connect Core §5.5 wants of a provider that cannot answer them.
    """
    in_token, in_userinfo = asked.get("id_token", _NOTHING), asked.get("userinfo", _NOTHING)
    by_scope = {name for scope in scopes for name in CLAIMS_OF_SCOPE.get(scope, ())}
    return Release(
        id_token=tuple(sorted(in_token & OFFERED)) if in_token else (),
        userinfo=tuple(sorted(by_scope.union(in_userinfo & OFFERED))),
        auth_time=auth_time,
        permissions=permissions,
        offline=SCOPE_OFFLINE in scopes,
        sign_in=sign_in,
    )
