"""The one-time link: an operator makes the first passkey, or one in place of a lost one.

The link's secret stands behind ``#``: browsers send it to nobody, so it reaches no log, proxy or
Referer. A script puts it into the field of this page; without one it can be pasted there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.web.operator.signin import answered, signed_in
from idp.web.site import note, read_form, read_query
from idp.web.views import PasskeyPrompt
from idp.web.views_of import local

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

PURPOSE = "operator join"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = Join(site)
    return [
        Route("/operator/join", pages.show, methods=["GET"]),
        Route("/operator/join", pages.opened, methods=["POST"]),
        Route("/operator/join/passkey", pages.make_passkey, methods=["GET"]),
        Route("/operator/join/passkey", pages.made, methods=["POST"]),
    ]


class Join:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._operations = site.services.operations

    async def show(self, request: Request) -> Response:
        """Show the page that takes the link's secret."""
        return self._link(request)

    async def opened(self, request: Request) -> Response:
        """Go on to the passkey with a live link; it is not used up yet."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        link = form.get("link", "").strip().rpartition("#")[2]
        try:
            token = await self._operations.operators.open_link(site.browser(request), link)
        except Refusal as refusal:
            # On this very page, whose script listens: a better link, opened in the same tab,
            # differs behind # alone, and then a browser loads nothing.
            note(request, refusal)
            return self._link(request, refused=True, status=400)
        return site.redirect("/operator/join/passkey", joining=token)

    async def make_passkey(self, request: Request) -> Response:
        """Show the page that makes the passkey."""
        return await self._page(request, read_query(request).get("joining", ""))

    async def made(self, request: Request) -> Response:
        """Store the passkey just made, and sign in with it."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        token = form.get("joining", "")
        joining = self._operations.operators.joining(site.browser(request), token)
        try:
            operator_id = await self._operations.passkeys.finish_joining(
                answered(site, request, form), joining
            )
        except Refusal as refusal:
            if refusal.cause is not Cause.PASSKEY_REFUSED:
                raise
            note(request, refusal)
            return await self._page(request, token, notice="passkey_refused", status=400)
        return await signed_in(site, request, operator_id, "")

    def _link(self, request: Request, *, refused: bool = False, status: int = 200) -> Response:
        site = self._site
        shown: dict[str, object] = {
            "csrf": site.csrf(request, PURPOSE),
            "refused": refused,
            "back": "/operator/join",
        }
        response = site.pages.render(request, "operator/join.html", shown, status=status)
        return site.remember_browser(request, response)

    async def _page(
        self, request: Request, token: str, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site, browser = self._site, self._site.browser(request)
        joining = self._operations.operators.joining(browser, token)
        operator, ceremony = await self._operations.passkeys.start_joining(browser, joining)
        shown: dict[str, object] = {
            "csrf": site.csrf(request, PURPOSE),
            "joining": token,
            "joins": operator,
            "passkey": PasskeyPrompt(**asdict(ceremony)),
            "notice": notice,
            "back": local("/operator/join/passkey", joining=token),
        }
        response = site.pages.render(request, "operator/join_passkey.html", shown, status=status)
        return site.remember_browser(request, response)
