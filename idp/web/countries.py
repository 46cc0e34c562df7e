"""Countries by their names in the page's language, for whoever has to pick one."""

from __future__ import annotations

from functools import cache

from babel import Locale

from idp.domain.document import COUNTRIES


@cache
def countries(tag: str) -> tuple[tuple[str, str], ...]:
    """Return ``(code, name)`` of every country, by name; by code where names have no alphabet."""
    names = Locale.parse(tag.replace("-", "_")).territories
    found = [(code, str(names.get(code, code))) for code in COUNTRIES]
    return tuple(sorted(found, key=lambda one: one[tag == "en"]))
