"""The sign-in page, and the ways to sign in: a passkey; in the sandbox, a persona.

Outside any platform's request, ``then`` is the page of ours to go on to. Somebody who is signed in
already is shown the page again only when ``again`` asks for it: that page needs a fresh sign-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import Act
from idp.protocol import acr
from idp.services.attempt import Step
from idp.services.recovery import NotYet
from idp.web.account import this_device
from idp.web.authorize import follow
from idp.web.journey import context, journey
from idp.web.site import note, own_page, read_form, read_query
from idp.web.tries import caller
from idp.web.views import PasskeyPrompt, PersonaView
from idp.web.views_of import local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.attempt import Attempt
    from idp.services.passkeys import SignedIn
    from idp.web.journey import Journey
    from idp.web.site import Site

PURPOSE = "signin"
_SHOWN_AGAIN = frozenset({Cause.PASSKEY_REFUSED, Cause.PASSKEY_UNKNOWN})


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = SignIn(site)
    return [
        Route("/signin", pages.show),
        Route("/signin/passkey", pages.by_passkey, methods=["POST"]),
        Route("/signin/persona", pages.by_persona, methods=["POST"]),
    ]


class Visit(Struct, frozen=True):
    """Why somebody came without a platform: the page to go on to, and whether once more."""

    then: str = ""
    again: bool = False


class SignIn:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services

    async def show(self, request: Request) -> Response:
        """Show the page, unless this sign-in is at another step by now."""
        site = self._site
        found = await journey(site, request)
        if found.answer is not None and found.answer.step is not Step.SIGN_IN:
            return follow(site, request, found.answer)
        query = read_query(request)
        then = own_page(query.get("then"))
        asked_again = found.answer is not None or "again" in query
        if not asked_again and await self._services.sessions.find(site.session_cookie(request)):
            return site.redirect(then or "/")
        return self._page(request, found, Visit(then, "again" in query))

    async def by_passkey(self, request: Request) -> Response:
        """Finish the passkey ceremony; a passkey that is not accepted leads back to the page."""
        site = self._site
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        try:
            proved = await self._prove(request, form)
        except NotYet as waits:
            return site.redirect("/recover/waiting", recovery=waits.token)
        except Refusal as refusal:
            if refusal.cause not in _SHOWN_AGAIN:
                raise
            note(request, refusal)
            await self._services.throttle.count(Act.PASSKEY, caller(site, request))
            found = await journey(site, request, form.get("interaction", ""))
            visit = Visit(own_page(form.get("then")), bool(form.get("again")))
            return self._page(request, found, visit, notice="passkey_not_recognised", status=400)
        if proved.regressed:
            request.state.problem = "sign_count_regressed"
        offers = proved.elsewhere and this_device.may_offer(site, request)
        if offers and not form.get("then"):
            form["then"] = this_device.OFFERED_ON
        response = await signed_in(
            site,
            request,
            proved.person_id,
            form,
            passkey=proved.credential_id,
            hardware=proved.hardware,
        )
        return this_device.remember(site, response) if offers else response

    async def _prove(self, request: Request, form: Mapping[str, str]) -> SignedIn:
        """Return whom a passkey proves; one that a recovery made opens its account when due."""
        finish = self._services.passkeys.finish_sign_in
        answered = (
            self._site.browser(request),
            form.get("challenge", ""),
            form.get("credential", ""),
        )
        try:
            return await finish(*answered)
        except Refusal as refusal:
            if refusal.cause is not Cause.PASSKEY_UNKNOWN:
                raise
            await self._services.recovery.arrive(form.get("credential", ""))
            return await finish(*answered)

    async def by_persona(self, request: Request) -> Response:
        """Sign a persona in: no proof of anything, hence the sandbox only."""
        if self._services.sandbox is None:
            raise Refusal(Cause.NOT_FOUND)
        form = await read_form(request)
        self._site.check_csrf(request, form, PURPOSE)
        token = form.get("interaction", "")
        person_id = await self._services.sandbox.sign_in(form.get("persona", ""), token)
        return await signed_in(self._site, request, person_id, form)

    def _page(
        self,
        request: Request,
        found: Journey,
        visit: Visit,
        *,
        notice: str | None = None,
        status: int = 200,
    ) -> Response:
        site, sandbox = self._site, self._services.sandbox
        wish = security_key_wish(found.attempt)
        ceremony = self._services.passkeys.start_sign_in(
            site.browser(request), security_key=bool(wish)
        )
        shown = context(site, request, found) | {
            "csrf": site.csrf(request, PURPOSE),
            "personas": [
                PersonaView(p.id, p.label, note=p.id, dir=p.direction, lang=p.language)
                for p in (() if sandbox is None else sandbox.personas)
            ],
            "passkey": PasskeyPrompt(**asdict(ceremony)),
            "create_url": site.address("/enrol", found.token),
            "notice": notice,
            "security_key": wish,
            "then": visit.then,
            "again": visit.again,
            "back": local(
                "/signin",
                interaction=found.token,
                then=visit.then,
                again="1" if visit.again else "",
            ),
        }
        response = site.pages.render(
            request, "signin.html", shown, status=status, form_action=found.form_action
        )
        return site.remember_browser(request, response)


def security_key_wish(attempt: Attempt | None) -> str:
    """Return whether a platform asks for a security key of proved hardware, as the page says it.

    ``missed``: it demands one, and another passkey has just been used; ``demanded``; ``wished``.
    """
    if attempt is None or acr.HARDWARE not in attempt.asked_acr:
        return ""
    if acr.HARDWARE not in attempt.claims.demanded_acr or acr.PASSKEY in attempt.claims.acr_values:
        return "wished"
    account = attempt.account
    again = account is not None and attempt.interaction.signed_in_since(account.session)
    return "missed" if again else "demanded"


async def signed_in(
    site: Site,
    request: Request,
    person_id: bytes,
    form: Mapping[str, str],
    *,
    passkey: bytes | None = None,
    hardware: bool = False,
) -> Response:
    """Begin a session for a person just proved, and go on with the sign-in, if there is one.

    ``passkey`` is the credential id that proved it, ``hardware`` whether it is known to live in
    hardware; without a passkey it was a persona's button.
    """
    by_passkey = acr.HARDWARE if hardware else acr.PASSKEY
    level = by_passkey if passkey else acr.SANDBOX
    cookie = await site.services.sessions.begin(
        person_id,
        acr=level,
        amr=acr.methods(level),
        instead_of=site.session_cookie(request),
        passkey=passkey,
        user_agent=request.headers.get("user-agent", ""),
    )
    token = form.get("interaction", "")
    then = own_page(form.get("then"))
    if await site.services.recovery.pending(person_id):
        response = site.redirect("/recover/warning", interaction=token, then=then)
        site.set_cookie(response, "session", cookie)
        return response
    after = "/continue" if token else then or "/"
    response = site.redirect(after, interaction=token)
    site.set_cookie(response, "session", cookie)
    return response
