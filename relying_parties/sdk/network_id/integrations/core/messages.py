"""Requests and answers as plain values: what every framework can be asked for, and can send."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.integrations.core.refusals import Refusal

SEE_OTHER = 303
# The callback's address holds a code: it goes into no cache and into no Referer.
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PATH_CHARACTERS = "/:@!$&'()*+,;=~-._"  # RFC 3986: what a path may hold as it is
PRIVATE = "private"  # Cache-Control of a page behind the gate, where the page itself says nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Header names are in lower case, ``query`` is raw, ``path`` as people see it.

    ``native`` is the framework's own request, for a platform's hooks.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str] = field(repr=False)
    native: Any = field(default=None, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set, or with an empty value to delete. Always HttpOnly, SameSite=Lax, path /."""

    name: str
    value: str = field(repr=False)
    seconds: int
    secure: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer. ``refusal`` says why, where a platform may show a page of its own."""

    status: int
    headers: Mapping[str, str]
    body: str = ""
    cookies: tuple[Cookie, ...] = ()
    refusal: Refusal | None = None

    def setting(self, *cookies: Cookie) -> Answer:
        """Return the same answer with these cookies too."""
        return replace(self, cookies=(*self.cookies, *cookies))


def encoded_path(path: str) -> str:
    """Return the path of an address for one that a framework has decoded."""
    return quote(path, safe=PATH_CHARACTERS)


def redirect(url: str) -> Answer:
    """Return a redirect, to be followed by GET."""
    return Answer(SEE_OTHER, HEADERS | {"location": url})


def to_machine(status: int, document: Mapping[str, str]) -> Answer:
    """Return an answer in JSON."""
    return Answer(status, HEADERS | {"content-type": "application/json"}, json.dumps(document))
