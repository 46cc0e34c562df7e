"""Telling whether somebody is signed in at a platform that nobody described to us.

Rules. Three browsers that certainly are signed in or not are looked at first: two people who logged
in as one should, one that never came, and one that went as far as the provider and stopped. What
the first two have in common and the others have not (where the page leads, its status, its words)
are the marks of being signed in, and the other way round. Two different people, so that nobody's
name or network ID becomes a mark. Every later browser is compared with both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from network_id import network_id

from network_id_simulator.checker.pages import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network_id_simulator.checker.browser import Hop

SERVER_ERROR: Final = 500
LIKE_NETWORK_ID: Final = re.compile(r"\b[0-9A-Z]{5}(?:[- ]?[0-9A-Z]{5}){4}\b")


@dataclass(frozen=True, slots=True)
class Look:
    """What one browser saw: the answer's status, where it leads (no query), and its words."""

    status: int
    leads: str
    words: frozenset[str]
    text: str

    @property
    def kind(self) -> tuple[int, str]:
        """What sets pages apart before they are read."""
        return self.status, self.leads


def look_of(hop: Hop, cookies: frozenset[str] = frozenset()) -> Look:
    """Return what a browser saw; the names of its cookies count as words."""
    leads = (hop.location or "").split("?", 1)[0]
    named = frozenset(f"cookie {name}" for name in cookies)
    return Look(hop.status, leads, words(hop.text) | named, hop.text)


@dataclass(frozen=True, slots=True)
class Eye:
    """What it has learnt to look for. ``sees`` is True, False, or None when it cannot tell."""

    kinds_in: frozenset[tuple[int, str]]
    kinds_out: frozenset[tuple[int, str]]
    marks_in: frozenset[str]
    marks_out: frozenset[str]

    def sees(self, look: Look) -> bool | None:
        """Tell whether somebody is signed in where this was seen."""
        if not self.kinds_in & self.kinds_out:
            if look.kind in self.kinds_in:
                return True
            if look.kind in self.kinds_out:
                return False
        if not self.marks_in and not self.marks_out:
            return None
        if look.status == 0 or look.status >= SERVER_ERROR:
            return None  # a page that broke has no marks, which proves nothing
        leaning = self._leaning(look.words)
        return None if leaning == 0 else leaning > 0

    def _leaning(self, seen: frozenset[str]) -> float:
        """Return a positive number where it looks signed in, a negative one where not."""
        if not self.marks_in:
            return 1 - 2 * share(self.marks_out, seen)
        if not self.marks_out:
            return 2 * share(self.marks_in, seen) - 1
        return share(self.marks_in, seen) - share(self.marks_out, seen)


@dataclass(frozen=True, slots=True)
class TextEye:
    """It was told what to look for: a text that only people who are signed in see."""

    text: str

    def sees(self, look: Look) -> bool | None:
        """Tell whether the text is there."""
        return self.text in look.text


def share(marks: frozenset[str], seen: frozenset[str]) -> float:
    """Return which part of the marks was seen."""
    return len(marks & seen) / len(marks)


def learn(signed_in: Sequence[Look], signed_out: Sequence[Look]) -> Eye | None:
    """Return an eye that tells these apart, or None when nothing does."""
    eye = Eye(
        frozenset(look.kind for look in signed_in),
        frozenset(look.kind for look in signed_out),
        _common(signed_in) - _any(signed_out),
        _common(signed_out) - _any(signed_in),
    )
    return eye if fits(eye, signed_in, signed_out) else None


def fits(eye: Eye | TextEye, signed_in: Sequence[Look], signed_out: Sequence[Look]) -> bool:
    """Tell whether the eye sees what is known of these."""
    return all(eye.sees(look) is True for look in signed_in) and all(
        eye.sees(look) is False for look in signed_out
    )


def _common(looks: Sequence[Look]) -> frozenset[str]:
    return frozenset.intersection(*(look.words for look in looks))


def _any(looks: Sequence[Look]) -> frozenset[str]:
    return frozenset.union(*(look.words for look in looks))


def network_ids(text: str) -> frozenset[str]:
    """Return the network IDs that a page shows, in either form, as they stand on the wire."""
    found = (re.sub("[- ]", "", one) for one in LIKE_NETWORK_ID.findall(text))
    return frozenset(one for one in found if network_id.is_wire_form(one))
