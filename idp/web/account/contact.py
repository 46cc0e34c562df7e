"""The address for security notices: given, confirmed by a code, changed, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.contact import Contact, clean_address
from idp.domain.throttle import Act
from idp.web.account import door
from idp.web.site import read_form
from idp.web.tries import caller

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account/contact"
_ACT = "contact"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file; without a mail server there is no such page."""
    if not site.services.contacts.offered:
        return []
    pages = ContactPage(site)
    entries = (
        (PATH, "GET", pages.show),
        (PATH, "POST", pages.ask),
        (f"{PATH}/confirm", "POST", pages.confirm),
        (f"{PATH}/remove", "POST", pages.remove),
    )
    return [
        Route(path, door.just_signed_in(site, page, then=PATH), methods=[method])
        for path, method, page in entries
    ]


class ContactPage:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._contacts = site.services.contacts

    async def show(self, request: Request, account: Account) -> Response:
        """Show the address in use, and what waits for its code."""
        return await self._page(request, account)

    async def ask(self, request: Request, account: Account) -> Response:
        """Send a code to an address. Counted for the person: nobody is flooded with our mail."""
        site = self._site
        form = await self._form(request, account)
        address = clean_address(form.get("address", ""))
        if address is None:
            return await self._page(request, account, notice="contact_unusable", status=400)
        person_id = account.session.person_id
        await site.services.throttle.count(Act.MAIL, caller(site, request, person_id))
        await self._contacts.ask(person_id, Contact(address, site.pages.locale(request)))
        return site.redirect(PATH)

    async def confirm(self, request: Request, account: Account) -> Response:
        """Use the address that waits, if this is its code."""
        form = await self._form(request, account)
        if not await self._contacts.confirm(account.session.person_id, form.get("code", "")):
            return await self._page(request, account, notice="contact_code_wrong", status=400)
        return self._site.redirect(PATH)

    async def remove(self, request: Request, account: Account) -> Response:
        """Forget every address."""
        await self._form(request, account)
        await self._contacts.remove(account.session.person_id)
        return self._site.redirect(PATH)

    async def _form(self, request: Request, account: Account) -> dict[str, str]:
        form = await read_form(request)
        door.check(self._site, request, account, form, _ACT)
        return form

    async def _page(
        self, request: Request, account: Account, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site = self._site
        held = await self._contacts.held(account.session.person_id)
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "recovery",
            "csrf": door.token(site, request, account, _ACT),
            "address": "" if held.verified is None else held.verified.address,
            "asked": "" if held.asked is None else held.asked.contact.address,
            "notice": notice,
            "back": PATH,
        }
        response = site.pages.render(request, "account/contact.html", shown, status=status)
        return site.remember_browser(request, response)
