"""``/sandbox/resource``: the sandbox's own API, for GET and POST, with the token in the header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from idp.domain.resource import SANDBOX_PATH
from idp.protocol import dpop
from idp.web.site import NO_STORE, with_nonce

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

_INTERACTION = "x-fapi-interaction-id"  # FAPI 2.0 Implementation Advice §2.1.1
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def routes(site: Site) -> list[Route]:
    """Return the routes of this file: none but in sandbox mode."""
    service = site.services.sandbox_resource
    if service is None:
        return []

    async def resource(request: Request) -> Response:
        answer = await service.answer(
            request.method,
            request.headers.get("authorization"),
            request.headers.getlist(dpop.HEADER),
        )
        interaction = request.headers.get(_INTERACTION, "")
        # Only what is one is said again: a header that echoes anything splits answers.
        echoed = {_INTERACTION: interaction} if _UUID.fullmatch(interaction) else {}
        headers = with_nonce({**NO_STORE, **echoed}, answer.dpop_nonce)
        return JSONResponse(dict(answer.members), headers=headers)

    return [Route(SANDBOX_PATH, resource, methods=["GET", "POST"])]
