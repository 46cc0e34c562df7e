"""Reading and showing a network ID.

A network ID is 25 characters of Crockford Base32: 23 random ones and 2 check characters by
ISO/IEC 7064 MOD 1271-36. On the wire it is upper case without hyphens; people see it in groups of
five. Reading is tolerant: lower case, hyphens and spaces, I and L for 1, O for 0.
"""

from __future__ import annotations

LENGTH = 25
GROUP = 5
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford Base32: no I, L, O, U
DIGITS_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MODULUS = 1271
RADIX = 36
LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})


class InvalidNetworkIdError(ValueError):
    """The text is no network ID; the message says why, for the person who typed it."""


def display(network_id: str) -> str:
    """Return the form that people see, e.g. ``BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN``."""
    return "-".join(network_id[at : at + GROUP] for at in range(0, len(network_id), GROUP))


def parse(text: str) -> str:
    """Return the wire form of a network ID as people type it.

    Raises InvalidNetworkIdError for a wrong length, character, or check characters.
    """
    if not text.isascii():  # upper() would turn a foreign letter into one of ours
        raise InvalidNetworkIdError("a network ID has only letters A to Z and digits")
    plain = "".join(text.split()).replace("-", "").upper().translate(LOOKALIKES)
    if len(plain) != LENGTH:
        raise InvalidNetworkIdError(f"a network ID has {LENGTH} characters, not {len(plain)}")
    if any(character not in ALPHABET for character in plain):
        raise InvalidNetworkIdError("a network ID has no such character")
    if not has_right_check_characters(plain):
        raise InvalidNetworkIdError("the check characters do not fit: one character is mistyped")
    return plain


def is_wire_form(text: str) -> bool:
    """Tell whether ``text`` is exactly what stands in ``sub``: nothing is read tolerantly."""
    return (
        len(text) == LENGTH
        and all(character in ALPHABET for character in text)
        and has_right_check_characters(text)
    )


def has_right_check_characters(text: str) -> bool:
    """Tell whether the last two characters check the others (ISO/IEC 7064 MOD 1271-36)."""
    remainder = 0
    for character in text[:-2]:
        remainder = (remainder + DIGITS_36.index(character)) * RADIX % MODULUS
    high, low = (DIGITS_36.index(character) for character in text[-2:])
    return (remainder * RADIX + high * RADIX + low) % MODULUS == 1
