"""What every error code means and how to mend it: the reference for integrators.

Owns the words, one entry for each cause; ``docs/errors.md`` and the pages at ``/errors`` are made
of it. Never decides how a cause is answered: that is ``idp.protocol.causes``. In English
throughout, as all that is written for developers here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.protocol.causes import outcome
from idp.protocol.reference import clients, people, requests, tokens
from idp.protocol.reference.entry import Audience, Entry, Section, Where

if TYPE_CHECKING:
    from idp.domain.refusal import Cause

__all__ = ["SECTIONS", "Audience", "Entry", "Section", "Where", "entry", "on_a_page", "statuses"]

SECTIONS: Final[tuple[Section, ...]] = (
    *requests.SECTIONS,
    *clients.SECTIONS,
    *tokens.SECTIONS,
    *people.SECTIONS,
)
_PAGES: Final = frozenset(
    {Where.AUTHORIZE, Where.LOGOUT, Where.PAGES, Where.OPERATORS, Where.ANYWHERE}
)
_ENTRIES: Final = {cause: one for part in SECTIONS for cause, one in part.entries.items()}


def entry(cause: Cause) -> Entry:
    """Return the entry of ``cause``. Every cause has one; a test holds this to it."""
    return _ENTRIES[cause]


def on_a_page(one: Entry) -> bool:
    """Tell whether people may meet this code, and so words for them."""
    return bool(_PAGES.intersection(one.where))


def statuses(cause: Cause) -> str:
    """Return the HTTP statuses that a cause is answered with, by where it is met."""
    how, where = outcome(cause), entry(cause).where
    told = [] if set(where) == {Where.REDIRECT} else [str(how.status)]
    if how.at_resource and Where.USERINFO in where:
        told.append(f"{how.at_resource} where access tokens are taken")
    if Where.REDIRECT in where:
        told.append("303, a redirect")
    return "; ".join(told)
