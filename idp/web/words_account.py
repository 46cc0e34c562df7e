"""Words of the account pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.web.words import _

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("overview", "/account", _("Overview")),
    ("passkeys", "/account/passkeys", _("Passkeys")),
    ("recovery", "/account/recovery", _("Recovery")),
)
"""Each section of an account: its key, its path, its name."""
