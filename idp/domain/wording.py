"""Words that somebody types for somebody else to read: an authority, a reason, an objection.

Rules in prose. Line ends are one kind, white space around is dropped, and what cannot be seen is
refused: a text must not say one thing to its writer and another to its reader (bidirectional
overrides, zero-width and control characters).
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn"})
# Cf but for the joiners that Arabic, Indic scripts and emoji need.
_JOINERS = frozenset({"\u200c", "\u200d"})


class WordingRefused(ValueError):
    """A text is empty, too long, or holds what cannot be seen. The message never quotes it."""


def one_line(text: str, *, most: int) -> str:
    """Return ``text`` as one line of 1 to ``most`` characters; raises WordingRefused."""
    return _checked(" ".join(unicodedata.normalize("NFC", text).split()), most)


def several_lines(text: str, *, most: int) -> str:
    """Return ``text`` with its lines kept, 1 to ``most`` characters; raises WordingRefused."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    tidy = "\n".join(line.rstrip().replace("\t", " ") for line in lines.split("\n"))
    return _checked(re.sub(r"\n{3,}", "\n\n", tidy).strip(), most)


def _checked(text: str, most: int) -> str:
    if not 0 < len(text) <= most:
        raise WordingRefused(f"a text of 1 to {most} characters is needed")
    if any(map(_is_unseen, text)):
        raise WordingRefused("a character cannot be seen")
    return text


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return character not in _JOINERS
    return category in _UNSEEN and character != "\n"
