"""What pages of a sign-in have in common: open the interaction, run the pipeline, stay or go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.refusal import Cause, Refusal
from idp.protocol.redirect_uri import origin
from idp.web.site import read_query
from idp.web.views_of import client_view, locale_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.client import Client
    from idp.services.attempt import Attempt
    from idp.services.authorize import Answer
    from idp.services.interactions import Interaction
    from idp.web.site import Site


class Journey(Struct, frozen=True):
    """Where a browser is in a sign-in. ``answer`` is None outside any platform's request."""

    token: str
    interaction: Interaction
    answer: Answer | None

    @property
    def attempt(self) -> Attempt | None:
        """The run of the pipeline, if there is a platform's request."""
        return None if self.answer is None else self.answer.attempt

    @property
    def client(self) -> Client | None:
        """The client that asks, if any."""
        return None if self.attempt is None else self.attempt.client

    @property
    def form_action(self) -> list[str]:
        """Origins that a form's answer may lead to: Chromium checks redirects after a POST."""
        return [] if self.attempt is None else [origin(self.attempt.redirect_uri)]


async def journey(site: Site, request: Request, token: str | None = None) -> Journey:
    """Open the interaction of a page and run the pipeline with what the browser has now."""
    token = read_query(request).get("interaction", "") if token is None else token
    interaction = site.services.interactions.open(token)
    if not interaction.sent:
        return Journey("", interaction, None)
    if request.method == "HEAD":  # it could store a grant whose code nobody receives
        raise Refusal(Cause.METHOD_NOT_ALLOWED)
    cookie = site.session_cookie(request)
    answer = await site.services.authorize.resume(
        interaction, cookie, browser=site.browser(request)
    )
    return Journey(token, interaction, answer)


def opened(site: Site, token: str) -> Journey:
    """Open an interaction for a page that only passes it on; the pipeline does not run.

    An expired one too: whoever needs it in time says so later, and offers the way on.
    """
    return Journey(token, site.services.interactions.open(token, expired=True), None)


def context(site: Site, request: Request, found: Journey) -> dict[str, object]:
    """Return what every page of a sign-in shows."""
    locale = locale_of(site, request, found.interaction)
    return {
        "locale": found.interaction.sent.get("ui_locales"),
        "client": client_view(site, found.client, locale),
        "interaction": found.token,
        "deny_url": site.address("/decline", found.token) if found.token else None,
    }


async def expired(site: Site, request: Request, token: str) -> Response:
    """Render the page that lets the person go on with an interaction that took too long."""
    interactions = site.services.interactions
    try:
        old = interactions.open(token, expired=True)
    except Refusal:
        return site.pages.render(request, "expired.html", {}, status=400)
    if not old.sent:
        return site.pages.render(request, "expired.html", {}, status=400)
    account = await site.services.sessions.find(site.session_cookie(request))
    session = account.session if account else None
    fresh = interactions.seal(interactions.begin_again(old, session))
    client = await site.services.clients.known(old.sent.get("client_id", ""))
    return site.pages.render(
        request,
        "expired.html",
        {
            "client": client_view(site, client, locale_of(site, request, old)),
            "continue_url": site.pages.url("/continue", interaction=fresh),
        },
        status=400,
    )
