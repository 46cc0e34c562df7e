"""Operators sign in with a passkey, and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import Act
from idp.services.ceremonies import Answered
from idp.web.operator import door
from idp.web.site import note, read_form, read_query
from idp.web.tries import caller
from idp.web.views import PasskeyPrompt

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site

PURPOSE = "operator signin"
_SHOWN_AGAIN = frozenset({Cause.PASSKEY_REFUSED, Cause.PASSKEY_UNKNOWN})


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = OperatorSignIn(site)
    return [
        Route("/operator/signin", pages.show, methods=["GET"]),
        Route("/operator/signin", pages.by_passkey, methods=["POST"]),
        Route("/operator/signout", door.operator_only(site, pages.sign_out), methods=["POST"]),
    ]


class OperatorSignIn:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._operations = site.services.operations

    async def show(self, request: Request) -> Response:
        """Show the page; whoever is signed in goes on."""
        site, then = self._site, door.own_page(read_query(request).get("then"))
        if await self._operations.sessions.find(site.operator_cookie(request)) is not None:
            return site.redirect(then or "/operator")
        return self._page(request, then)

    async def by_passkey(self, request: Request) -> Response:
        """Finish the ceremony; a passkey that is not accepted leads back to the page."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        then = door.own_page(form.get("then"))
        try:
            operator_id = await self._operations.passkeys.finish_sign_in(
                answered(site, request, form)
            )
        except Refusal as refusal:
            if refusal.cause not in _SHOWN_AGAIN:
                raise
            note(request, refusal)
            await site.services.throttle.count(Act.PASSKEY, caller(site, request))
            return self._page(request, then, notice="passkey_not_recognised", status=400)
        return await signed_in(site, request, operator_id, then)

    async def sign_out(self, request: Request, on_duty: OnDuty) -> Response:
        """End the session."""
        site = self._site
        door.check(site, request, on_duty, await read_form(request), "signout")
        await self._operations.sessions.end(site.operator_cookie(request))
        response = site.redirect("/operator/signin")
        site.set_cookie(response, "operator", "", samesite="strict")
        return response

    def _page(
        self, request: Request, then: str, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site = self._site
        ceremony = self._operations.passkeys.start_sign_in(site.browser(request))
        shown: dict[str, object] = {
            "csrf": site.csrf(request, PURPOSE),
            "passkey": PasskeyPrompt(**asdict(ceremony)),
            "then": then,
            "notice": notice,
            "back": "/operator/signin",
        }
        response = site.pages.render(request, "operator/signin.html", shown, status=status)
        return site.remember_browser(request, response)


def answered(site: Site, request: Request, form: dict[str, str]) -> Answered:
    """Return what a ceremony's form brought back."""
    return Answered(site.browser(request), form.get("challenge", ""), form.get("credential", ""))


async def signed_in(site: Site, request: Request, operator_id: bytes, then: str) -> Response:
    """Begin a session for an operator just proved."""
    cookie = await site.services.operations.sessions.begin(
        operator_id, instead_of=site.operator_cookie(request)
    )
    response = site.redirect(then or "/operator")
    # Strict: no other site's link or form ever comes with it. Operators come from no platform.
    site.set_cookie(response, "operator", cookie, samesite="strict")
    return response
