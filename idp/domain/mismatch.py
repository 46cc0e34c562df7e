"""What was sent beside what would have been taken: one value for error pages and error answers.

Made only when something is refused. It never holds a bearer value, a person, or another client's
data; what is shown of it, and to whom, is decided where it is shown.
"""

from __future__ import annotations

import json
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ADDRESS: Final = 2001  # characters: cut, none looks like the longest that may be registered
MAX_TEXT: Final = 200


class Basis(StrEnum):
    """Why it would have been taken: the client registered it, the provider offers it, and so on."""

    REGISTERED = auto()
    SUPPORTED = auto()
    GRANTED = auto()
    EXPECTED = auto()


class Kind(StrEnum):
    """What stands there, which decides who may be told of it.

    ``ADDRESS``: one of a client's addresses; where it has others is not everybody's to know.
    ``TEXT``: anything, as the sender wrote it. ``WORDS``: words out of a set of our own, which may
    be told where a stranger's text may not.
    """

    ADDRESS = auto()
    TEXT = auto()
    WORDS = auto()


class Mismatch(Struct, frozen=True):
    """``name`` is the parameter, claim or header; ``sent`` is cut, and empty when nothing came."""

    name: str
    sent: str
    taken: tuple[str, ...]
    basis: Basis
    kind: Kind


def address(name: str, sent: str | None, registered: Iterable[str]) -> Mismatch:
    """Return that an address is none of those that the client registered."""
    shown = (sent or "")[:MAX_ADDRESS]
    return Mismatch(name, shown, tuple(registered), Basis.REGISTERED, Kind.ADDRESS)


def text(name: str, sent: object, taken: Iterable[str], basis: Basis) -> Mismatch:
    """Return that ``sent`` is none of what would have been taken.

    A claim that is no text is shown as the JSON that it is: an array is often the mistake.
    """
    if sent is None:
        shown = ""
    else:
        shown = sent if isinstance(sent, str) else json.dumps(sent, separators=(",", ":"))
    return Mismatch(name, shown[:MAX_TEXT], tuple(taken), basis, Kind.TEXT)


def words(name: str, sent: Iterable[str], taken: Iterable[str], basis: Basis) -> Mismatch:
    """Return that words of our own were sent that are not among those that would be taken."""
    told = " ".join(sorted(sent))[:MAX_TEXT]
    return Mismatch(name, told, tuple(sorted(taken)), basis, Kind.WORDS)
