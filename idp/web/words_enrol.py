"""Words of the enrolment pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.web.words import _

CODE_FAULTS: dict[str, str] = {
    "code_length": _("A code has ten characters. Check that none is missing and none is too many."),
    "code_symbol": _("There is a character that no code has. Codes have letters and digits only."),
    "code_check": _("There is a slip in the code: one character is wrong, or two are swapped."),
    "code_unknown": _("This code is not valid. It may be mistyped, used already, or too old."),
}
"""What is wrong with a code that somebody typed, by the fault's name."""
