"""Which API an access token is for (RFC 8707), and what of the granted scope it carries.

Rules in prose. A grant is good for at most two audiences: this issuer (``/userinfo``) when
``openid`` was granted, and one resource when scopes of it were. An access token has one of them,
chosen by ``resource`` at the token endpoint; without that it is the resource, if there is one. It
carries the scopes of its audience and no others, so what one audience received is worth nothing at
the other one, and ``/userinfo`` refuses what an API could replay there (audience confusion).
``resource`` never widens: what was not granted is ``invalid_target``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OFFLINE, SCOPE_OPENID, SCOPES
from idp.domain.resource import item_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.domain.grant import GrantFacts
    from idp.domain.resource import Catalogue, Resource


_HERE = frozenset(SCOPES) - {SCOPE_OFFLINE}  # that one is about refresh tokens alone


class Audience(Struct, frozen=True):
    """Who one access token is for, and the scopes that it carries there."""

    identifier: str
    scope: tuple[str, ...]


def chosen(
    named: str | None, scopes: Iterable[str], catalogue: Catalogue, *, issuer: str
) -> Resource | None:
    """Return the resource of a request: the named one, or whose its scopes are; None without any.

    Raises Refusal ``RESOURCE_UNKNOWN``, ``RESOURCES_SEVERAL`` or ``RESOURCE_WITHOUT_SCOPE``.
    """
    if named not in {None, issuer} and named not in catalogue.by_identifier:
        raise Refusal(Cause.RESOURCE_UNKNOWN)
    owners = {
        resource.identifier: resource
        for scope, resource in catalogue.by_scope.items()
        if scope in scopes
    }
    if len(owners) > 1 or (owners and named is not None and named not in owners):
        raise Refusal(Cause.RESOURCES_SEVERAL)
    if named not in {None, issuer} and not owners:
        raise Refusal(Cause.RESOURCE_WITHOUT_SCOPE)
    return next(iter(owners.values()), None)


def items(resource: Resource | None, scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the consent items of ``scopes`` at ``resource``, sorted."""
    if resource is None:
        return ()
    return tuple(sorted(item_of(resource, s) for s in scopes if s in resource.scopes))


def audience(facts: GrantFacts, named: str | None, *, issuer: str) -> Audience:
    """Return the audience of a token that a grant gives when ``named`` is asked for.

    Raises Refusal ``RESOURCE_UNKNOWN`` for what was not granted (RFC 8707 §2.2).
    """
    identifier = named or facts.resource or issuer
    if identifier == issuer and SCOPE_OPENID in facts.scope:
        return Audience(issuer, tuple(scope for scope in facts.scope if scope in _HERE))
    if identifier == facts.resource:
        return Audience(identifier, tuple(scope for scope in facts.scope if scope not in SCOPES))
    raise Refusal(Cause.RESOURCE_UNKNOWN)
