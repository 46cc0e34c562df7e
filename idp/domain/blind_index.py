"""Blind indexes: found in one step by who holds the key, joinable by nobody else.

A tag is HMAC-SHA-256 (RFC 2104) over length-prefixed parts, the first of which says what kind of
tag it is. A plain or salted hash is never used: the space of national numbers is small enough to
try them all, and a salt stands beside the hash (promise P3).

Canonical form of what was read from a document, so that one document gives one tag:

- Unicode NFKC, upper case, then NFKC once more (upper case may undo it); decimal digits of every
  script become 0-9.
- Country and kind of document: white space around them is dropped, inside it becomes one space.
- Number: every character that is neither letter nor digit is dropped: spaces, hyphens, dots,
  slashes, and the filler `<` of machine-readable zones (ICAO Doc 9303). Leading zeros count.
- Look-alikes of different scripts stay different; whoever reads a document delivers one script.
"""

import hmac
import unicodedata
from typing import Final

from idp.domain.framing import framed
from idp.domain.secret_key import SECRET_BYTES

TAG_BYTES: Final = 32

# Domain separation: a tag of one kind is never a tag of another, even under one key.
_HOLDER_LABEL: Final = b"network-id/holder-tag/1"
_DEDUP_LABEL: Final = b"network-id/dedup-tag/1"


def holder_tag(key: bytes, sector: str, person_id: bytes) -> bytes:
    """Return the 32 bytes under which one person's pseudonym in one sector is found.

    Two sectors give unrelated tags for one person. `key` is one version of the link secret;
    raises ValueError when it is not 32 bytes.
    """
    return _tag(key, _HOLDER_LABEL, sector.encode(), person_id)


def dedup_tag(key: bytes, country: str, document: str, number: str) -> bytes:
    """Return the 32 bytes that say whether a document was enrolled before.

    `country`, `document` (its kind) and `number` may come in any spelling of their canonical form.
    `key` is one version of the dedup secret. Raises ValueError, which never quotes the input, when
    the key is not 32 bytes or a part has nothing left in its canonical form.
    """
    parts = (_name(country), _name(document), canonical_number(number))
    if not all(parts):
        raise ValueError("a country, a kind of document and a number are needed")
    return _tag(key, _DEDUP_LABEL, *(part.encode() for part in parts))


def canonical_number(number: str) -> str:
    """Return the letters and digits of a document number in their canonical form, maybe none."""
    return "".join(character for character in _upper(number) if character.isalnum())


def _name(text: str) -> str:
    return " ".join(_upper(text).split())


def _upper(text: str) -> str:
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(map(_western_digit, composed))


def _western_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _tag(key: bytes, *parts: bytes) -> bytes:
    if len(key) != SECRET_BYTES:
        raise ValueError(f"a blind index key is {SECRET_BYTES} bytes")
    return hmac.digest(key, framed(*parts), "sha256")
