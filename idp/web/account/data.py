"""All that is held about a person, in one file for themselves; and the way out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from idp.web import words_data
from idp.web.account import door
from idp.web.site import NO_STORE, read_form

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account/data"
EXPORT = f"{PATH}/export"
_ACT = "export"
_FILE = "network-id-{}.json"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request, account: Account) -> Response:
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "data",
            "fresh": door.is_fresh(site, account),
            "csrf": door.token(site, request, account, _ACT),
        }
        response = site.pages.render(request, "account/data.html", shown)
        return site.remember_browser(request, response)

    async def export(request: Request, account: Account) -> Response:
        form = await read_form(request)
        door.check(site, request, account, form, _ACT)
        held = await site.services.data.export(account.session)
        document = _explained(site, site.pages.locale(request)) | held
        name = _FILE.format(str(held["made_at"])[:10])
        headers = NO_STORE | {
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        body = json.dumps(document, ensure_ascii=False, indent=2)
        return Response(body, headers=headers, media_type="application/json")

    return [
        Route(PATH, door.signed_in(site, show, then=PATH), methods=["GET"]),
        Route(EXPORT, door.just_signed_in(site, export, then=PATH), methods=["POST"]),
    ]


def _explained(site: Site, tag: str) -> dict[str, object]:
    """Return what the file says of itself, in the language of the page it was asked for on."""
    return {
        "issuer": site.issuer,
        "about": {name: site.pages.say(tag, text) for name, text in words_data.CONTENTS.items()},
        "left_out": [site.pages.say(tag, text) for text in words_data.LEFT_OUT],
    }
