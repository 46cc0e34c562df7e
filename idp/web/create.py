"""*Create my network ID*, in sandbox mode: take a citizen's place, make a passkey, done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.web import first_passkey
from idp.web.first_passkey import PURPOSE, FirstPasskey
from idp.web.journey import context, opened
from idp.web.site import note, read_form, read_query
from idp.web.views import CitizenView
from idp.web.views_of import local

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sandbox import Begun, Sandbox
    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file; outside sandbox mode there are none."""
    if site.services.sandbox is None:
        return []
    pages = Create(site, site.services.sandbox)
    return [
        Route("/create", pages.choose, methods=["GET"]),
        Route("/create", pages.chosen, methods=["POST"]),
        Route("/create/passkey", pages.make_passkey, methods=["GET"]),
        Route("/create/passkey", pages.made, methods=["POST"]),
    ]


class Create:
    """The endpoints of this file."""

    def __init__(self, site: Site, sandbox: Sandbox) -> None:
        self._site = site
        self._sandbox = sandbox

    async def choose(self, request: Request) -> Response:
        """Show the citizens that nobody has enrolled yet."""
        return await self._citizens(request, read_query(request).get("interaction", ""))

    async def chosen(self, request: Request) -> Response:
        """Start enrolling the citizen chosen."""
        form = await read_form(request)
        self._site.check_csrf(request, form, PURPOSE)
        token = form.get("interaction", "")
        try:
            enrolment = self._sandbox.begin(form.get("citizen", ""), token)
        except Refusal as refusal:
            note(request, refusal)
            return await self._citizens(request, token, taken=True)
        return self._site.redirect("/create/passkey", enrolment=enrolment)

    async def make_passkey(self, request: Request) -> Response:
        """Show the page that makes the first passkey."""
        token = read_query(request).get("enrolment", "")
        first = self._first(token, self._sandbox.open(token))
        return first_passkey.page(self._site, request, first)

    async def made(self, request: Request) -> Response:
        """Create the account with the passkey just made, and sign in with it."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        token = form.get("enrolment", "")
        begun = self._sandbox.open(token)
        try:
            passkey = await first_passkey.made(site, request, form)
            person_id = await self._sandbox.enrol(begun, passkey)
        except Refusal as refusal:
            note(request, refusal)
            if refusal.cause is Cause.PASSKEY_REFUSED:
                first = self._first(token, begun)
                return first_passkey.page(
                    site, request, first, notice="passkey_refused", status=400
                )
            if refusal.cause is Cause.CITIZEN_UNAVAILABLE:
                return await self._citizens(request, begun.interaction, taken=True)
            raise
        return await first_passkey.welcome(site, request, person_id, passkey, begun.interaction)

    async def _citizens(self, request: Request, token: str, *, taken: bool = False) -> Response:
        site = self._site
        found = opened(site, token)
        citizens = await self._sandbox.unused_citizens()
        shown = context(site, request, found) | {
            "citizens": [CitizenView(c.id, c.label, c.birth_year) for c in citizens],
            "csrf": site.csrf(request, PURPOSE),
            "notice": "citizen_taken" if taken else None,
            "back": local("/create", interaction=found.token),
        }
        if found.token:
            shown["continue_url"] = site.address("/continue", found.token)
        status = 409 if taken else 200
        response = site.pages.render(request, "create.html", shown, status=status)
        return site.remember_browser(request, response)

    def _first(self, token: str, begun: Begun) -> FirstPasskey:
        return FirstPasskey(
            "/create/passkey",
            token,
            begun.user_id,
            begun.interaction,
            self._sandbox.account_name(begun),
        )
