"""What the platform pages show of a platform: names, days, and today's values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import PersonStatus
from idp.domain.release import ITEM_HARDWARE, ITEM_NETWORK_ID, SCOPE_OFFLINE, SCOPE_OPENID
from idp.domain.resource import is_item
from idp.web.views import ClientView, ConsentValue
from idp.web.views_of import client_view, permissions

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.domain.resource import Catalogue
    from idp.services.platforms import Platform, Service
    from idp.services.sessions import Account
    from idp.web.site import Site
    from idp.web.views import PermissionsView

_SHOWN_APART = {SCOPE_OPENID, SCOPE_OFFLINE, ITEM_HARDWARE, ITEM_NETWORK_ID}


class ServiceView(Struct, frozen=True):
    """One client as the page shows it; days are days since the epoch, None when not known.

    ``values`` are today's answers of what was allowed last, ``items`` what else that holds beside
    the network ID, ``permissions`` what it may do elsewhere. ``by`` is the name of the platform's
    own service whose consent counts here, or empty. ``stays_until_day`` is until when it may come
    back while the person is away, ``stayed_day`` when it last did, ``may_stay`` whether it may
    begin to at a login. ``disabled``: an operator has disabled it, so that nobody can sign in there
    and what was given gives nothing. ``sign_in`` is False for one that hears nothing of how
    the person signed in.
    """

    id: str
    client: ClientView
    has_left: bool
    values: tuple[ConsentValue, ...]
    items: tuple[str, ...]
    permissions: tuple[PermissionsView, ...]
    sign_in: bool
    hardware: bool
    remembered: bool
    by: str
    given_day: int | None
    until_day: int | None
    withdrawn_day: int | None
    used_day: int | None
    stays_until_day: int | None
    stayed_day: int | None
    may_stay: bool
    may_be_withdrawn: bool
    has_receipt: bool
    disabled: bool

    @property
    def gets_something(self) -> bool:
        """Tell whether it gets, or got at the last login, what ``values`` holds."""
        allowed = self.given_day is not None and self.withdrawn_day is None
        return self.remembered or bool(self.by) or allowed


class PlatformView(Struct, frozen=True):
    """One platform; ``client`` is who stands for it. ``renewable_day`` is in the past or not."""

    path: str
    client: ClientView
    has_left: bool
    network_id: str
    since_day: int
    renewed_day: int | None
    used_day: int | None
    services: tuple[ServiceView, ...]
    renewable_day: int
    may_renew: bool
    suspended: bool
    disabled: bool

    @property
    def stays(self) -> bool:
        """Tell whether anything of it stays connected while the person is away."""
        return any(one.stays_until_day is not None for one in self.services)


def platform_view(
    site: Site, request: Request, account: Account, platform: Platform, catalogue: Catalogue
) -> PlatformView:
    """Return what is shown of a platform to its person."""
    locale = site.pages.locale(request)
    shown = [one for one in platform.services if one.is_concerned] or list(platform.services[:1])
    shown.sort(key=lambda one: (one.client is None, -(one.last_used or 0)))
    names = {one.client_id: one.name(locale) for one in platform.services}
    services = [_service(site, account, one, names, catalogue, locale) for one in shown]
    suspended = account.status is not PersonStatus.ACTIVE
    today = site.clock.now() // SECONDS_PER_DAY
    return PlatformView(
        path=f"/account/platforms/{platform.slug}",
        client=services[0].client,
        has_left=platform.has_left,
        network_id=platform.pseudonym.network_id,
        since_day=platform.pseudonym.since_day,
        renewed_day=platform.pseudonym.renewed_day,
        used_day=_day(platform.last_used),
        services=tuple(services),
        renewable_day=platform.renewable_day,
        may_renew=not suspended and platform.renewable_day <= today,
        suspended=suspended,
        disabled=platform.is_disabled,
    )


def _service(
    site: Site,
    account: Account,
    service: Service,
    names: dict[str, str],
    catalogue: Catalogue,
    locale: str,
) -> ServiceView:
    yes = service.last_yes
    items = yes.items if yes is not None else frozenset()
    answers = site.services.issuing.ages_of(account, sorted(items))
    named = ClientView(service.name(locale))
    stays = service.stays if service.client is not None else ()  # who has left comes back no more
    return ServiceView(
        id=service.client_id,
        client=client_view(site, service.client, locale) or named,
        has_left=service.client is None,
        values=tuple(ConsentValue(name, value) for name, value in answers.items()),
        items=tuple(
            item for item in sorted(items - answers.keys() - _SHOWN_APART) if not is_item(item)
        ),
        permissions=permissions(items, catalogue, locale),
        sign_in=ITEM_NETWORK_ID not in items or SCOPE_OPENID in items,
        hardware=ITEM_HARDWARE in items,
        remembered=service.consent is not None,
        by=names.get(service.by or "", ""),
        given_day=_day(yes.given_at) if yes else None,
        until_day=yes.until_day if yes else None,
        withdrawn_day=_day(yes.withdrawn_at) if yes else None,
        used_day=_day(service.last_used),
        stays_until_day=max((stay.until_day for stay in stays), default=None),
        stayed_day=max((stay.used_day for stay in stays), default=None),
        may_stay=SCOPE_OFFLINE in items and bool(service.consent and service.client),
        may_be_withdrawn=service.may_be_withdrawn,
        has_receipt=yes is not None,
        disabled=service.client is not None and service.client.disabled,
    )


def _day(epoch: int | None) -> int | None:
    return None if epoch is None else epoch // SECONDS_PER_DAY
