"""The consent page: exact values before, an equal yes and no, nothing stored for a no (P5, P9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OPENID, news
from idp.services.attempt import Step
from idp.services.interactions import LIFETIME_SECONDS, mark
from idp.web.authorize import follow
from idp.web.journey import context, journey
from idp.web.site import read_form
from idp.web.views import ConsentValue
from idp.web.views_of import locale_of, permissions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.attempt import Attempt
    from idp.services.interactions import Interaction
    from idp.services.sessions import Account
    from idp.web.journey import Journey
    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    services = site.services

    async def show(request: Request) -> Response:
        found = await journey(site, request)
        if found.answer is None:
            return site.redirect("/")
        if found.answer.step is not Step.CONSENT:
            return follow(site, request, found.answer)
        return _page(site, request, found, found.answer.attempt)

    async def decide(request: Request) -> Response:
        form = await read_form(request)
        token = form.get("interaction", "")
        if form.get("decision") == "deny":
            # A no is heard at once, from a stale page and one that waited too long too (P9). It
            # stores nothing, so there is nothing that a forged form could do with it.
            interaction = services.interactions.open(token, expired=True)
            answer = await services.authorize.refuse(
                interaction, Cause.PERSON_SAID_NO, browser=site.browser(request)
            )
            return follow(site, request, answer)
        interaction = services.interactions.open(token)
        cookie = site.session_cookie(request)
        account = await services.sessions.find(cookie)
        # The form is bound to the session whose values it showed: signed in as somebody else in
        # another tab meanwhile, this person has not seen theirs and is asked again.
        _check_form(site, request, form, account, await _network_id(site, interaction, account))
        if form.get("decision") != "allow":
            raise Refusal(Cause.DECISION_MISSING, interaction=token)
        remember = form.get("remember") == "on"
        answer = await services.authorize.resume(
            interaction, cookie, browser=site.browser(request), allowed=remember
        )
        return follow(site, request, answer)

    return [
        Route("/consent", show, methods=["GET"]),
        Route("/consent", decide, methods=["POST"]),
    ]


def _purpose(account: Account | None, network_id: str | None) -> str:
    return f"consent {mark(account.session if account else None)} {network_id or ''}"


async def _network_id(site: Site, interaction: Interaction, account: Account | None) -> str | None:
    client = await site.services.clients.find(interaction.sent.get("client_id", ""))
    if client is None or account is None:
        return None
    return await site.services.issuing.network_id(client, account)


def _check_form(
    site: Site,
    request: Request,
    form: dict[str, str],
    account: Account | None,
    network_id: str | None,
) -> None:
    """Refuse a form that showed another network ID: it was renewed in another tab meanwhile.

    One that promised a new network ID still counts when another tab drew it a moment ago.
    """
    try:
        site.check_csrf(request, form, _purpose(account, network_id))
    except Refusal:
        site.check_csrf(request, form, _purpose(account, None))


def _stays_until(site: Site, attempt: Attempt) -> int | None:
    """Return until which day the client may stay connected, where it asks for that."""
    today = site.clock.now() // SECONDS_PER_DAY
    lifetimes = site.services.refresh_tokens.lifetimes
    return lifetimes.until_day(today) if attempt.release.offline else None


def _page(site: Site, request: Request, found: Journey, attempt: Attempt) -> Response:
    locale = locale_of(site, request, found.interaction)
    how = attempt.known_account.session.authentication
    ages = site.services.issuing.ages(attempt)
    before = attempt.remembered
    known = frozenset() if before is None else before.items
    waited = site.clock.now() - found.interaction.started_at
    shown = context(site, request, found) | {
        "purpose": attempt.known_client.purpose(locale),
        "network_id": None if before is None else before.network_id,
        "told_acr": attempt.acr,
        "first_party": attempt.known_client.first_party and attempt.release.items == {SCOPE_OPENID},
        "auth_time": how.time if attempt.release.auth_time else None,
        "is_sign_in": attempt.is_sign_in,
        "permissions": permissions(attempt.release.permissions, attempt.catalogue, locale),
        "values": [ConsentValue(name, value) for name, value in ages.items()],
        "assurance": site.services.issuing.assurance(attempt),
        "stays_until": _stays_until(site, attempt),
        "is_new": sorted(news(known, attempt.release.items)) if known else [],
        "other_url": site.address("/select-account", found.token),
        "csrf": site.csrf(
            request, _purpose(attempt.known_account, None if before is None else before.network_id)
        ),
        "minutes": max(1, (LIFETIME_SECONDS - waited) // 60),
    }
    response = site.pages.render(request, "consent.html", shown, form_action=found.form_action)
    return site.remember_browser(request, response)
