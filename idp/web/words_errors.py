"""What a person reads when something is refused, by the page keys of ``idp.protocol.causes``."""

from __future__ import annotations

from msgspec import Struct

from idp.web.words import _


class ErrorText(Struct, frozen=True):
    """What happened and what to do, for a person who knows nothing of protocols."""

    title: str
    what: str
    todo: str


GENERIC = "generic"

BASES: dict[str, str] = {
    "registered": _("registered"),
    "supported": _("possible"),
    "granted": _("granted"),
    "expected": _("expected"),
}
"""By ``idp.domain.mismatch.Basis``: what stands beside what was sent."""

ERROR_TEXTS: dict[str, ErrorText] = {
    "unknown_client": ErrorText(
        _("This platform is not registered here"),
        _("The page that sent you here is not one that Network ID knows."),
        _("Go back and try again. If it happens again, send the platform the details below."),
    ),
    "client_disabled": ErrorText(
        _("This platform is disabled"),
        _(
            "Whoever runs Network ID has disabled it, so nobody can sign in there. "
            "Nothing was shared."
        ),
        _(
            "Ask the platform for another way in. What you allowed there gives it nothing for now; "
            "in your account you can take it back for good."
        ),
    ),
    "redirect_uri_mismatch": ErrorText(
        _("We do not know where to send you back to"),
        _(
            "The platform asked us to send you to an address that it has not registered. "
            "To keep you safe we do not follow it."
        ),
        _("Go back to the platform. If it happens again, send it the details below."),
    ),
    "logout": ErrorText(
        _("The platform asked in a way that we cannot follow"),
        _(
            "It wanted you signed out, but what it sent does not fit together. "
            "So nothing was ended, and we do not send you back there."
        ),
        _("You can sign out here all the same. The details below help the platform."),
    ),
    "malformed_request": ErrorText(
        _("This request is not complete"),
        _("The platform sent a request that we cannot read."),
        _("Go back and try again. If it happens again, send the platform the details below."),
    ),
    "too_large": ErrorText(
        _("This request is too large"),
        _("More was sent than any of our pages needs."),
        _("Go back and try again. If it happens again, send the platform the details below."),
    ),
    "not_found": ErrorText(
        _("There is no page here"),
        _("The address may be mistyped, or the link may be old."),
        _("Check the address, or begin on the start page."),
    ),
    "method_not_allowed": ErrorText(
        _("This address cannot be used like that"),
        _("It answers another kind of request."),
        _("Go back, or begin on the start page."),
    ),
    "not_a_form": ErrorText(
        _("This is not a form that we can read"),
        _("What was sent is not in the form that our pages use."),
        _("Go back, reload the page and send it again."),
    ),
    "session_tampered": ErrorText(
        _("This sign-in cannot go on"),
        _("Part of the address is missing or was changed. Nothing was shared."),
        _("Go back to the platform and sign in again."),
    ),
    "csrf_failed": ErrorText(
        _("We could not check that this came from you"),
        _(
            "The form does not belong to the page that is open in this browser. That happens "
            "when you signed in or out in another tab, or restarted the browser."
        ),
        _("Nothing was changed. Use the button below, or go back and reload the page."),
    ),
    "cookie_missing": ErrorText(
        _("Your browser sent no cookie with this form"),
        _(
            "It got one together with the page. That happens when cookies are blocked, when the "
            "browser lost them in between, or when another site sent the form."
        ),
        _("Nothing was changed. Allow cookies for this site, then go back and reload the page."),
    ),
    "request_over": ErrorText(
        _("This request cannot be used any more"),
        _(
            "It was used already, it waited too long, or it was begun in another browser. "
            "Nothing was shared this time."
        ),
        _("Go back to the platform and sign in from there again."),
    ),
    "expired_interaction": ErrorText(
        _("This took too long"),
        _("A sign-in ends by itself after some minutes. Nothing was shared."),
        _("Go back to the platform and sign in again."),
    ),
    "wrong_host": ErrorText(
        _("This is not our address"),
        _("Network ID was opened under a name that is not its own."),
        _("Check the address in your browser. Do not sign in if it looks wrong to you."),
    ),
    "server_error": ErrorText(
        _("Something broke on our side"),
        _("This is our fault, not yours. It has been written down."),
        _("Try again in a moment. If it happens again, tell us the request number below."),
    ),
    "unavailable": ErrorText(
        _("We are busy at the moment"),
        _("More people are signing in than we can serve right now."),
        _("Wait a moment and try again. Nothing is lost."),
    ),
    "invalid_passkey": ErrorText(
        _("This passkey was not accepted"),
        _("It is not known here, or your device could not prove it. You are not signed in."),
        _("Go back and try another passkey."),
    ),
    "passkeys_unchanged": ErrorText(
        _("Your passkeys stay as they are"),
        _("What you asked for is not possible with the passkeys that your account has by now."),
        _("Open the passkeys page of your account again and look at what is there."),
    ),
    "persona_unknown": ErrorText(
        _("This practice person is not available"),
        _("There is nobody by that name, or somebody was faster than you."),
        _("Go back, reload the page and choose another."),
    ),
    "enrolment_code_unknown": ErrorText(
        _("This proof of identity cannot be used any more"),
        _("It was used before, or its time is over."),
        _("Prove once more who you are, and begin on the start page."),
    ),
    "enrolment_busy": ErrorText(
        _("This is being done in another window"),
        _("Somebody is creating a network ID with the same proof at this very moment."),
        _("Wait a minute and try again."),
    ),
    "enrolment_cooling_off": ErrorText(
        _("It is too early for a new network ID"),
        _("After an account is closed, the same person can enrol again only some time later."),
        _("Come back after that."),
    ),
    "forbidden": ErrorText(
        _("This is not open to you"),
        _("The page exists, but not for this session."),
        _("Sign in, or begin on the start page."),
    ),
    "too_many_tries": ErrorText(
        _("Please wait a little"),
        _(
            "There were too many wrong tries from this browser or this network. This slows down "
            "whoever guesses. It locks nobody out: your passkeys go on working."
        ),
        _("Wait as long as it says here, or use another network, and try again."),
    ),
    "operator_link": ErrorText(
        _("This one-time link is not valid"),
        _("It was used before, it is older than a day, or part of it is missing."),
        _("Open the link as it was printed, or ask for a new one."),
    ),
    "operator_disabled": ErrorText(
        _("Your access as an operator is disabled"),
        _("Your passkey was recognised, but somebody who runs this provider has disabled you."),
        _("Ask them. Once you are enabled again, the same passkey works."),
    ),
    "role_missing": ErrorText(
        _("This needs another role"),
        _("You are signed in as an operator, but this page is not part of your roles."),
        _("Go back to your own pages, or ask for the role to be added."),
    ),
    "proposal_closed": ErrorText(
        _("This proposal is not open any more"),
        _("It was decided, withdrawn or has expired. You have not changed anything."),
        _("Look at the proposal to see what became of it."),
    ),
    "appeal_refused": ErrorText(
        _("This objection cannot be taken now"),
        _("The suspension was lifted meanwhile, or an earlier objection is not answered yet."),
        _("Look at the page about suspensions in your account."),
    ),
    "self_approval": ErrorText(
        _("A second operator is needed"),
        _("Whoever proposes an act cannot approve it. Nothing was done."),
        _("Ask a colleague to look at the proposal."),
    ),
    "recovery_code": ErrorText(
        _("This recovery code does not work"),
        _("It is mistyped, was used before, or newer codes have taken its place."),
        _("Check it against the paper, or use another one of your codes."),
    ),
    "recovery_pending": ErrorText(
        _("Somebody is recovering this account already"),
        _(
            "One recovery can wait at a time, so that nobody can push another aside. Nothing was "
            "changed, and your code was not used up."
        ),
        _(
            "If it was not you: sign in with any passkey you have and stop it, or prove once more "
            "who you are, which takes its place."
        ),
    ),
    "recovery_ended": ErrorText(
        _("This recovery cannot go on"),
        _("It took longer than half an hour, was used before, or was begun in another browser."),
        _("Nothing was changed. Begin the recovery again."),
    ),
    "renewed_too_recently": ErrorText(
        _("This network ID cannot be renewed yet"),
        _(
            "It was renewed not long ago, maybe in another tab. If it could change every day, "
            "“one unique person” would mean nothing to a platform."
        ),
        _("Your account says from which day it can be renewed again."),
    ),
    GENERIC: ErrorText(
        _("This did not work"),
        _("The request was refused. Nothing was shared."),
        _("Go back and try again."),
    ),
}


def error_text(page: str) -> ErrorText:
    """Return the words for a page key of ``idp.protocol.causes``; never fails."""
    return ERROR_TEXTS.get(page, ERROR_TEXTS[GENERIC])
