"""From domain values to what pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from idp.domain.resource import is_item
from idp.protocol.redirect_uri import with_parameters
from idp.web.views import ClientView, Permission, PermissionsView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from idp.domain.client import Client
    from idp.domain.resource import Catalogue
    from idp.services.interactions import Interaction
    from idp.web.site import Site


def locale_of(site: Site, request: Request, interaction: Interaction) -> str:
    """Return the language of a page within a sign-in (``ui_locales``, OpenID Connect Core §5.2)."""
    return site.pages.locale(request, interaction.sent.get("ui_locales"))


def client_view(site: Site, client: Client | None, locale: str) -> ClientView | None:
    """Return who asks, in the page's language."""
    if client is None:
        return None
    logo = site.pages.url(f"/clients/{client.client_id}/logo.png") if client.has_logo else None
    return ClientView(
        name=client.name(locale),
        logo_url=logo,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
        alternative=client.alternative(locale),
        reviewed=client.reviewed,
        leads_to=_hosts(client),
        login_url=_login_url(site, client),
    )


def _login_url(site: Site, client: Client) -> str:
    """Return where a login begins that we were asked for (OpenID Connect Core §4)."""
    if client.initiate_login_uri is None:
        return ""
    return with_parameters(client.initiate_login_uri, {"iss": site.issuer})


def _hosts(client: Client) -> str:
    hosts = {urlsplit(uri).hostname or "" for uri in client.redirect_uris}
    return ", ".join(sorted(hosts - {""}))


def permissions(
    items: Iterable[str], catalogue: Catalogue, locale: str
) -> tuple[PermissionsView, ...]:
    """Return what consent items allow at resources, by resource, in its own order.

    Those that are gone come last.
    """
    groups: dict[tuple[bool, str], list[Permission]] = {}
    for item in sorted(filter(is_item, items), key=catalogue.place):
        resource, scope = catalogue.by_item.get(item, (None, ""))
        api = "" if resource is None else resource.name(locale)
        text = "" if resource is None else resource.allows(scope, locale)
        groups.setdefault((not catalogue.offers(item), api), []).append(Permission(item, text))
    return tuple(
        PermissionsView(api, not gone, tuple(some)) for (gone, api), some in sorted(groups.items())
    )


def local(path: str, **query: str) -> str:
    """Return a path of our own without the base path: what the language switch comes back to."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
