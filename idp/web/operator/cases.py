"""Cases, for support: open one from a network ID, and propose what to do in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain import network_id
from idp.domain.operator import Role
from idp.domain.proposal import (
    LONGEST_AUTHORITY,
    LONGEST_REASON,
    LONGEST_REFERENCE,
    Proposed,
    wording,
)
from idp.domain.wording import WordingRefused, one_line
from idp.web.operator import door
from idp.web.site import read_form, read_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site

PATH = "/operator/cases"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = CasePages(site)

    def support(page: door.Page) -> door.Endpoint:
        return door.operator_only(site, page, role=Role.SUPPORT)

    return [
        Route(PATH, support(pages.everyone), methods=["GET"]),
        Route(f"{PATH}/new", support(pages.ask), methods=["GET"]),
        Route(f"{PATH}/new", support(pages.open_case), methods=["POST"]),
        Route(f"{PATH}/{{case_id}}", support(pages.show), methods=["GET"]),
        Route(f"{PATH}/{{case_id}}/suspend", support(pages.suspend), methods=["POST"]),
        Route(f"{PATH}/{{case_id}}/lift", support(pages.lift), methods=["POST"]),
    ]


class CasePages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._operations = site.services.operations

    async def everyone(self, request: Request, on_duty: OnDuty) -> Response:
        """Show what waits for a second operator, and the cases there are."""
        wanted = read_query(request).get("case", "").strip().upper()
        if wanted:
            await self._operations.cases.find(wanted)
            return self._site.redirect(f"{PATH}/{wanted}")
        shown = {
            "section": "cases",
            "waiting": await self._operations.proposals.all_open(),
            "cases": await self._operations.cases.everyone(),
        }
        return door.render(self._site, request, on_duty, "cases", shown)

    async def ask(self, request: Request, on_duty: OnDuty) -> Response:
        """Show the form that opens a case."""
        return self._new(request, on_duty, {})

    async def open_case(self, request: Request, on_duty: OnDuty) -> Response:
        """Propose to open a case. The network ID travels in the body, never in an address."""
        form = await read_form(request)
        door.check(self._site, request, on_duty, form, "open a case")
        given = {"typed_id": form.get("network_id", ""), "reference": form.get("reference", "")}
        try:
            wire = network_id.parse(given["typed_id"])
        except network_id.NetworkIdInvalid:
            return self._new(request, on_duty, given | {"wrong": "network_id"}, status=400)
        try:
            reference = one_line(given["reference"], most=LONGEST_REFERENCE)
        except WordingRefused:
            return self._new(request, on_duty, given | {"wrong": "reference"}, status=400)
        proposal_id = await self._operations.proposals.open_case(
            on_duty.operator.operator_id, wire, reference
        )
        return self._site.redirect(f"/operator/proposals/{proposal_id}")

    async def show(self, request: Request, on_duty: OnDuty) -> Response:
        """Show a case: what was done in it, and what can be proposed now."""
        return await self._page(request, on_duty, {})

    async def suspend(self, request: Request, on_duty: OnDuty) -> Response:
        """Propose a suspension, in words that the person will read."""
        return await self._propose(request, on_duty, Proposed.SUSPEND)

    async def lift(self, request: Request, on_duty: OnDuty) -> Response:
        """Propose to lift the suspension of this case."""
        return await self._propose(request, on_duty, Proposed.LIFT)

    async def _propose(self, request: Request, on_duty: OnDuty, act: Proposed) -> Response:
        case_id = request.path_params["case_id"]
        form = await read_form(request)
        door.check(self._site, request, on_duty, form, f"{act} in {case_id}")
        given = {"authority": form.get("authority", ""), "reason": form.get("reason", "")}
        try:
            words = wording(act, authority=given["authority"], reason=given["reason"])
        except WordingRefused:
            return await self._page(request, on_duty, given | {"wrong": act.value}, status=400)
        proposal_id = await self._operations.proposals.propose(
            on_duty.operator.operator_id, case_id, act, words
        )
        return self._site.redirect(f"/operator/proposals/{proposal_id}")

    def _new(
        self, request: Request, on_duty: OnDuty, given: Mapping[str, str], *, status: int = 200
    ) -> Response:
        shown: dict[str, object] = {
            "section": "cases",
            "csrf": door.token(self._site, request, on_duty, "open a case"),
            "typed_id": "",
            "reference": "",
            "wrong": None,
            "most": LONGEST_REFERENCE,
            "back": f"{PATH}/new",
        }
        return door.render(
            self._site, request, on_duty, "case_new", shown | dict(given), status=status
        )

    async def _page(
        self, request: Request, on_duty: OnDuty, given: Mapping[str, str], *, status: int = 200
    ) -> Response:
        case_id = request.path_params["case_id"]
        case = await self._operations.cases.find(case_id)
        shown: dict[str, object] = {
            "section": "cases",
            "case": case,
            "csrf": {
                act.value: door.token(self._site, request, on_duty, f"{act} in {case_id}")
                for act in (Proposed.SUSPEND, Proposed.LIFT)
            },
            "authority": "",
            "reason": "",
            "wrong": None,
            "most_authority": LONGEST_AUTHORITY,
            "most_reason": LONGEST_REASON,
            "back": f"{PATH}/{case_id}",
        }
        return door.render(self._site, request, on_duty, "case", shown | dict(given), status=status)
