"""What one slip of the fingers does to a network ID, undone: the texts that could have been meant.

One character wrong, two neighbours swapped, one left out, one too many, or one that could not be
read. Which of these texts are network IDs, the check characters say: one in 1271 by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford Base32: no I, L, O, U
LENGTH: Final = 25
MOST: Final = 5  # with more than that to choose from, a suggestion is noise
UNREADABLE: Final = "?"  # what a support desk writes for a character that nobody can read
SEEN_ALIKE: Final = "0DQ 1J7T 2Z 3B8 4A 5S 6GB 9GQ CG EF KX MNH PR UVY VW"
HEARD_ALIKE: Final = "BCDEGPTV AJK8H FSX MN 59 QU"
BESIDE: Final = "12 23 34 45 56 67 78 89 90 QW WE ER RT TY AS SD DF FG GH HJ JK ZX XC CV VB BN NM"
ALIKE: Final = {
    one: frozenset().union(*(g for g in f"{SEEN_ALIKE} {HEARD_ALIKE} {BESIDE}".split() if one in g))
    for one in ALPHABET + "U"
}


def undone(text: str) -> list[str]:
    """Return what ``text`` becomes by undoing one slip, the likeliest slips first, none twice."""
    if not LENGTH - 1 <= len(text) <= LENGTH + 1:
        return []
    wrong = [at for at, character in enumerate(text) if character not in ALPHABET]
    if len(wrong) > 1:
        return []  # two mistakes already
    tries = _tries(text, wrong or range(len(text)), is_all_readable=not wrong)
    return [one for one in dict.fromkeys(tries) if one != text]


def _tries(text: str, places: list[int] | range, *, is_all_readable: bool) -> Iterator[str]:
    if len(text) > LENGTH:
        yield from (text[:at] + text[at + 1 :] for at in places)
    elif len(text) < LENGTH:
        if is_all_readable:
            yield from _with_one_more(text)
    else:
        if is_all_readable:
            yield from _swapped(text)
        for alike in (True, False):
            yield from _replaced(text, places, alike=alike)


def _with_one_more(text: str) -> Iterator[str]:
    for at, character in enumerate(text):  # of two alike, one is left out first
        yield text[:at] + character + text[at:]
    for at in range(len(text) + 1):
        yield from (text[:at] + character + text[at:] for character in ALPHABET)


def _swapped(text: str) -> Iterator[str]:
    for at in range(len(text) - 1):
        yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _replaced(text: str, places: list[int] | range, *, alike: bool) -> Iterator[str]:
    for at in places:
        likely = ALIKE.get(text[at], frozenset())
        for character in ALPHABET:
            if (character in likely) == alike:
                yield text[:at] + character + text[at + 1 :]
