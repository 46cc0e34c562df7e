"""Words of the account's platform pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.web.words import _

ITEMS: dict[str, str] = {
    "auth_time": _("When you signed in"),
    "identity_assurance_level": _("How surely your identity was proved"),
}
"""What is told at each login beside answers, by consent item."""

SAID: dict[str, str] = {
    "withdrawn": _(
        "Taken back. What it was given no longer works, and at the next login it has to ask you "
        "again. If you are logged in there now, log out there too."
    ),
    "renewed": _(
        "Renewed. From now on this platform knows you as somebody new. Everything it was allowed "
        "has ended."
    ),
}
"""What was done, by the page's ``said``; shown only when the page shows that it is so."""
