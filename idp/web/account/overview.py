"""The first page of an account: what there is, that it is in order, and the way to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.activity import Happened
from idp.domain.refusal import Cause, Refusal
from idp.web.account import door, this_device

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request, account: Account) -> Response:
        person_id = account.session.person_id
        person = await site.services.people.find(person_id)
        if person is None:  # closed in another tab, between the door and here
            raise Refusal(Cause.NOT_FOUND)
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "overview",
            "person": person,
            "civil": site.civil(request),
            "this": account.session,
        }
        shown |= await _figures(site, person_id)
        shown |= this_device.offer(site, request, account)
        response = site.pages.render(request, "account/overview.html", shown)
        return site.remember_browser(request, response)

    return [Route(PATH, door.signed_in(site, show, then=PATH), methods=["GET"])]


async def _figures(site: Site, person_id: bytes) -> dict[str, object]:
    """Return how much there is in each section."""
    services = site.services
    sectors = await services.clients.sectors()
    sign_ins = [
        event
        for event in await services.activity.events(person_id, [])
        if event.happened is Happened.SIGNED_IN
    ]
    return {
        "platforms": len(await services.pseudonyms.everywhere(person_id, sectors)),
        "passkeys": await services.passkeys.of_person(person_id),
        "codes_left": await services.recovery_codes.left(person_id),
        "sessions": len(await services.sessions.of(person_id)),
        "before": sign_ins[1] if len(sign_ins) > 1 else None,
        "kept_days": services.activity.kept_days,
    }
