"""``/userinfo``, for GET and POST, with the token in the header or the form body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from idp.protocol import dpop
from idp.services.userinfo import PATH
from idp.web.answers import private_json
from idp.web.site import NO_STORE, read_form, with_nonce

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def userinfo(request: Request) -> Response:
        has_body = request.method == "POST" and request.headers.get("content-type") is not None
        sent = await read_form(request) if has_body else {}
        answer = await site.services.userinfo.answer(
            request.method,
            request.headers.get("authorization"),
            sent,
            request.headers.getlist(dpop.HEADER),
        )
        if answer.signed is None:
            return private_json(answer.claims, dpop_nonce=answer.dpop_nonce)
        headers = with_nonce(NO_STORE, answer.dpop_nonce)
        return Response(answer.signed, headers=headers, media_type="application/jwt")

    return [Route(PATH, userinfo, methods=["GET", "POST"])]
