"""Words of the page and the file that give a person all that is held about them."""

from __future__ import annotations

from idp.web.words import _

CONTENTS: dict[str, str] = {
    "person": _(
        "Your account: its state, when and how you proved who you are, your date of birth, and any "
        "suspension. Your name and your document number are not kept."
    ),
    "passkeys": _("Your passkeys: what you call them, their use, and their public halves."),
    "sessions": _("Where you are signed in, and at which platforms from there."),
    "recovery": _("How many recovery codes you have left, and a recovery under way."),
    "contact": _("Your address for security notices, if you gave one."),
    "network_ids": _("Your network ID on each platform. Show them to nobody: they join you up."),
    "consents": _("What you allowed platforms, and until when."),
    "grants": _(
        "What platforms can still ask about: for some minutes after a sign-in, or for as long as "
        "you let them stay connected."
    ),
    "activity": _("Your history."),
    "appeals": _("Your objections to a suspension, and the answers."),
    "enrolment": _(
        "The entry that keeps you from enrolling twice: a keyed check value of your document "
        "number. It says whether there is one; the value itself would tell you nothing."
    ),
}
"""What the file holds, by its members."""

LEFT_OUT: tuple[str, ...] = (
    _(
        "Digests of your session cookies and of recovery codes: whoever finds the file must not "
        "gain a way in."
    ),
    _(
        "The internal number of your account, which joins its rows and leaves this service in no "
        "form."
    ),
    _("Counts of wrong tries from a browser or a network, which name nobody and last ten minutes."),
)
"""What is held and left out, with why."""
