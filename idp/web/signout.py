"""Signing out: asked on a page of ours, whoever wished it, and said plainly what it ends.

The way out of the account's menu and the one from a platform (``web.end_session``) are this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.protocol.redirect_uri import origin
from idp.web.site import read_form, read_query
from idp.web.views_of import client_view

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PURPOSE = "signout"
STAY = "stay"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = SignOutPages(site)
    return [
        Route("/signout", pages.ask, methods=["GET"]),
        Route("/signout", pages.decided, methods=["POST"]),
        Route("/signed-out", pages.done),
    ]


class SignOutPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sessions = site.services.sessions
        self._end_session = site.services.end_session

    async def ask(self, request: Request) -> Response:
        """Ask, always: a link or a frame on a foreign page signs nobody out (CSRF)."""
        token = read_query(request).get("logout", "")
        account = await self._sessions.find(self._site.session_cookie(request))
        if account is None:
            return await self._leave(token)
        return await self._page(request, account, token)

    async def _page(self, request: Request, account: Account, token: str) -> Response:
        site = self._site
        leaving, client = await self._end_session.open(token)
        locale = site.pages.locale(request, leaving.ui_locales)
        shown = {
            "csrf": site.csrf(request, PURPOSE),
            "signed_in": True,
            "locale": leaving.ui_locales,
            "logout": token,
            "client": client_view(site, client, locale),
            "is_theirs": await self._end_session.is_of(leaving, client, account.session),
            "returns": bool(leaving.back),
            "unproved": leaving.unproved,
        }
        page = site.pages.render(request, "signout.html", shown, form_action=[origin(leaving.back)])
        return site.remember_browser(request, page)

    async def decided(self, request: Request) -> Response:
        """Sign out, or stay; either way back to the platform that asked."""
        form = await read_form(request)
        self._site.check_csrf(request, form, PURPOSE)
        token = form.get("logout", "")
        if form.get("choice") == STAY:
            return await self._leave(token, otherwise="/")
        await self._sessions.end(self._site.session_cookie(request))
        response = await self._leave(token)
        self._site.set_cookie(response, "session", "")
        return response

    async def _leave(self, token: str, *, otherwise: str = "/signed-out") -> Response:
        leaving, _ = await self._end_session.open(token)
        if leaving.location:
            return self._site.leave(leaving.location)
        return self._site.redirect(otherwise)

    async def done(self, request: Request) -> Response:
        """Say what was ended, and what was not."""
        return self._site.pages.render(request, "signed_out.html", {})
