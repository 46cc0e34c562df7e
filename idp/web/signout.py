"""Signing out: asked on a page of ours, whoever wished it, and said plainly what it ends.

The way out of the account's menu and the one from a platform (``web.end_session``) are this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.protocol.redirect_uri import origin
from idp.services.end_session import Over
from idp.web.site import read_form, read_query
from idp.web.views_of import client_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PURPOSE = "signout"
STAY, EVERYWHERE = "stay", "everywhere"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = SignOutPages(site)
    return [
        Route("/signout", pages.ask, methods=["GET"]),
        Route("/signout", pages.decided, methods=["POST"]),
        Route("/signed-out", pages.done),
    ]


def signed_out(site: Site, request: Request, over: Over) -> Response:
    """Go on to the page that says what was ended, without the session's cookie."""
    told = over.told or over.everywhere
    token = site.services.end_session.seal_over(over, site.browser(request)) if told else ""
    response = site.redirect("/signed-out", over=token)
    site.set_cookie(response, "session", "")
    return site.remember_browser(request, response)


async def names(site: Site, client_ids: Iterable[str], locale: str) -> list[str]:
    """Return the names of those clients that hear when a session ends, in their order."""
    found = [await site.services.clients.known(client_id) for client_id in client_ids]
    return sorted({one.name(locale) for one in found if one and one.backchannel_logout_uri})


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
            leaving, _ = await self._end_session.open(token)
            return self._site.leave(leaving.location or self._site.address("/signed-out"))
        return await self._page(request, account, token)

    async def _page(self, request: Request, account: Account, token: str) -> Response:
        site = self._site
        leaving, client = await self._end_session.open(token)
        locale = site.pages.locale(request, leaving.ui_locales)
        told = [visit.client_id for visit in account.session.visits]
        shown = {
            "csrf": site.csrf(request, PURPOSE),
            "signed_in": True,
            "locale": leaving.ui_locales,
            "logout": token,
            "client": client_view(site, client, locale),
            "is_theirs": await self._end_session.is_of(leaving, client, account.session),
            "returns": bool(leaving.back),
            "unproved": leaving.unproved,
            "told": await names(site, told, locale),
        }
        page = site.pages.render(request, "signout.html", shown, form_action=[origin(leaving.back)])
        return site.remember_browser(request, page)

    async def decided(self, request: Request) -> Response:
        """Sign out, or stay; either way back to the platform that asked."""
        form = await read_form(request)
        site = self._site
        site.check_csrf(request, form, PURPOSE)
        leaving, _ = await self._end_session.open(form.get("logout", ""))
        if form.get("choice") == STAY:
            return site.leave(leaving.location) if leaving.location else site.redirect("/")
        everywhere = form.get("choice") == EVERYWHERE
        over = await self._end(request, leaving.client_id, everywhere=everywhere)
        if not leaving.location:
            return signed_out(site, request, over)
        response = site.leave(leaving.location)
        site.set_cookie(response, "session", "")
        return response

    async def _end(self, request: Request, wished_by: str, *, everywhere: bool) -> Over:
        cookie = self._site.session_cookie(request)
        account = await self._sessions.find(cookie)
        if everywhere and account is not None:
            told = await self._sessions.end_all(account.session.person_id, at_once=True)
            return Over(tuple(told), everywhere=True, at_once=True)
        return Over(tuple(await self._sessions.end(cookie, wished_by=wished_by)))

    async def done(self, request: Request) -> Response:
        """Say what was ended, and what was not."""
        site = self._site
        token = read_query(request).get("over", "")
        over = self._end_session.open_over(token, site.browser(request))
        shown = {
            "everywhere": over.everywhere,
            "at_once": over.at_once,
            "told": await names(site, over.told, site.pages.locale(request)),
        }
        return site.pages.render(request, "signed_out.html", shown)
