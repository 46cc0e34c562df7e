"""A resource: an API that takes our access tokens, and what a client may ask of it (RFC 8707).

Rules in prose. A resource is named by an absolute URI and has scopes, each with the words that a
person reads before allowing it. A scope belongs to one resource only, so that a request that names
no resource still has one audience, and nothing asked of one API counts at another. Consent is given
to each scope as an *item* that is bound to the resource and to the words that were read (those
without a language): a scope of the same name elsewhere, or one that by now allows something else,
was never allowed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.domain import base64url
from idp.domain.client import localized

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_IDENTIFIER = 150  # characters; it is sealed with a grant, and all grants are of one size
MAX_SCOPE = 32
MAX_SCOPES_OF_CLIENT = 8  # a page with more to allow is not read; and so a consent has one size
SANDBOX_PATH = "/sandbox/resource"
SANDBOX_SCOPE = "sandbox:read"
_ITEM_PREFIX = "r:"
_ITEM_BYTES = 6


class Resource(Struct, frozen=True):
    """One API. ``client_id`` is who runs it; None for the sandbox's own.

    ``names`` maps a BCP 47 language ("" when none was given) to what people call it; ``scopes``
    maps each scope to such a mapping of what it allows.
    """

    identifier: str
    client_id: str | None
    names: Mapping[str, str]
    scopes: Mapping[str, Mapping[str, str]]

    def name(self, locale: str) -> str:
        """Return what it is called in ``locale``, else untagged, else in any language."""
        return localized(self.names, locale) or self.identifier

    def allows(self, scope: str, locale: str) -> str:
        """Return what ``scope`` allows, in words of ``locale``, as ``name`` does."""
        return localized(self.scopes.get(scope, {}), locale) or scope


class Catalogue(Struct, frozen=True):
    """Every resource there is, by identifier and by scope. Empty where none is asked for.

    ``by_item`` explains consent items, those of resources that are gone too.
    """

    by_identifier: Mapping[str, Resource] = field(default_factory=dict)
    by_scope: Mapping[str, Resource] = field(default_factory=dict)
    by_item: Mapping[str, tuple[Resource, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource], gone: Iterable[Resource] = ()) -> Catalogue:
        """Return the catalogue of ``resources``; of two with one name the first one counts."""
        known: dict[str, Resource] = {}
        owners: dict[str, Resource] = {}
        for resource in resources:
            if known.setdefault(resource.identifier, resource) is resource:
                for scope in resource.scopes:
                    owners.setdefault(scope, resource)
        every = [(one, scope) for one in gone for scope in one.scopes]
        every += [(owner, scope) for scope, owner in owners.items()]
        return cls(known, owners, {item_of(one, scope): (one, scope) for one, scope in every})

    def place(self, item: str) -> tuple[int, str]:
        """Return where ``item`` stands among those of its resource, which chose their order."""
        resource, scope = self.by_item.get(item, (None, ""))
        return (0 if resource is None else list(resource.scopes).index(scope), item)

    def told(self, items: Iterable[str], locale: str) -> dict[str, str]:
        """Return what those of ``items`` allow that are about resources, and where."""
        found = {}
        for item in items:
            if item in self.by_item:
                resource, scope = self.by_item[item]
                where = f"{resource.name(locale)} ({resource.identifier})"
                found[item] = f"{where}: {resource.allows(scope, locale)}"
        return found

    def offers(self, item: str) -> bool:
        """Tell whether what was allowed by ``item`` can still be asked for."""
        resource, scope = self.by_item.get(item, (None, ""))
        return resource is not None and self.by_scope.get(scope) is resource


def item_of(resource: Resource, scope: str) -> str:
    """Return the consent item of one scope at one resource: short, and always the same."""
    allowed = resource.allows(scope, "")
    digest = hashlib.sha256(f"{resource.identifier} {scope} {allowed}".encode()).digest()
    return _ITEM_PREFIX + base64url.encode(digest[:_ITEM_BYTES])


def is_item(item: str) -> bool:
    """Tell whether a consent item is about a resource's scope."""
    return item.startswith(_ITEM_PREFIX)


def sandbox_resource(issuer: str) -> Resource:
    """Return the API of the sandbox, on which a developer tries tokens."""
    return Resource(
        identifier=f"{issuer.rstrip('/')}{SANDBOX_PATH}",
        client_id=None,
        names={"": "Sandbox API", "zh-Hans": "沙盒 API"},
        scopes={
            SANDBOX_SCOPE: {
                "": "See that a token works, and nothing else",
                "zh-Hans": "仅查看您的令牌是否有效",
            }
        },
    )
