"""Network IDs for the simulator: computed from its seed, so that a seed makes them repeatable.

(The real ones are random, and stored.) Each client sees another one of the same person, and so
does the same client after the person has renewed theirs.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford Base32: no I, L, O, U
DIGITS_36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MODULUS: Final = 1271
RADIX: Final = 36
RANDOM_CHARACTERS: Final = 23


def make(seed: bytes, client_id: str, persona_id: str, renewals: int = 0) -> str:
    """Return the network ID of a persona at a client: 25 characters with right check characters."""
    for attempt in range(1_000):
        label = "\0".join((client_id, persona_id, str(renewals), str(attempt)))
        digest = hmac.digest(seed, label.encode(), hashlib.sha256)
        found = with_check_characters("".join(ALPHABET[byte % 32] for byte in digest[:23]))
        if set(found) <= set(ALPHABET) and not found.isdigit() and not found.isalpha():
            return found
    raise AssertionError("one draw in two fits")


def with_check_characters(payload: str) -> str:
    """Return 23 characters with their two check characters (ISO/IEC 7064 MOD 1271-36)."""
    remainder = 0
    for character in payload:
        remainder = (remainder + DIGITS_36.index(character)) * RADIX % MODULUS
    check = (1 - remainder * RADIX) % MODULUS
    return payload + DIGITS_36[check // RADIX] + DIGITS_36[check % RADIX]


def mistyped(network_id: str) -> str:
    """Return it with a wrong check character: no network ID any more."""
    wrong = "0" if network_id[-1] != "0" else "1"
    return network_id[:-1] + wrong
