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

import unicodedata
from typing import Final

from idp.domain import keyed_hash
from idp.domain.framing import framed
from idp.domain.secret_key import SECRET_BYTES

TAG_BYTES: Final = 32

# Domain separation: a tag of one kind is never a tag of another, even under one key.
_HOLDER_LABEL: Final = b"network-id/holder-tag/1"
_NETWORK_ID_LABEL: Final = b"network-id/network-id-tag/1"
_CONSENT_LABEL: Final = b"network-id/consent-tag/1"
_ITEMS_LABEL: Final = b"network-id/items-tag/1"
_ACTIVITY_LABEL: Final = b"network-id/activity-tag/1"
_CODE_LABEL: Final = b"network-id/code-tag/1"
_THROTTLE_LABEL: Final = b"network-id/throttle-tag/1"
_SPENT_LABEL: Final = b"network-id/spent-tag/1"
_ENROLLED_LABEL: Final = b"network-id/enrolled-tag/1"
_BROWSER_LABEL: Final = b"network-id/browser-tag/1"
_DEDUP_LABEL: Final = b"network-id/dedup-tag/1"
_NESTED_LABEL: Final = b"network-id/nested-tag/1"


def holder_tag(key: bytes, sector: str, person_id: bytes) -> bytes:
    """Return the 32 bytes under which one person's pseudonym in one sector is found.

    Two sectors give unrelated tags for one person. `key` is one version of the link secret;
    raises ValueError when it is not 32 bytes.
    """
    return _tag(key, _HOLDER_LABEL, sector.encode(), person_id)


def network_id_tag(key: bytes, network_id: str) -> bytes:
    """Return the 32 bytes under which a network ID is known: unique, and never reused.

    `key` as in `holder_tag`; `network_id` in its wire form of 25 characters.
    """
    return _tag(key, _NETWORK_ID_LABEL, network_id.encode())


def consent_tag(key: bytes, client_id: str, person_id: bytes) -> bytes:
    """Return the 32 bytes under which what one person allowed one client is found."""
    return _tag(key, _CONSENT_LABEL, client_id.encode(), person_id)


def items_tag(key: bytes, consent: bytes, items: str) -> bytes:
    """Return the 32 bytes that say, to whoever knows both, that `consent` holds just `items`.

    `consent` is a consent tag, `items` space-separated and sorted. Consents to the same items at
    one client, or of one person, have nothing in common.
    """
    return _tag(key, _ITEMS_LABEL, consent, items.encode())


def activity_tag(key: bytes, scope: str, person_id: bytes) -> bytes:
    """Return the 32 bytes under which a person's history with one sector is found.

    `scope` is the sector, or empty for what concerns no platform.
    """
    return _tag(key, _ACTIVITY_LABEL, scope.encode(), person_id)


def code_tag(key: bytes, kind: str, code: str) -> bytes:
    """Return the 32 bytes under which a one-time code is stored.

    `code` is canonical already. A plain hash of one that a person can type is guessed in minutes.
    """
    return _tag(key, _CODE_LABEL, kind.encode(), code.encode())


def throttle_tag(key: bytes, kind: str, subject: bytes, window: int) -> bytes:
    """Return the 32 bytes under which tries of `subject` within one window are counted."""
    return _tag(key, _THROTTLE_LABEL, kind.encode(), subject, str(window).encode())


def spent_tag(key: bytes, kind: str, owner: str, value: str) -> bytes:
    """Return the 32 bytes under which ``owner`` has spent a single-use value of one kind.

    ``value`` may be any text, lone surrogates included.
    """
    return _tag(
        key, _SPENT_LABEL, kind.encode(), owner.encode(), value.encode("utf-8", "surrogatepass")
    )


def enrolled_tag(key: bytes, person_id: bytes) -> bytes:
    """Return the 32 bytes under which the enrolment store finds a person's row, to close it."""
    return _tag(key, _ENROLLED_LABEL, person_id)


def browser_tag(key: bytes, request: bytes, browser: str) -> bytes:
    """Return the 32 bytes that say which browser came with a pushed request.

    `request` is the digest of its handle: two requests of one browser have nothing in common.
    """
    return _tag(key, _BROWSER_LABEL, request, browser.encode("utf-8", "surrogatepass"))


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


def nested_tag(key: bytes, tag: bytes) -> bytes:
    """Return the 32 bytes of a dedup tag under one more version of the secret, ``key``."""
    return _tag(key, _NESTED_LABEL, tag)


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
    return keyed_hash.digest(key, framed(*parts))
