"""The page that asks whether to go on as the person signed in (``prompt=select_account``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.services.attempt import Step
from idp.web.authorize import follow
from idp.web.journey import context, journey
from idp.web.site import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

PURPOSE = "select-account"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    services = site.services

    async def show(request: Request) -> Response:
        found = await journey(site, request)
        if found.answer is None:
            return site.redirect("/")
        # Somebody may also come here from the consent page: "Not you?"
        if found.answer.step not in {Step.SELECT_ACCOUNT, Step.CONSENT}:
            return follow(site, request, found.answer)
        account = found.answer.attempt.known_account
        shown = context(site, request, found) | {
            "csrf": site.csrf(request, PURPOSE),
            "network_id": await services.issuing.network_id(
                found.answer.attempt.known_client, account
            ),
            "since": account.session.authentication.time,
        }
        response = site.pages.render(
            request, "select_account.html", shown, form_action=found.form_action
        )
        return site.remember_browser(request, response)

    async def keep(request: Request) -> Response:
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        interaction = services.interactions.open(form.get("interaction", ""))
        account = await services.sessions.find(site.session_cookie(request))
        if account is not None:
            interaction = interaction.choosing(account.session)
        return site.redirect("/continue", interaction=services.interactions.seal(interaction))

    async def other(request: Request) -> Response:
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        await services.sessions.end(site.session_cookie(request))
        response = site.redirect("/continue", interaction=form.get("interaction", ""))
        site.set_cookie(response, "session", "")
        return response

    return [
        Route("/select-account", show),
        Route("/signin/continue", keep, methods=["POST"]),
        Route("/signin/other", other, methods=["POST"]),
    ]
