"""Words that Python chooses and templates translate: notices, values, what is not shared.

``_`` only marks a string for the catalogue; the template that shows it asks gettext.
"""

from __future__ import annotations


def _(text: str) -> str:
    """Mark ``text`` for extraction, and return it as it is."""
    return text


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
