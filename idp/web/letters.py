"""The words of a security notice: what happened, when, and what to do; in the reader's language.

Plain text. No platform, no network ID, no name, and no link but the start page: whoever reads the
mailbox learns that there is an account, and can do nothing with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.activity import Happened
from idp.services.mailer import Letter
from idp.services.notices import CONFIRM
from idp.web import locales
from idp.web.template_filters import utc
from idp.web.words import _

if TYPE_CHECKING:
    from idp.services.notices import Notice

_WHAT: dict[str, str] = {
    Happened.PASSKEY_ADDED: _("A passkey was added to your account."),
    Happened.PASSKEY_REMOVED: _("A passkey was removed from your account."),
    Happened.PASSKEY_SUSPICIOUS: _("A passkey of yours may have been copied."),
    Happened.RECOVERY_CODES_MADE: _("New recovery codes were made; the old ones stopped working."),
    Happened.RECOVERY_STARTED: _(
        "Somebody began to recover your account. After a waiting time a new passkey will open it."
    ),
    Happened.RECOVERY_STOPPED: _("The recovery of your account was stopped."),
    Happened.RECOVERY_COMPLETED: _(
        "The recovery of your account is complete: its new passkey has opened it."
    ),
    Happened.CONTACT_CHANGED: _("The address for security notices was changed or removed."),
    Happened.SUSPENDED: _("Your network ID was suspended."),
    Happened.SUSPENSION_LIFTED: _("The suspension of your network ID was lifted."),
    Happened.ACCOUNT_CLOSED: _("Your account was closed."),
    Happened.RESTORED: _(
        "Network ID was put back to an earlier state. A passkey that you removed lately may be "
        "back, and platforms will ask for your permission again."
    ),
}


class Letters:
    """Writes letters in every language of the pages."""

    def __init__(self, start_page: str) -> None:
        self._start_page = start_page
        self._catalogues = locales.catalogues()

    def write(self, notice: Notice) -> Letter:
        """Return the mail for one notice."""
        tag = locales.nearest(notice.contact.language) or locales.DEFAULT
        say = self._catalogues[tag].gettext
        confirms = notice.about == CONFIRM
        subject = _("Your code for Network ID") if confirms else _("Network ID: security notice")
        lines = self._asking(notice) if confirms else self._telling(notice)
        body = "\n\n".join(say(line) if line else extra for line, extra in lines)
        return Letter(notice.contact.address, tag, say(subject), f"{body}\n")

    def _asking(self, notice: Notice) -> list[tuple[str, str]]:
        return [
            (
                _("Somebody gave this address for security notices of a network ID. The code is:"),
                "",
            ),
            ("", f"{notice.code[:4]}-{notice.code[4:]}"),
            (_("Type it on the page that asked for it, within half an hour."), ""),
            (_("If that was not you, do nothing: without the code no further mail comes."), ""),
        ]

    def _telling(self, notice: Notice) -> list[tuple[str, str]]:
        return [
            (_WHAT[notice.about], ""),
            ("", utc(notice.at)),
            (_("If it was not you: open the start page, sign in and look at your account."), ""),
            ("", self._start_page),
            (
                _(
                    "This address gets security notices and nothing else. No mail of ours holds a "
                    "link that signs you in, and nobody of us asks for a code or a passkey."
                ),
                "",
            ),
        ]
