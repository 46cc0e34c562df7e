"""*Create my network ID*: the ways to prove who one is, a one-time code, and the first passkey."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain import enrolment_code
from idp.domain.enrolment_code import EnrolmentCodeInvalid
from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import Act
from idp.services.enrolling import Known
from idp.web import first_passkey
from idp.web.first_passkey import FirstPasskey
from idp.web.journey import context, opened
from idp.web.site import note, read_form, read_query
from idp.web.tries import caller
from idp.web.views import UpstreamView
from idp.web.views_of import local

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.enrolling import Begun
    from idp.web.site import Site

PURPOSE = "enrol"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = Enrol(site)
    return [
        Route("/enrol", pages.choose, methods=["GET"]),
        Route("/enrol/code", pages.ask_code, methods=["GET"]),
        Route("/enrol/code", pages.take_code, methods=["POST"]),
        Route("/enrol/passkey", pages.make_passkey, methods=["GET"]),
        Route("/enrol/passkey", pages.made, methods=["POST"]),
        Route("/created", pages.done, methods=["GET"]),
    ]


class Enrol:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def choose(self, request: Request) -> Response:
        """Offer the ways that this instance has."""
        return ways(self._site, request, read_query(request).get("interaction", ""))

    async def ask_code(self, request: Request) -> Response:
        """Show the page that takes a one-time code."""
        return self._code(request, read_query(request).get("interaction", ""))

    async def take_code(self, request: Request) -> Response:
        """Look at a code; a good one leads on to the passkey, and stays unused until then."""
        site, services = self._site, self._site.services
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        interaction, typed = form.get("interaction", ""), form.get("code", "")
        who = caller(site, request)
        try:
            code = enrolment_code.parse(typed)
        except EnrolmentCodeInvalid as error:  # a slip of the finger costs no try
            return self._code(request, interaction, fault=f"code_{error.reason}", typed=typed)
        await services.throttle.count(Act.ENROLMENT_CODE, who)
        try:
            voucher = await services.vouchers.of_code(code)
        except Refusal as refusal:
            note(request, refusal)
            return self._code(request, interaction, fault="code_unknown")
        await services.throttle.give_back(Act.ENROLMENT_CODE, who)
        token = services.enrolling.begin(
            voucher, browser=site.browser(request), interaction=opened(site, interaction).token
        )
        return site.redirect("/enrol/passkey", enrolment=token)

    async def make_passkey(self, request: Request) -> Response:
        """Show the page that makes the first passkey."""
        token = read_query(request).get("enrolment", "")
        begun = self._site.services.enrolling.open(token, browser=self._site.browser(request))
        return first_passkey.page(self._site, request, _first(token, begun))

    async def made(self, request: Request) -> Response:
        """Create the account with the passkey just made, and sign in with it."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, first_passkey.PURPOSE)
        token = form.get("enrolment", "")
        begun = site.services.enrolling.open(token, browser=site.browser(request))
        try:
            passkey = await first_passkey.made(site, request, form)
            person_id = await site.services.enrolling.finish(
                begun, passkey, browser=site.browser(request)
            )
        except Known as known:
            shown = {
                "days": site.services.recovery.days,
                "recover_url": site.pages.url("/recover/passkey", recovery=known.recovery),
            }
            return site.pages.render(request, "enrol_known.html", shown)
        except Refusal as refusal:
            note(request, refusal)
            return self._refused(request, _first(token, begun), refusal)
        return await first_passkey.welcome(site, request, person_id, passkey, begun.interaction)

    async def done(self, request: Request) -> Response:
        """Say that all is done, and offer the way on."""
        site = self._site
        found = opened(site, read_query(request).get("interaction", ""))
        shown = context(site, request, found) | {"signed_in": True}
        if found.token:
            shown["continue_url"] = site.address("/continue", found.token)
        return site.pages.render(request, "created.html", shown)

    def _refused(self, request: Request, first: FirstPasskey, refusal: Refusal) -> Response:
        site = self._site
        match refusal.cause:
            case Cause.PASSKEY_REFUSED:
                return first_passkey.page(
                    site, request, first, notice="passkey_refused", status=400
                )
            case Cause.ENROLMENT_BUSY:
                return first_passkey.page(site, request, first, notice="enrolment_busy", status=409)
            case Cause.ENROLMENT_CODE_UNKNOWN:
                return self._code(request, first.interaction, fault="code_unknown")
            case Cause.ENROLMENT_COOLING_OFF:
                until = date.fromisoformat(refusal.detail["until"])
                shown = {"until": (until - _EPOCH).days}
                return site.pages.render(request, "enrol_cooling_off.html", shown, status=409)
            case _:
                raise refusal

    def _code(
        self, request: Request, token: str, *, fault: str | None = None, typed: str = ""
    ) -> Response:
        site = self._site
        found = opened(site, token)
        shown = context(site, request, found) | {
            "csrf": site.csrf(request, PURPOSE),
            "fault": fault,
            "typed": typed[:_LONGEST_SHOWN],  # what can be no code is no secret
            "back": local("/enrol/code", interaction=found.token),
            "ways_url": site.address("/enrol", found.token),
        }
        response = site.pages.render(
            request, "enrol_code.html", shown, status=400 if fault else 200
        )
        return site.remember_browser(request, response)


def ways(
    site: Site, request: Request, token: str, *, notice: str | None = None, status: int = 200
) -> Response:
    """Offer the ways that this instance has; ``notice`` says why one of them led nowhere."""
    found = opened(site, token)
    upstreams = site.services.upstreams.offered(site.pages.locale(request))
    sandbox = site.services.sandbox is not None
    shown = context(site, request, found) | {
        "upstreams": [UpstreamView(one.id, one.name) for one in upstreams],
        "csrf": site.csrf(request, PURPOSE),
        "notice": notice,
        "code_url": site.address("/enrol/code", found.token),
        "sandbox_url": site.address("/create", found.token) if sandbox else None,
        "back": local("/enrol", interaction=found.token),
        "continue_url": site.address("/continue", found.token) if found.token else None,
    }
    response = site.pages.render(
        request,
        "enrol.html",
        shown,
        status=status,
        form_action=[origin for one in upstreams for origin in one.origins],
    )
    return site.remember_browser(request, response)


_LONGEST_SHOWN = 40
_EPOCH = date(1970, 1, 1)


def _first(token: str, begun: Begun) -> FirstPasskey:
    return FirstPasskey("/enrol/passkey", token, begun.user_id, begun.interaction)
