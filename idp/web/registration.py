"""``/register`` and ``/register/{client_id}``: clients that register and manage themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import Act
from idp.protocol.registration import MAX_BODY_BYTES
from idp.protocol.strict_json import load_object
from idp.web.site import NO_STORE
from idp.web.tries import caller

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site

PATH = "/register"
_HEADERS = NO_STORE | {"Pragma": "no-cache"}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file: none where clients do not register themselves."""
    registration = site.services.registration
    if registration is None:
        return []

    async def register(request: Request) -> Response:
        token = _bearer(request)
        if token is None:
            await site.services.throttle.count(Act.REGISTRATION, caller(site, request))
        told = await registration.register(await _document(request), token)
        return JSONResponse(told, 201, _HEADERS)

    async def show(request: Request) -> Response:
        told = await registration.show(_client_id(request), _bearer(request))
        return JSONResponse(told, headers=_HEADERS)

    async def replace(request: Request) -> Response:
        # Each has us fetch what it names, from hosts that did not ask for it.
        await site.services.throttle.count(Act.REGISTRATION, caller(site, request))
        document = await _document(request)
        told = await registration.replace(_client_id(request), _bearer(request), document)
        return JSONResponse(told, headers=_HEADERS)

    async def remove(request: Request) -> Response:
        await registration.remove(_client_id(request), _bearer(request))
        return Response(status_code=204, headers=_HEADERS)

    one = f"{PATH}/{{client_id}}"
    return [
        Route(PATH, register, methods=["POST"]),
        Route(one, show, methods=["GET"]),
        Route(one, replace, methods=["PUT"]),
        Route(one, remove, methods=["DELETE"]),
    ]


def _client_id(request: Request) -> str:
    return str(request.path_params["client_id"])


def _bearer(request: Request) -> str | None:
    """Return the token of the Authorization header alone (RFC 6750 §2.1); None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer":
        raise Refusal(Cause.REGISTRATION_TOKEN_REFUSED)
    return token.strip()


async def _document(request: Request) -> dict[str, Any]:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:  # before reading the rest of it
            raise Refusal(Cause.TOO_LARGE, limit=str(MAX_BODY_BYTES))
    try:
        if content_type != "application/json":
            raise ValueError("Content-Type must be application/json")  # noqa: TRY301
        return load_object(bytes(body))
    except ValueError as error:
        raise Refusal(Cause.CLIENT_METADATA_REFUSED, metadata=f"the body: {error}") from None
