"""Objections to suspensions, for support: read with their case, answered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.appeal import LONGEST_TEXT, AppealState
from idp.domain.operator import Role
from idp.domain.refusal import Cause, Refusal
from idp.domain.wording import WordingRefused, several_lines
from idp.web.operator import door
from idp.web.site import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site

PATH = "/operator/appeals"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = AppealPages(site)

    def support(page: door.Page) -> door.Endpoint:
        return door.operator_only(site, page, role=Role.SUPPORT)

    return [
        Route(PATH, support(pages.everyone), methods=["GET"]),
        Route(f"{PATH}/{{appeal}}", support(pages.show), methods=["GET"]),
        Route(f"{PATH}/{{appeal}}/answer", support(pages.answer), methods=["POST"]),
    ]


class AppealPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._appeals = site.services.operations.appeals

    async def everyone(self, request: Request, on_duty: OnDuty) -> Response:
        """List objections, those that wait first."""
        shown = {"section": "appeals", "appeals": await self._appeals.everyone()}
        return door.render(self._site, request, on_duty, "appeals", shown)

    async def show(self, request: Request, on_duty: OnDuty) -> Response:
        """Show one objection: its text and its case, and not who wrote it."""
        return await self._page(request, on_duty)

    async def answer(self, request: Request, on_duty: OnDuty) -> Response:
        """Answer, once; the person reads it on their own page."""
        appeal_id = _chosen(request)
        form = await read_form(request)
        door.check(self._site, request, on_duty, form, f"answer {appeal_id.hex()}")
        try:
            reply = several_lines(form.get("reply", ""), most=LONGEST_TEXT)
        except WordingRefused:
            return await self._page(
                request, on_duty, wrong=True, reply=form.get("reply", ""), status=400
            )
        await self._appeals.answer(appeal_id, on_duty.operator.operator_id, reply)
        return self._site.redirect(f"{PATH}/{appeal_id.hex()}")

    async def _page(
        self,
        request: Request,
        on_duty: OnDuty,
        *,
        wrong: bool = False,
        reply: str = "",
        status: int = 200,
    ) -> Response:
        appeal_id = _chosen(request)
        appeal = await self._appeals.find(appeal_id)
        shown: dict[str, object] = {
            "section": "appeals",
            "appeal": appeal,
            "is_open": appeal.state is AppealState.OPEN,
            "csrf": door.token(self._site, request, on_duty, f"answer {appeal_id.hex()}"),
            "wrong": wrong,
            "reply": reply,
            "most": LONGEST_TEXT,
            "back": f"{PATH}/{appeal_id.hex()}",
        }
        return door.render(self._site, request, on_duty, "appeal", shown, status=status)


def _chosen(request: Request) -> bytes:
    try:
        return bytes.fromhex(request.path_params["appeal"])
    except ValueError as error:
        raise Refusal(Cause.NOT_FOUND) from error
