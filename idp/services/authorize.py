"""The authorization endpoint: one ordered list of checks, then a code (OpenID Connect Core §3.1.2).

Read ``Authorize.pipeline`` first: it is the whole protocol at a glance. The checks of the request
are a list of their own in ``idp.services.request_checks``, since a pushed request passes them too;
the checks of the person are here. A check passes, raises Refusal, or raises Interrupted when the
person has to be asked something. Every step of a sign-in, page or POST, runs the whole list again
with what the browser has then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.person import PersonStatus
from idp.domain.pushed_request import PREFIX
from idp.domain.refusal import Cause, Refusal
from idp.protocol import acr, authorization_response
from idp.protocol import authorization_request as rules
from idp.protocol.parameters import required
from idp.services.attempt import Attempt, Interrupted, Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from idp.domain.clock import Clock
    from idp.protocol.authorization_response import AuthorizationResponse
    from idp.services.clients import Clients
    from idp.services.interactions import Interaction, Interactions
    from idp.services.issuing import Issuing
    from idp.services.passkeys import Passkeys
    from idp.services.pushed_requests import PushedRequests
    from idp.services.request_checks import RequestChecks
    from idp.services.request_objects import RequestObjects
    from idp.services.sessions import Account, Sessions

_RACES = 3


# What a client hears that asked for no interaction (prompt=none, OpenID Connect Core §3.1.2.6).
_CAUSE_OF_STEP = {
    Step.SIGN_IN: Cause.LOGIN_REQUIRED,
    Step.SELECT_ACCOUNT: Cause.ACCOUNT_SELECTION_REQUIRED,
    Step.CONSENT: Cause.CONSENT_REQUIRED,
    # As for a stranger: asked without the person, nobody may learn of a suspension (promise P6).
    Step.SUSPENDED: Cause.LOGIN_REQUIRED,
}


class Answer(Struct, frozen=True):
    """What to do next: tell the client ``told``, or ask the person for ``step`` (one of them).

    ``refusal`` says why ``told`` is an error.
    """

    attempt: Attempt
    told: AuthorizationResponse | None = None
    step: Step | None = None
    refusal: Refusal | None = None

    @property
    def location(self) -> str | None:
        """The address that tells the client in its query; None while the person is asked."""
        return None if self.told is None else self.told.location


class Authorize:
    """Answers authorization requests."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        issuer: str,
        clients: Clients,
        sessions: Sessions,
        interactions: Interactions,
        pushed_requests: PushedRequests,
        request_objects: RequestObjects,
        request_checks: RequestChecks,
        issuing: Issuing,
        passkeys: Passkeys,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._clients = clients
        self._sessions = sessions
        self._interactions = interactions
        self._pushed_requests = pushed_requests
        self._issuing = issuing
        self._passkeys = passkeys
        self._clock = clock
        self.pipeline: tuple[Callable[[Attempt], Awaitable[None] | None], ...] = (
            self._client_is_known,
            rules.request_comes_one_way,
            self._pushed_request_is_open,
            request_objects.open,
            *request_checks.checks,
            # From here on it is about the person.
            self._person_is_signed_in,
            self._sign_in_is_fresh,
            self._sign_in_is_strong_enough,
            self._account_is_chosen,
            self._person_is_active,
            self._account_is_the_expected_one,
            self._consent_is_given,
        )

    async def begin(
        self, sent: Mapping[str, str], cookie: str | None, *, browser: str = ""
    ) -> Answer:
        """Answer a new authorization request from a browser with the session ``cookie``.

        ``browser`` is what that browser is called here: a pushed request is bound to it.
        """
        account = await self._sessions.find(cookie)
        interaction = self._interactions.begin(sent, account.session if account else None)
        return await self._answer(self._attempt(interaction, cookie, account, browser))

    async def resume(
        self,
        interaction: Interaction,
        cookie: str | None,
        *,
        browser: str = "",
        allowed: bool | None = None,
    ) -> Answer:
        """Answer the request of an interaction again, with what the browser has by now.

        ``browser`` as in ``begin``. ``allowed`` is the person's yes to the consent page: True to
        remember it, False not to.
        """
        account = await self._sessions.find(cookie)
        attempt = self._attempt(interaction, cookie, account, browser)
        attempt.allowed = allowed
        return await self._answer(attempt)

    async def refuse(self, interaction: Interaction, cause: Cause, *, browser: str = "") -> Answer:
        """End an interaction with a refusal told to the client; stores nothing (promise P9)."""
        if interaction.pushed:
            await self._pushed_requests.end(bytes.fromhex(interaction.pushed), browser)
        attempt = Attempt(sent=interaction.sent, issuer=self._issuer, interaction=interaction)
        await self._client_is_known(attempt)
        rules.redirect_uri_is_registered(attempt)
        rules.response_mode_is_known(attempt)
        return _told(attempt, Refusal(cause))

    def _attempt(
        self, interaction: Interaction, cookie: str | None, account: Account | None, browser: str
    ) -> Attempt:
        return Attempt(
            sent=interaction.sent,
            issuer=self._issuer,
            interaction=interaction,
            cookie=cookie,
            browser=browser,
            account=account,
            pushed=bool(interaction.pushed),
            signed=interaction.signed,
        )

    async def _answer(self, attempt: Attempt) -> Answer:
        try:
            await self._run(attempt)
        except Interrupted as interruption:
            return self._asking(attempt, interruption.step)
        except Refusal as refusal:
            if not attempt.redirect_uri:
                raise  # RFC 6749 §4.1.2.1: nobody is redirected to an address not validated
            return _told(attempt, refusal)
        return Answer(attempt, told=authorization_response.success(attempt, attempt.code))

    async def _run(self, attempt: Attempt) -> None:
        for check in self.pipeline:
            waiting = check(attempt)
            if waiting is not None:
                await waiting

    def _asking(self, attempt: Attempt, step: Step) -> Answer:
        if "none" in attempt.prompts:
            # Promises P2 and P5: that only the consent was missing would say that the person named
            # is there, or signed in no longer ago than that. Asked often enough, a platform to
            # which nobody said yes would know who it is, and two would compare the moment.
            cause = _CAUSE_OF_STEP[Step.SIGN_IN if attempt.narrows else step]
            return _told(attempt, Refusal(cause))
        return Answer(attempt, step=step)

    async def _client_is_known(self, attempt: Attempt) -> None:
        """RFC 6749 §4.1.2.1: without a known client there is nobody to tell but the person."""
        client_id = required(attempt.sent, "client_id", Cause.CLIENT_ID_MISSING)
        attempt.client = await self._clients.find(client_id)
        if attempt.client is None:
            raise Refusal(Cause.UNKNOWN_CLIENT, client_id=client_id[:128])

    async def _pushed_request_is_open(self, attempt: Attempt) -> None:
        """RFC 9126 §4: a pushed request stands instead of all that the browser brought.

        What stands outside it does not count (RFC 9101 §6.3), so nothing can be added to it.
        """
        request_uri, client = attempt.sent.get("request_uri", ""), attempt.known_client
        try:
            if attempt.pushed_digest is not None:
                await self._pushed_requests.check(attempt.pushed_digest, attempt.browser)
            elif request_uri.startswith(PREFIX):
                digest, facts = await self._pushed_requests.visit(
                    request_uri, client, attempt.browser
                )
                attempt.unpack(facts.sent, signed=facts.signed)
                attempt.came_pushed(digest)
        except Refusal as refusal:  # for the page: where to begin again
            raise Refusal(refusal.cause, client_id=client.client_id) from refusal

    def _person_is_signed_in(self, attempt: Attempt) -> None:
        """§3.1.2.3."""
        if attempt.account is None:
            raise Interrupted(Step.SIGN_IN)

    def _sign_in_is_fresh(self, attempt: Attempt) -> None:
        """§3.1.2.1 ``prompt=login`` and ``max_age``: a sign-in within this interaction is fresh."""
        session = attempt.known_account.session
        if attempt.interaction.signed_in_since(session):
            return
        age = self._clock.now() - session.authentication.time
        too_old = attempt.max_age is not None and age >= attempt.max_age
        if "login" in attempt.prompts or too_old:
            raise Interrupted(Step.SIGN_IN)

    async def _sign_in_is_strong_enough(self, attempt: Attempt) -> None:
        """§5.5.1.1: an essential ``acr`` is met, asked for, or refused; never ignored.

        Somebody who took another passkey than the security key that they own is asked once more;
        whoever owns none cannot meet it. A wish never costs a sign-in.
        """
        session = attempt.known_account.session
        proved, demand = session.authentication.acr, attempt.claims.demanded_acr
        if demand and acr.met(proved, demand) is None:
            if attempt.interaction.signed_in_since(session) and not (
                acr.HARDWARE in demand and await self._passkeys.has_hardware(session.person_id)
            ):
                raise Refusal(Cause.AUTHENTICATION_REQUIREMENTS_UNMET)
            raise Interrupted(Step.SIGN_IN)
        attempt.acr = acr.told(proved, demand or attempt.asked_acr)
        if (attempt.acr == acr.HARDWARE) != attempt.release.hardware:
            attempt.release = replace(attempt.release, hardware=not attempt.release.hardware)

    def _account_is_chosen(self, attempt: Attempt) -> None:
        """§3.1.2.1 ``prompt=select_account``."""
        if "select_account" in attempt.prompts and not attempt.interaction.picked(
            attempt.known_account.session
        ):
            raise Interrupted(Step.SELECT_ACCOUNT)

    def _person_is_active(self, attempt: Attempt) -> None:
        """Promise P6: a suspended person is told so, on our page; the platform learns nothing."""
        if attempt.known_account.status is not PersonStatus.ACTIVE:
            raise Interrupted(Step.SUSPENDED)

    async def _account_is_the_expected_one(self, attempt: Attempt) -> None:
        """§3.1.2.1, §5.5.1: the person hinted at or asked for by ``sub``, or nobody."""
        hinted, subs = attempt.hinted_sub, attempt.claims.subs
        if hinted is None and subs is None:
            return
        account = attempt.known_account
        known = await self._issuing.network_id(attempt.known_client, account)
        if hinted in {None, known} and (subs is None or known in subs):
            return
        if attempt.interaction.signed_in_since(account.session):
            raise Refusal(Cause.LOGIN_REQUIRED)
        raise Interrupted(Step.SIGN_IN)

    async def _consent_is_given(self, attempt: Attempt) -> None:
        """§3.1.2.4: a remembered consent that covers the request, or the person's own yes now."""
        for _ in range(_RACES):
            if attempt.allowed is not None:
                issued = await self._issuing.allow(attempt, remember=attempt.allowed)
            elif "consent" in attempt.prompts:
                issued = None
            else:
                issued = await self._issuing.by_remembered_consent(attempt)
            if issued is None:
                attempt.remembered = await self._issuing.remembered(attempt)
                raise Interrupted(Step.CONSENT)
            if issued.code is not None:
                attempt.code = issued.code
                return
            # Another tab changed the session between our read and our write: read it again.
            attempt.account = await self._sessions.find(attempt.cookie)
            self._person_is_signed_in(attempt)
            self._person_is_active(attempt)
        raise Refusal(Cause.UNAVAILABLE)


def _told(attempt: Attempt, refusal: Refusal) -> Answer:
    """Tell a refusal to the client, whose redirect URI has been validated."""
    told = authorization_response.error(attempt, refusal)
    return Answer(attempt, told=told, refusal=refusal)
