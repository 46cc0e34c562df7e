"""A person's platforms: their network ID there, what goes there, taking it back, a fresh start.

Taking back is as easy as giving: one button, no question, no fresh sign-in. A renewal cannot be
undone, so it needs a sign-in within two minutes and a box ticked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.web.account import door
from idp.web.account.platform_views import platform_view
from idp.web.site import NO_STORE, read_form, read_query
from idp.web.words_platforms import SAID

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.services.platforms import Platform
    from idp.services.sessions import Account
    from idp.web.site import Site

LIST = "/account/platforms"
ONE = f"{LIST}/{{slug:str}}"
_FILE = {"Content-Disposition": 'attachment; filename="consent-receipt.json"'}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = PlatformPages(site)

    def guarded(page: door.Page, *, fresh: bool = False, to: str = "") -> door.Endpoint:
        """Return ``page`` for the person; whoever signs in first comes to the platform's page."""
        guard = door.just_signed_in if fresh else door.signed_in

        async def endpoint(request: Request) -> Response:
            then = f"{LIST}/{request.path_params['slug']}{to}"
            return await guard(site, page, then=then)(request)

        return endpoint

    return [
        Route(LIST, door.signed_in(site, pages.everyone, then=LIST), methods=["GET"]),
        Route(ONE, guarded(pages.one), methods=["GET"]),
        Route(f"{ONE}/receipt", guarded(pages.receipt), methods=["GET"]),
        Route(f"{ONE}/withdraw", guarded(pages.withdraw), methods=["POST"]),
        Route(f"{ONE}/renew", guarded(pages.ask, fresh=True, to="/renew"), methods=["GET"]),
        Route(f"{ONE}/renew", guarded(pages.renew, fresh=True, to="/renew"), methods=["POST"]),
    ]


class PlatformPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._platforms = site.services.platforms

    async def everyone(self, request: Request, account: Account) -> Response:
        """List every platform where the person has a network ID."""
        found = await self._platforms.everyone(account.session.person_id)
        views = [await self._view(request, account, platform) for platform in found]
        return self._render(request, "account/platforms.html", {"platforms": views})

    async def one(self, request: Request, account: Account) -> Response:
        """Show one platform."""
        platform = await self._found(request, account)
        query = read_query(request)
        said = query.get("said", "")
        shown = {
            "platform": await self._view(request, account, platform),
            "said": said if said in SAID and self._is_so(said, platform, query) else "",
            "csrf": door.token(self._site, request, account, "withdraw"),
        }
        return self._render(request, "account/platform.html", shown)

    async def withdraw(self, request: Request, account: Account) -> Response:
        """Take back what a client was allowed, at once."""
        form = await read_form(request)
        door.check(self._site, request, account, form, "withdraw")
        slug, client_id = request.path_params["slug"], form.get("client", "")
        await self._platforms.withdraw(account.session.person_id, slug, client_id)
        return self._site.redirect(f"{LIST}/{slug}", said="withdrawn", client=client_id)

    async def receipt(self, request: Request, account: Account) -> Response:
        """Give the receipt of the last yes as a file."""
        platform = await self._found(request, account)
        receipt = await self._site.services.receipts.issue(
            platform,
            read_query(request).get("client", ""),
            self._site.pages.locale(request),
            await self._site.services.resources.catalogue(),
        )
        body = json.dumps(receipt, indent=2, ensure_ascii=False)
        return Response(body, headers=NO_STORE | _FILE, media_type="application/json")

    async def ask(self, request: Request, account: Account) -> Response:
        """Say what a renewal does before it is done."""
        platform = await self._found(request, account)
        shown = {
            "platform": await self._view(request, account, platform),
            "period": self._platforms.renewal_days,
            "csrf": door.token(self._site, request, account, "renew"),
        }
        return self._render(request, "account/renew.html", shown)

    async def renew(self, request: Request, account: Account) -> Response:
        """Renew the network ID for whoever has said that they know what it does."""
        form = await read_form(request)
        door.check(self._site, request, account, form, "renew")
        slug = request.path_params["slug"]
        if form.get("understood") != "on":
            return self._site.redirect(f"{LIST}/{slug}/renew")
        await self._platforms.renew(account, slug)
        return self._site.redirect(f"{LIST}/{slug}", said="renewed")

    async def _found(self, request: Request, account: Account) -> Platform:
        slug = request.path_params["slug"]
        return await self._platforms.one(account.session.person_id, slug)

    def _is_so(self, said: str, platform: Platform, query: dict[str, str]) -> bool:
        """Tell whether what a link says was done was done: anybody can make a link."""
        if said == "renewed":
            return platform.pseudonym.renewed_day == self._platforms.today()
        try:
            return not platform.service(query.get("client", "")).may_be_withdrawn
        except Refusal as refusal:
            if refusal.cause is not Cause.NOT_FOUND:
                raise
            return False

    async def _view(self, request: Request, account: Account, platform: Platform) -> object:
        catalogue = await self._site.services.resources.catalogue()
        return platform_view(self._site, request, account, platform, catalogue)

    def _render(self, request: Request, template: str, shown: dict[str, object]) -> Response:
        always: dict[str, object] = {"signed_in": True, "section": "platforms"}
        site = self._site
        response = site.pages.render(request, template, always | shown)
        return site.remember_browser(request, response)
