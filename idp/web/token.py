"""``/token``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.protocol import dpop
from idp.services.token import PATH
from idp.web.answers import private_json
from idp.web.site import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def token(request: Request) -> Response:
        sent = await read_form(request)
        request.state.grant = sent.get("grant_type", "")
        headers = request.headers
        answer = await site.services.token.answer(
            sent, headers.get("authorization"), headers.getlist(dpop.HEADER)
        )
        request.state.client_id = answer.client_id
        return private_json(answer.members, dpop_nonce=answer.dpop_nonce)

    return [Route(PATH, token, methods=["POST"])]
