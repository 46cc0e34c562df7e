"""Proving who one is at another provider: the way there, the way back, and our public key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.services.upstreams import NotProved
from idp.web.enrol import PURPOSE, ways
from idp.web.journey import opened
from idp.web.site import read_form, read_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

COOKIE = "enrolling"
# More does not fit beside the other cookies; the person then goes on from the start page.
_LONGEST_COOKIE = 3500
_JWKS_HEADERS = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = EnrolUpstream(site)
    return [
        Route("/enrol/upstream", pages.leave, methods=["POST"]),
        Route("/enrol/upstream/{upstream_id}/callback", pages.back, methods=["GET"]),
        Route("/enrol/upstream/jwks.json", pages.keys, methods=["GET"]),
    ]


class EnrolUpstream:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._upstreams = site.services.upstreams

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider that was chosen."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        token = opened(site, form.get("interaction", "")).token
        token = token if len(token) <= _LONGEST_COOKIE else ""
        try:
            address = await self._upstreams.begin(
                form.get("upstream", ""), browser=site.browser(request), interaction=token
            )
        except NotProved as failed:
            return self._not_proved(request, failed, token)
        response = site.leave(address)
        site.set_cookie(response, COOKIE, token)
        return site.remember_browser(request, response)

    async def back(self, request: Request) -> Response:
        """Take what the provider says; go on to the passkey, or offer the ways again."""
        site = self._site
        if request.method == "HEAD":  # it would use the sign-in up, and nobody would see the answer
            raise Refusal(Cause.METHOD_NOT_ALLOWED)
        browser, kept = site.browser(request), site.cookie(request, COOKIE)
        try:
            voucher, interaction = await self._upstreams.finish(
                request.path_params["upstream_id"],
                read_query(request),
                browser=browser,
                interaction=kept,
            )
        except NotProved as failed:
            return self._not_proved(request, failed, kept)
        token = site.services.enrolling.begin(voucher, browser=browser, interaction=interaction)
        response = site.redirect("/enrol/passkey", enrolment=token)
        site.set_cookie(response, COOKIE, "")
        return response

    async def keys(self, _request: Request) -> Response:
        """Serve the key by which those providers know us."""
        return JSONResponse(self._upstreams.jwks(), headers=_JWKS_HEADERS)

    def _not_proved(self, request: Request, failed: NotProved, token: str) -> Response:
        request.state.cause = failed.notice
        request.state.problem = failed.reason
        return ways(self._site, request, token, notice=failed.notice, status=400)
