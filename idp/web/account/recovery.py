"""Recovery codes of an account: how many are left, and a new set, shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.account import door
from idp.web.site import read_form, read_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account/recovery"
_MAKE = "make recovery codes"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request, account: Account) -> Response:
        query = read_query(request)
        shown = await _context(site, request, account, query.get("interaction", ""))
        shown["notice"] = "recovery_codes_shown" if "shown" in query else None
        response = site.pages.render(request, "account/recovery.html", shown)
        return site.remember_browser(request, response)

    async def make(request: Request, account: Account) -> Response:
        form = await read_form(request)
        door.check(site, request, account, form, _MAKE)
        token = form.get("interaction", "")
        person_id = account.session.person_id
        codes = await site.services.recovery_codes.make(person_id, form.get("once", ""))
        if codes is None:
            return site.redirect(PATH, shown="1", interaction=token)
        shown = await _context(site, request, account, token)
        shown |= {"codes": codes, "signin_address": f"{site.issuer}/signin"}
        shown["made_on"] = site.civil(request).day_of(site.clock.now())
        return site.pages.render(request, "account/recovery_codes.html", shown)

    return [
        Route(PATH, door.just_signed_in(site, show, then=PATH), methods=["GET"]),
        Route(PATH, door.just_signed_in(site, make, then=PATH), methods=["POST"]),
    ]


async def _context(
    site: Site, request: Request, account: Account, interaction: str
) -> dict[str, object]:
    codes = site.services.recovery_codes
    site.services.interactions.open(interaction, expired=True)
    shown: dict[str, object] = {
        "signed_in": True,
        "section": "recovery",
        "csrf": door.token(site, request, account, _MAKE),
        "once": codes.once(),
        "contact_offered": site.services.contacts.offered,
        "left": await codes.left(account.session.person_id),
        "interaction": interaction,
        "back": PATH,
    }
    if interaction:
        shown["continue_url"] = site.address("/continue", interaction)
    return shown
