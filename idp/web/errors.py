"""Every refusal becomes an answer here: a page for people, JSON for programs, a line in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.protocol import dpop, told
from idp.protocol.causes import outcome
from idp.protocol.outcomes import REQUEST_OVER
from idp.protocol.resource_request import DPOP, scheme_of
from idp.web import end_session
from idp.web.error_details import developer_view, report
from idp.web.journey import expired
from idp.web.programs import Challenge, Program, program_at
from idp.web.site import NO_STORE, note, with_nonce
from idp.web.views import ErrorView
from idp.web.views_of import client_view

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.client import Client
    from idp.web.site import Site

_CAUSE_OF_STATUS = {404: Cause.NOT_FOUND, 405: Cause.METHOD_NOT_ALLOWED}


def handlers(
    site: Site,
) -> dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]:
    """Return the exception handlers of the application."""

    async def on_refusal(request: Request, error: Exception) -> Response:
        refusal = error if isinstance(error, Refusal) else Refusal(Cause.SERVER_ERROR)
        return await answer(site, request, refusal)

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = await answer(
            site, request, Refusal(_CAUSE_OF_STATUS.get(status, Cause.MALFORMED_PARAMETERS))
        )
        if status == 405:  # noqa: PLR2004
            response.headers["Allow"] = _allowed(request)
        return response

    return {Refusal: on_refusal, HTTPException: on_http}


def _allowed(request: Request) -> str:
    """Return every method of a path (RFC 9110 §15.5.6); a page and its form are two routes."""
    path = request.scope["path"]
    routes = [r for r in request.app.routes if isinstance(r, Route) and r.path_regex.match(path)]
    return ", ".join(sorted({method for route in routes for method in route.methods or ()}))


async def answer(site: Site, request: Request, refusal: Refusal) -> Response:
    """Return the answer to a refusal, by the one table of causes."""
    note(request, refusal)
    if program_at(request.scope["path"]) is not None:
        return _timed(_json(site, request, refusal), refusal)
    if refusal.cause is Cause.INTERACTION_EXPIRED:
        return await expired(site, request, refusal.detail.get("interaction", ""))
    client = await _meant(site, refusal)
    return _timed(_page(site, request, refusal, client), refusal)


async def _meant(site: Site, refusal: Refusal) -> Client | None:
    """Return the platform that a sign-in was for, where the page says so.

    One that is over can be begun again there, unless the platform is disabled.
    """
    over = outcome(refusal.cause).page == REQUEST_OVER
    if not over and refusal.cause is not Cause.CLIENT_DISABLED:
        return None
    found = await site.services.clients.known(refusal.detail.get("client_id", ""))
    return replace(found, initiate_login_uri=None) if found and found.disabled else found


def _timed(response: Response, refusal: Refusal) -> Response:
    if "retry_after" in refusal.detail:
        response.headers["Retry-After"] = refusal.detail["retry_after"]
    return response


def _json(site: Site, request: Request, refusal: Refusal) -> Response:
    how = outcome(refusal.cause)
    description = told.to_sender(refusal, every=site.pages.sandbox)
    body = {
        "error": how.code,
        "error_description": description,
        "error_uri": told.reference(site.issuer, refusal.cause),
        "error_code": told.public(refusal.cause).value,
        "request_id": request.state.request_id,
    }
    if not how.code:  # RFC 6750 §3.1: no error code when no authentication was tried
        del body["error"]
    headers = with_nonce(NO_STORE | {"Pragma": "no-cache"}, refusal.detail.get("dpop_nonce"))
    asked = program_at(request.scope["path"]) or Program()
    at_resource = asked.challenge is Challenge.TOKEN
    status = (at_resource and how.at_resource) or how.status
    challenge = _challenge(request, status, how.code, description)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    return JSONResponse(body, status, headers)


def _challenge(request: Request, status: int, code: str, description: str) -> str | None:
    """Return the WWW-Authenticate value (RFC 6749 §5.2, RFC 6750 §3), where one is due."""
    asked = program_at(request.scope["path"]) or Program()
    if asked.challenge in {Challenge.TOKEN, Challenge.BEARER}:
        if status not in {401, 403} and code != "invalid_request":
            return None
        error = f'error="{code}", error_description="{description}"' if code else ""
        if asked.challenge is Challenge.BEARER:
            return f"Bearer {error}".strip()
        return _of_resource(scheme_of(request.headers.get("authorization")), error)
    # RFC 9110 §15.5.2: a 401 always names a way to authenticate, whichever one was tried.
    due = status == 401 and asked.challenge is Challenge.CLIENT  # noqa: PLR2004
    return 'Basic realm="token"' if due else None


def _way_on(site: Site, request: Request, interaction: str) -> str | None:
    """Return where one can go on from an error: with a sign-in, or with signing out."""
    if request.scope["path"] == end_session.PATH:
        return site.address("/signout")
    return site.address("/continue", interaction) if interaction else None


def _of_resource(tried: str, error: str) -> str:
    """Return the challenges of a resource (RFC 9449 §7.1, §7.2): what was tried has the error.

    Whoever sends DPoP knows that it is taken here: no way to a bearer token is shown to them.
    """
    algs = f'algs="{" ".join(dpop.ALGS)}"'
    if tried == DPOP:
        return f"DPoP {error}, {algs}" if error else f"DPoP {algs}"
    return f"Bearer {error}, DPoP {algs}" if error else f"Bearer, DPoP {algs}"


def _page(site: Site, request: Request, refusal: Refusal, client: Client | None) -> Response:
    developer = developer_view(refusal, every=site.pages.sandbox)
    request_id, now = request.state.request_id, site.clock.now()
    view = ErrorView(
        page=outcome(refusal.cause).page,
        code=refusal.cause.value,
        request_id=request_id,
        utc_time=now,
        report=report(refusal, developer, request_id=request_id, at=now, issuer=site.issuer),
        developer=developer,
        continue_url=_way_on(site, request, refusal.detail.get("interaction", "")),
        retry_minutes=-(-int(refusal.detail.get("retry_after", "0")) // 60),
    )
    context: dict[str, object] = {name: getattr(view, name) for name in view.__struct_fields__}
    context["client"] = client_view(site, client, site.pages.locale(request))
    status = outcome(refusal.cause).status
    return site.pages.render(request, "error.html", context, status=status)
