"""A person's own page about suspensions: why, by whom, since when, and the way to object (P6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.appeal import LONGEST_TEXT, AppealState
from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import Act
from idp.domain.wording import WordingRefused, several_lines
from idp.web.account import door
from idp.web.site import read_form, read_query
from idp.web.tries import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account/suspension"
_ACT = "object"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = SuspensionPage(site)
    return [
        Route(PATH, door.signed_in(site, pages.show, then=PATH), methods=["GET"]),
        Route(f"{PATH}/object", door.signed_in(site, pages.object_to, then=PATH), methods=["POST"]),
    ]


class SuspensionPage:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._appeals = site.services.operations.appeals

    async def show(self, request: Request, account: Account) -> Response:
        """Show every suspension the person is under, and what they objected so far."""
        said = "objected" if "said" in read_query(request) else None
        return await self._page(request, account, {"said": said})

    async def object_to(self, request: Request, account: Account) -> Response:
        """Take an objection to one suspension."""
        form = await read_form(request)
        door.check(self._site, request, account, form, _ACT)
        case_id, text = form.get("case", ""), form.get("text", "")
        try:
            wording = several_lines(text, most=LONGEST_TEXT)
        except WordingRefused:
            return await self._page(request, account, {"wrong": case_id, "text": text}, status=400)
        tries = caller(self._site, request, account.session.person_id)
        await self._site.services.throttle.count(Act.MESSAGE, tries)
        try:
            await self._appeals.object_to(account.session.person_id, case_id, wording)
        except Refusal as refusal:
            if refusal.cause is not Cause.APPEAL_REFUSED:
                raise
            return await self._page(request, account, {"refused": True, "text": text}, status=409)
        return self._site.redirect(PATH, said="objected")

    async def _page(
        self, request: Request, account: Account, more: Mapping[str, object], *, status: int = 200
    ) -> Response:
        site, appeals = self._site, await self._appeals.of_person(account.session.person_id)
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "suspension",
            "notices": account.notices,
            "entries": {
                notice.case_id: await site.services.operations.audit.suspended_at(notice.case_id)
                for notice in account.notices
            },
            "civil": site.civil(request),
            "appeals": appeals,
            "waiting": {one.case_id for one in appeals if one.state is AppealState.OPEN},
            "csrf": door.token(site, request, account, _ACT),
            "most": LONGEST_TEXT,
            "said": None,
            "wrong": None,
            "refused": False,
            "text": "",
            "back": PATH,
        }
        response = site.pages.render(
            request, "account/suspension.html", shown | dict(more), status=status
        )
        return site.remember_browser(request, response)
