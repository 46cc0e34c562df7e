"""Shows how two addresses differ, character by character, for the error page.

Rules in prose. The common beginning and the common end are plain; of what lies between, stretches
that both have are plain too, the rest is marked. An address is visible ASCII; any other character
is shown by its code point, because a look-alike letter or a bidirectional control would make two
different addresses look the same (CWE-1007).
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

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
    start = _common(sent, registered)
    end = _common(sent[start:][::-1], registered[start:][::-1])
    one, other = sent[start : len(sent) - end], registered[start : len(registered) - end]
    equal = list(_stretches(one, other))
    tail = sent[len(sent) - end :]
    return Comparison(
        sent=_parts(sent[:start], one, [(i, size) for i, _, size in equal], tail),
        registered=_parts(sent[:start], other, [(j, size) for _, j, size in equal], tail),
        position=start + 1,
    )


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    shorter = min(len(one), len(other))
    return next((i for i in range(shorter) if one[i] != other[i]), shorter)


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
    parts = [(_visible(head), False)] if head else []
    at = 0
    for place, size in equal:
        parts.append((_visible(middle[at:place]), True))
        parts.append((_visible(middle[place : place + size]), False))
        at = place + size
    parts.append((_visible(tail), False))
    return tuple(part for part in parts if part != ("", False))


def _visible(text: str) -> str:
    return "".join(
        character if _FIRST_VISIBLE <= character <= _LAST_VISIBLE else f"[U+{ord(character):04X}]"
        for character in text
    )
