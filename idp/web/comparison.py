"""Shows how two addresses differ, character by character, for the error page.

Rules in prose. The common beginning and the common end are plain; of what lies between, stretches
that both have are plain too, the rest is marked. An address is visible ASCII; any other character
is shown by its code point, because a look-alike letter or a bidirectional control would make two
different addresses look the same (CWE-1007).
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from idp.protocol.address import common
from idp.web.views import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_VISIBLE, _LAST_VISIBLE = "!", "~"
_LONGEST_STUDIED = 120  # beyond it the middle is marked whole: the search is worse than linear
_SHORTEST_STRETCH = 3  # fewer equal characters in a row are chance


def compare(sent: str, registered: str) -> Comparison:
    """Return both addresses cut into plain and marked parts, and where they first differ.

    An empty marked part stands where the other address has something that this one lacks.
    """
    start = common(sent, registered)
    end = common(sent[start:][::-1], registered[start:][::-1])
    one, other = sent[start : len(sent) - end], registered[start : len(registered) - end]
    equal = list(_stretches(one, other))
    tail = sent[len(sent) - end :]
    return Comparison(
        sent=_parts(sent[:start], one, [(i, size) for i, _, size in equal], tail),
        registered=_parts(sent[:start], other, [(j, size) for _, j, size in equal], tail),
        position=start + 1,
        sent_there=visible(sent[start : start + 1]),
        registered_there=visible(registered[start : start + 1]),
    )


def _stretches(one: str, other: str) -> Iterable[tuple[int, int, int]]:
    """Yield ``(place in one, place in other, size)`` of what both have, and an empty one last."""
    if max(len(one), len(other)) <= _LONGEST_STUDIED:
        for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
            if block.size >= _SHORTEST_STRETCH:
                yield block.a, block.b, block.size
    yield len(one), len(other), 0


def _parts(
    head: str, middle: str, equal: list[tuple[int, int]], tail: str
) -> tuple[tuple[str, bool], ...]:
    parts = [(visible(head), False)] if head else []
    at = 0
    for place, size in equal:
        parts.append((visible(middle[at:place]), True))
        parts.append((visible(middle[place : place + size]), False))
        at = place + size
    parts.append((visible(tail), False))
    return tuple(part for part in parts if part != ("", False))


def visible(text: str, *, keep: str = "") -> str:
    """Return ``text`` with every character shown by its code point that an address cannot hold.

    Those of ``keep`` stay as they are.
    """
    return "".join(
        character
        if _FIRST_VISIBLE <= character <= _LAST_VISIBLE or character in keep
        else f"[U+{ord(character):04X}]"
        for character in text
    )
