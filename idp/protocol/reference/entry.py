"""The form of an entry."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.refusal import Cause


class Where(StrEnum):
    """Where a code is met."""

    AUTHORIZE = "a page of /authorize"
    REDIRECT = "the redirect back"
    PAR = "/par"
    TOKEN = "/token"
    USERINFO = "/userinfo and the API of the sandbox"
    INTROSPECT = "/introspect"
    REVOKE = "/revoke"
    REGISTER = "/register"
    LOGOUT = "a page of /logout"
    PAGES = "the person's pages"
    OPERATORS = "the operators' pages"
    ANYWHERE = "any endpoint"


class Audience(StrEnum):
    """Who can do something about it; the developer's part of an error page is for ``PLATFORM``."""

    PLATFORM = "platform"
    PERSON = "person"
    OPERATOR = "operator"


class Entry(Struct, frozen=True):
    """``mend`` pairs what is likely wrong with what to do, the likeliest first.

    ``parameter`` is the one that it is about, ``spec`` the section that asks for the refusal.
    """

    means: str
    mend: tuple[tuple[str, str], ...]
    where: tuple[Where, ...]
    spec: str = ""
    parameter: str = ""
    audience: Audience = Audience.PLATFORM


class Section(Struct, frozen=True):
    """Entries that belong together, in the order in which their checks run."""

    title: str
    entries: Mapping[Cause, Entry]


def of_person(means: str, likely: str, do: str, where: Where = Where.PAGES) -> Entry:
    """Return the entry of a code that only a person meets, on a page with words of its own."""
    return Entry(means, ((likely, do),), (where,), audience=Audience.PERSON)


def of_operator(means: str, likely: str, do: str) -> Entry:
    """Return the entry of a code that only an operator meets."""
    return Entry(means, ((likely, do),), (Where.OPERATORS,), audience=Audience.OPERATOR)
