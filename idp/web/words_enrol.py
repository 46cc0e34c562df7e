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

EVIDENCE_FAULTS: dict[str, str] = {
    "country": _("Choose the country that issued the document."),
    "document": _("Choose the kind of number."),
    "number": _("There is no such number in this country. Compare it with the document."),
    "birth_date": _("Type the whole date of birth: a day that there was, of somebody alive."),
    "birth_date_and_number": _(
        "This number belongs to another date of birth. Compare both with the document."
    ),
    "lifetime": _("Choose how long the code is valid."),
}
"""What is wrong with what a registrar typed, by the fault's name."""

FAULTY_FIELDS: dict[str, tuple[str, ...]] = {
    "country": ("country",),
    "document": ("document",),
    "number": ("number",),
    "birth_date": ("birth_date",),
    "birth_date_and_number": ("number",),
    "lifetime": ("lifetime",),
}
"""The fields that a fault is shown at."""

DOCUMENTS: dict[str, str] = {
    "national_id": _("National number"),
    "identity_card": _("Number of an identity card"),
    "passport": _("Number of a passport"),
    "residence_permit": _("Number of a residence permit"),
}

LIFETIMES: dict[str, str] = {
    "900": _("15 minutes"),
    "3600": _("One hour"),
    "86400": _("One day"),
    "259200": _("Three days"),
    "1209600": _("Two weeks"),
}
"""How long a code may be valid, by seconds."""

ASSURANCE: dict[str, str] = {
    "none": _("not at all: invented, for practice"),
    "low": _("low"),
    "substantial": _("substantial"),
    "high": _("high"),
}
"""Levels of assurance, as a platform is told them."""
