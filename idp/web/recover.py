"""Coming back without a passkey: by a recovery code, or by proving once more who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import Act
from idp.services.ceremonies import Answered
from idp.web.site import note, read_form, read_query
from idp.web.tries import caller
from idp.web.views_of import local

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

PURPOSE = "recover"
_NOTICES = {
    Cause.RECOVERY_CODE_MISTYPED: "recovery_code_mistyped",
    Cause.RECOVERY_CODE_REFUSED: "recovery_code_refused",
}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = Recover(site)
    return [
        Route("/recover", pages.choose, methods=["GET"]),
        Route("/recover/code", pages.ask_code, methods=["GET"]),
        Route("/recover/code", pages.take_code, methods=["POST"]),
        Route("/recover/passkey", pages.make_passkey, methods=["GET"]),
        Route("/recover/passkey", pages.made, methods=["POST"]),
        Route("/recover/waiting", pages.wait, methods=["GET"]),
    ]


class Recover:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._recovery = site.services.recovery

    async def choose(self, request: Request) -> Response:
        """Show the ways back."""
        return self._site.pages.render(request, "recover/choose.html", {})

    async def ask_code(self, request: Request) -> Response:
        """Ask for a recovery code."""
        return self._code(request)

    async def take_code(self, request: Request) -> Response:
        """Look at a code. A wrong one is counted; a right one works however many were wrong."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        try:
            token = await self._recovery.redeem(form.get("code", ""), browser=site.browser(request))
        except Refusal as refusal:
            if refusal.cause not in _NOTICES:
                raise
            note(request, refusal)
            await site.services.throttle.count(Act.RECOVERY_CODE, caller(site, request))
            return self._code(request, notice=_NOTICES[refusal.cause], status=400)
        return site.redirect("/recover/passkey", recovery=token)

    async def make_passkey(self, request: Request) -> Response:
        """Show the page that makes the new passkey."""
        return await self._passkey(request, read_query(request).get("recovery", ""))

    async def made(self, request: Request) -> Response:
        """Keep the new passkey, which waits from now on."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        token = form.get("recovery", "")
        answered = Answered(
            site.browser(request), form.get("challenge", ""), form.get("credential", "")
        )
        try:
            waiting = await self._recovery.finish_passkey(token, answered)
        except Refusal as refusal:
            if refusal.cause is not Cause.PASSKEY_REFUSED:
                raise
            note(request, refusal)
            return await self._passkey(request, token, notice="passkey_refused", status=400)
        return site.redirect("/recover/waiting", recovery=waiting)

    async def wait(self, request: Request) -> Response:
        """Say from when on the new passkey works."""
        site = self._site
        token = read_query(request).get("recovery", "")
        wait = self._recovery.waiting(token)
        shown: dict[str, object] = {
            "valid_from": wait.valid_from,
            "valid": site.civil(request).moment(wait.valid_from),
            "is_due": wait.is_due(site.clock.now()),
            "back": local("/recover/waiting", recovery=token),
        }
        return site.pages.render(request, "recover/waiting.html", shown)

    def _code(self, request: Request, *, notice: str | None = None, status: int = 200) -> Response:
        site = self._site
        shown = {"csrf": site.csrf(request, PURPOSE), "notice": notice, "back": "/recover/code"}
        response = site.pages.render(request, "recover/code.html", shown, status=status)
        return site.remember_browser(request, response)

    async def _passkey(
        self, request: Request, token: str, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site = self._site
        ceremony = await self._recovery.start_passkey(token, browser=site.browser(request))
        shown = {
            "csrf": site.csrf(request, PURPOSE),
            "recovery_token": token,
            "challenge": ceremony.challenge,
            "options": ceremony.options,
            "days": self._recovery.days,
            "notice": notice,
            "back": local("/recover/passkey", recovery=token),
        }
        response = site.pages.render(request, "recover/passkey.html", shown, status=status)
        return site.remember_browser(request, response)
