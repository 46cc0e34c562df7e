"""Pages and files that ask nobody who they are: start page, help, language, assets, health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.domain.activity import slot_days
from idp.domain.closing import SUSPENDED_DAYS
from idp.domain.refusal import Cause, Refusal
from idp.web import locales
from idp.web.account import door
from idp.web.site import NO_STORE, read_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from idp.web.site import Site

_LOGO_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def home(request: Request) -> Response:
        account = await site.services.sessions.find(site.session_cookie(request))
        create_url = site.pages.url("/enrol")
        shown: dict[str, object] = {"signed_in": account is not None, "create_url": create_url}
        if account is None:
            return site.pages.render(request, "home.html", shown)
        await door.warn(site, request, account)
        if not account.notices:
            return site.redirect("/account")
        # Promise P6: without a platform's request, too, a suspended person sees why.
        shown |= {"notices": account.notices}
        return site.pages.render(request, "suspended.html", shown)

    async def language(request: Request) -> Response:
        query = read_query(request)
        response = site.leave(site.pages.url(locales.local_path(query.get("back"))))
        chosen = locales.nearest(query.get("to", ""))
        if chosen is not None:
            response.set_cookie(
                locales.COOKIE,
                chosen,
                max_age=locales.COOKIE_SECONDS,
                path="/",
                secure=site.issuer.startswith("https:"),
                httponly=True,
                samesite="lax",
            )
        return response

    async def logo(request: Request) -> Response:
        png = await site.services.clients.logo(request.path_params["client_id"])
        if png is None:
            raise Refusal(Cause.NOT_FOUND)
        return Response(png, headers=_LOGO_HEADERS, media_type="image/png")

    return [
        Route("/", home),
        Route("/language", language),
        Route("/clients/{client_id}/logo.png", logo),
        Route("/help", _static_page(site, "help.html")),
        Route("/privacy", _static_page(site, "privacy.html", _kept(site))),
        Route("/accessibility", _static_page(site, "accessibility.html")),
        *_assets(site),
        *_health(site),
    ]


def _kept(site: Site) -> dict[str, object]:
    """Return how long this instance keeps what, in days."""
    terms = site.services.closing.terms
    return {
        "kept_days": site.services.activity.kept_days,
        # On PostgreSQL what is over leaves the disk with the last of the days that lie beside it.
        "later_days": slot_days(site.services.activity.kept_days) - 1,
        "cooling_off_days": terms.cooling_off_days,
        "backup_days": terms.backup_days,
        "suspended_years": SUSPENDED_DAYS // 365,
    }


def _static_page(
    site: Site, template: str, shown: Mapping[str, object] | None = None
) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return site.pages.render(request, template, shown or {})

    return show


def _assets(site: Site) -> list[Route]:
    def serving(body: bytes, headers: dict[str, str]) -> Callable[[Request], Awaitable[Response]]:
        async def show(_request: Request) -> Response:
            return Response(body, headers=headers)

        return show

    return [Route(file.path, serving(file.body, file.headers)) for file in site.pages.static_files]


def _health(site: Site) -> list[Route]:
    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=NO_STORE)

    async def ready(_request: Request) -> Response:
        await site.services.readiness.check()
        return JSONResponse({"status": "ready"}, headers=NO_STORE)

    return [Route("/healthz/live", live), Route("/healthz/ready", ready)]
