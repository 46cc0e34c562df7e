"""Closing the account: what that does stands there first; then a sign-in, a tick and a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.closing import SUSPENDED_DAYS
from idp.web.account import door
from idp.web.account.naming import Platforms
from idp.web.site import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account/close"
CLOSED = "/account-closed"
_ACT = "close the account"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = ClosePages(site)
    return [
        Route(PATH, door.signed_in(site, pages.show, then=PATH), methods=["GET"]),
        Route(PATH, door.just_signed_in(site, pages.close, then=PATH), methods=["POST"]),
        Route(CLOSED, pages.done),
    ]


class ClosePages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._closing = site.services.closing

    async def show(self, request: Request, account: Account) -> Response:
        """Say what closing does; the button is there for whoever signed in just now."""
        return await self._page(request, account)

    async def close(self, request: Request, account: Account) -> Response:
        """Close the account for good, if that was ticked."""
        form = await read_form(request)
        door.check(self._site, request, account, form, _ACT)
        if form.get("understood") != "yes":
            return await self._page(request, account, unticked=True, status=400)
        await self._closing.close(account.session.person_id)
        response = self._site.redirect(CLOSED)
        self._site.set_cookie(response, "session", "")
        return response

    async def done(self, request: Request) -> Response:
        """Say that it is done. Tells nobody anything: it knows of no account."""
        shown: dict[str, object] = {"backup_days": self._closing.terms.backup_days}
        return self._site.pages.render(request, "account_closed.html", shown)

    async def _page(
        self, request: Request, account: Account, *, unticked: bool = False, status: int = 200
    ) -> Response:
        site, services, person_id = self._site, self._site.services, account.session.person_id
        known = await services.pseudonyms.everywhere(person_id, await services.clients.sectors())
        platforms = await Platforms.known(site, site.pages.locale(request))
        person = await services.people.find(person_id)
        practice = person is not None and person.sandbox
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "data",
            "platforms": sorted(platforms.name(pseudonym.sector) for pseudonym in known),
            "backup_days": self._closing.terms.backup_days,
            "cooling_off_days": 0 if practice else self._closing.terms.cooling_off_days,
            "suspended_years": SUSPENDED_DAYS // 365 if account.notices else 0,
            "fresh": door.is_fresh(site, account),
            "unticked": unticked,
            "csrf": door.token(site, request, account, _ACT),
            "back": PATH,
        }
        response = site.pages.render(request, "account/close.html", shown, status=status)
        return site.remember_browser(request, response)
