"""Who is at the other end of a request, as far as tries are counted by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.domain.throttle import Caller
    from idp.web.site import Site


def caller(site: Site, request: Request, person_id: bytes | None = None) -> Caller:
    """Return browser and network of a request, and the person where one is proved."""
    peer = "" if request.client is None else request.client.host
    forwarded = request.headers.getlist("x-forwarded-for")
    return site.services.throttle.caller(site.browser(request), peer, forwarded, person_id)
