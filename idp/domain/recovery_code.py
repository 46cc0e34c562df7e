"""Recovery codes: printed on paper, typed once, gone.

Rules in prose.

1. A person has ``SET_SIZE`` of them; making new ones voids the old.
2. A code is 16 random symbols of Crockford's Base32 alphabet (80 bits) and two check characters by
   ISO/IEC 7064 MOD 1271-36, as in a network ID; shown in three groups of six, a shape that no
   network ID has. 80 bits cannot be guessed by trying, nor, were the keyed tags stolen together
   with their key, by searching.
3. Reading accepts lower case, white space and hyphens anywhere, I and L for 1, O for 0.
4. The check characters tell a typing mistake from a code that is not known. Everybody can compute
   them, so this tells nobody anything about codes that exist.
"""

from typing import Final

from idp.domain.clock import Entropy
from idp.domain.network_id import ALPHABET, check_characters

SET_SIZE: Final = 10
RANDOM_LENGTH: Final = 16
LENGTH: Final = RANDOM_LENGTH + 2
GROUP_LENGTH: Final = 6

_SYMBOLS: Final = frozenset(ALPHABET)
# 256 is a multiple of 32: each symbol belongs to exactly eight byte values, so none is favoured.
_SYMBOL_OF_BYTE: Final = (ALPHABET * 8).encode()
_READING: Final = str.maketrans(
    "ILOilo", "110110", "-\u2010\u2011\u2013\u2014"
)  # software's dashes
_LONGEST_TEXT: Final = 4 * LENGTH


def draw_set(entropy: Entropy) -> list[str]:
    """Draw ``SET_SIZE`` different codes in their canonical form."""
    drawn: set[str] = set()
    while len(drawn) < SET_SIZE:
        drawn.add(_draw(entropy))
    return sorted(drawn)


def display(code: str) -> str:
    """Group a code by six for people: ``K7M2QX-9T4ZWB-3HD8RN``."""
    starts = range(0, len(code), GROUP_LENGTH)
    return "-".join(code[start : start + GROUP_LENGTH] for start in starts)


def read(text: str) -> str | None:
    """Return the canonical form of a code as people write it; None when it is mistyped."""
    if len(text) > _LONGEST_TEXT:
        return None
    code = "".join(text.translate(_READING).split())
    if not code.isascii():  # before upper case, which turns the long s into S
        return None
    code = code.upper()
    if len(code) != LENGTH or not _SYMBOLS.issuperset(code):
        return None
    payload, checks = code[:RANDOM_LENGTH], code[RANDOM_LENGTH:]
    return code if check_characters(payload) == checks else None


def _draw(entropy: Entropy) -> str:
    while True:
        payload = entropy.bytes(RANDOM_LENGTH).translate(_SYMBOL_OF_BYTE).decode()
        checks = check_characters(payload)
        if _SYMBOLS.issuperset(checks):
            return payload + checks
