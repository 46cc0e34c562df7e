"""For registrars: what a document says goes in, a slip with a one-time code comes out.

The slip is the answer to the form and is kept nowhere: not in an address, not in a cache, not in
the history. What was typed of the person is never sent back, not even to be mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from idp.domain.operator import Role
from idp.services.registrar import LIFETIMES, Seen, SlipRefused
from idp.services.vouchers import DEFAULT_SECONDS
from idp.web import words_enrol
from idp.web.countries import countries
from idp.web.operator import door
from idp.web.site import read_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.services.registrar import Slip
    from idp.web.site import Site

PATH: Final = "/operator/registrar"
_LIFETIMES: Final = {str(seconds): seconds for seconds in LIFETIMES}
_NOTHING: Final[Mapping[str, str]] = {}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = Desk(site)
    ask = door.operator_only(site, pages.ask, role=Role.REGISTRAR)
    issue = door.operator_only(site, pages.issue, role=Role.REGISTRAR)
    return [Route(PATH, ask, methods=["GET"]), Route(PATH, issue, methods=["POST"])]


class Desk:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._registrar = site.services.registrar

    async def ask(self, request: Request, on_duty: OnDuty) -> Response:
        """Show the form."""
        return self._form(request, on_duty, _NOTHING)

    async def issue(self, request: Request, on_duty: OnDuty) -> Response:
        """Show the slip, or the form again with what is wrong."""
        form = await read_form(request)
        door.check(self._site, request, on_duty, form, "registrar")
        seen = Seen(
            country=form.get("country", ""),
            document=form.get("document", ""),
            number=form.get("number", ""),
            birth_date=form.get("birth_date", ""),
        )
        try:
            slip = await self._registrar.issue(
                seen,
                seconds=_LIFETIMES.get(form.get("lifetime", ""), 0),
                operator_id=on_duty.operator.operator_id,
            )
        except SlipRefused as refused:
            return self._form(request, on_duty, form, fault=refused.fault)
        return self._slip(request, on_duty, slip)

    def _form(
        self, request: Request, on_duty: OnDuty, form: Mapping[str, str], fault: str | None = None
    ) -> Response:
        site, office = self._site, self._registrar.office
        shown = {
            "section": "registrar",
            "csrf": door.token(site, request, on_duty, "registrar"),
            "countries": countries(site.pages.locale(request)),
            "documents": office.documents,
            "country": form.get("country", office.country),
            "document": form.get("document", office.documents[0]),
            "lifetimes": list(_LIFETIMES),
            "lifetime": form.get("lifetime", str(DEFAULT_SECONDS)),
            "today": self._registrar.today,
            "fault": fault,
            "wrong": words_enrol.FAULTY_FIELDS.get(fault or "", ()),
            "back": PATH,
        }
        status = 400 if fault else 200
        return door.render(site, request, on_duty, "registrar", shown, status=status)

    def _slip(self, request: Request, on_duty: OnDuty, slip: Slip) -> Response:
        site, civil = self._site, self._site.civil(request)
        shown = {
            "section": "registrar",
            "code": slip.code,
            "until": civil.moment(slip.until),
            "zone": civil.zone_name(slip.until),
            "case_id": slip.case_id,
            "address": f"{site.issuer}/enrol",
            "back": PATH,
        }
        return door.render(site, request, on_duty, "slip", shown)
