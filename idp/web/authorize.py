"""``/authorize``, and the way on from every page of a sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.pushed_request import PREFIX
from idp.domain.refusal import Cause
from idp.domain.throttle import Act
from idp.services.attempt import Step
from idp.web.authorization_response import give_back
from idp.web.site import note, read_form, read_query
from idp.web.tries import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.authorize import Answer
    from idp.web.site import Site

PAGE_OF_STEP = {
    Step.SIGN_IN: "/signin",
    Step.SELECT_ACCOUNT: "/select-account",
    Step.CONSENT: "/consent",
    Step.SUSPENDED: "/suspended",
}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    services = site.services

    async def authorize(request: Request) -> Response:
        if request.method == "POST":
            return await _posted(site, request)
        return follow(site, request, await _begin(site, request, read_query(request)))

    async def go_on(request: Request) -> Response:
        token = read_query(request).get("interaction", "")
        if not token:
            return site.redirect("/")
        interaction = services.interactions.open(token)
        answer = await services.authorize.resume(
            interaction, site.session_cookie(request), browser=site.browser(request)
        )
        return follow(site, request, answer)

    async def decline(request: Request) -> Response:
        """Promise P9: saying no takes one click and stores nothing."""
        token = read_query(request).get("interaction", "")
        interaction = services.interactions.open(token, expired=True)
        answer = await services.authorize.refuse(
            interaction, Cause.PERSON_SAID_NO, browser=site.browser(request)
        )
        return follow(site, request, answer)

    answering = [Route("/authorize", authorize, methods=["GET", "POST"]), Route("/continue", go_on)]
    for route in answering:  # a HEAD would store a grant whose code nobody receives
        route.methods = (route.methods or set()) - {"HEAD"}
    return [*answering, Route("/decline", decline)]


async def _begin(site: Site, request: Request, sent: Mapping[str, str]) -> Answer:
    uri = sent.get("request_uri", "")
    if uri and not uri.startswith(PREFIX):
        # Whoever brings browsers here decides how often that host is asked (RFC 9101 §10.4.1).
        await site.services.throttle.count(Act.REQUEST_URI, caller(site, request))
    return await site.services.authorize.begin(
        sent, site.session_cookie(request), browser=site.browser(request)
    )


async def _posted(site: Site, request: Request) -> Response:
    """Answer a POST. From another site it carries no SameSite=Lax cookie: then ask again by a GET.

    A signed-in person would look like a stranger, and a pushed request be given to nobody.
    """
    sent = await read_form(request)
    if sent.get("request_uri", "").startswith(PREFIX):
        named = {name: sent[name] for name in ("client_id", "request_uri") if name in sent}
        return site.redirect("/authorize", **named)
    answer = await _begin(site, request, sent)
    if site.session_cookie(request) is None and _needs_person(answer):
        token = site.services.interactions.seal(answer.attempt.interaction)
        return site.redirect("/continue", interaction=token)
    return follow(site, request, answer)


def _needs_person(answer: Answer) -> bool:
    is_login_required = answer.refusal and answer.refusal.cause is Cause.LOGIN_REQUIRED
    return answer.step is Step.SIGN_IN or bool(is_login_required)


def follow(site: Site, request: Request, answer: Answer) -> Response:
    """Go where an answer leads: back to the client, or to the page of the step."""
    if answer.refusal is not None:
        note(request, answer.refusal)
    if answer.told is not None:
        request.state.client_id = answer.attempt.known_client.client_id
    request.state.authorize = _outcome(answer)
    response = _next(site, request, answer)
    # A pushed request is this browser's from now on: it must be known again.
    pushed = answer.attempt.interaction.pushed
    return site.remember_browser(request, response) if pushed else response


def _outcome(answer: Answer) -> str:
    """Return what is counted of an answer: never which step a person is asked for."""
    if answer.told is None:
        return "asked"
    return "success" if answer.refusal is None else "error"


def _next(site: Site, request: Request, answer: Answer) -> Response:
    if answer.told is not None:
        return give_back(site, request, answer.attempt, answer.told)
    step = answer.step or Step.SIGN_IN
    token = site.services.interactions.seal(answer.attempt.interaction)
    return site.redirect(PAGE_OF_STEP[step], interaction=token)
