"""Words that Python chooses and templates translate: errors, notices, values, what is not shared.

``_`` only marks a string for the catalogue; the template that shows it asks gettext.
"""

from __future__ import annotations

from dataclasses import dataclass


def _(text: str) -> str:
    """Mark ``text`` for extraction, and return it as it is."""
    return text


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What happened and what to do, for a person who knows nothing of protocols."""

    title: str
    what: str
    todo: str


GENERIC = "generic"

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
            "when cookies are blocked, or when you signed in or out in another tab."
        ),
        _("Nothing was changed. Use the button below, or go back and reload the page."),
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

NOTICES: dict[str, str] = {
    "passkey_not_recognised": _(
        "This passkey was not accepted. Try again, or choose another passkey."
    ),
    "passkey_cancelled": _("The passkey was not used. Nothing has happened; you can try again."),
    "passkey_refused": _("Your device could not make a passkey that we can accept. Try again."),
    "signed_in_as_other": _("Somebody else is signed in in this browser. Sign in as yourself."),
    "sign_in_again": _("The platform asks you to sign in again, to be sure that it is you."),
    "expired": _("This page waited too long, so we made a new one. You can go on."),
    "recovery_code_mistyped": _(
        "This is mistyped: a character is wrong or missing, or two are swapped. Compare it with "
        "the paper."
    ),
    "recovery_code_refused": _(
        "This code does not work. It was used before, newer codes have taken its place, or it "
        "belongs to nobody here."
    ),
    "recovery_codes_shown": _(
        "These codes were made and shown already. If you did not keep them, make new ones."
    ),
    "upstream_cancelled": _(
        "You came back without having proved who you are. Nothing was stored; you can try again, "
        "or another way."
    ),
    "upstream_refused": _(
        "What came back does not prove well enough who you are. Nothing was stored. Try another "
        "way, for example a code from an office."
    ),
    "upstream_expired": _(
        "That took too long, or was done before, or in another window. Please choose once more."
    ),
    "upstream_unavailable": _(
        "The service you chose does not answer at the moment. Try again later, or another way."
    ),
    "enrolment_busy": _(
        "This is being done in another window at this moment. Wait a minute and try again."
    ),
    "contact_unusable": _("This is not an address that we can send mail to. Check it."),
    "contact_code_wrong": _(
        "This code is not right, or its time is over. After five tries ask for a new one."
    ),
    "citizen_taken": _("Somebody was faster: this citizen is taken. Choose another."),
}

NOT_SHARED_LABELS: dict[str, str] = {
    "name": _("your name"),
    "birth_date": _("your date of birth"),
    "national_id": _("your national ID number"),
    "address": _("your address"),
    "contact": _("your phone number and email"),
    "biometrics": _("your face or fingerprint"),
    "other_platforms": _("which other platforms you use"),
}

VALUE_LABELS: dict[str, str] = {
    "age_over_14": _("Over 14"),
    "age_over_16": _("Over 16"),
    "age_over_18": _("Over 18"),
    "age_over_65": _("Over 65"),
}

PERSONA_LABELS: dict[str, str] = {
    "adult": _("Ordinary adult"),
    "minor": _("Minor of 15"),
    "suspended": _("Suspended account"),
    "newcomer": _("First visit anywhere"),
}
"""By id, for those personas whose label is a description and not itself the thing to look at."""

PERSONA_NOTES: dict[str, str] = {
    "adult": _("over 18: yes"),
    "minor": _("over 14: yes, over 16: no"),
    "elder": _("over 65: yes; a long label in Chinese"),
    "rtl": _("over 18: yes; a label from right to left"),
    "suspended": _("cannot sign in, and sees why"),
    "newcomer": _("has never used any platform"),
}

SUSPENSION_TEXTS: dict[str, str] = {
    "sandbox-demonstration": _("To show what a suspended person sees. Nobody did anything wrong."),
    "sandbox-authority": _("The authority of practice mode"),
}
"""Reasons and authorities that the provider itself words; any other is shown as it was written."""

# Drawn for the picture on the start page; they belong to nobody.
EXAMPLES = (
    (_("a shop sees"), "BY7Q2YWSGQNFEDCVVCMN1XMFN"),
    (_("a forum sees"), "M9S346Q3D25VT4F5V37E3S308"),
    (_("a clinic sees"), "X45HY43KWJRP1XPA7Z3DJ8FFP"),
)


def error_text(page: str) -> ErrorText:
    """Return the words for a page key of ``idp.protocol.causes``; never fails."""
    return ERROR_TEXTS.get(page, ERROR_TEXTS[GENERIC])
