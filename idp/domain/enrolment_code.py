"""One-time enrolment codes: a registrar hands one over, and the person types it in.

Eight random symbols of Crockford's Base32 alphabet (40 bits) and two check characters by ISO/IEC
7064 MOD 1271-36, as in a network ID: every wrong symbol and every swap of two neighbours is noticed
before anything is looked up, so that a slip of the finger costs no try. Shown in two groups,
``7KQX2-M9P4T``. Reading accepts lower case, hyphens and spaces anywhere, I and L for 1, O for 0.

Forty bits stand against guessing only because tries are limited: they are never stored but as a
keyed tag, and never read without counting.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from idp.domain.network_id import ALPHABET, check_characters

if TYPE_CHECKING:
    from idp.domain.clock import Entropy

PAYLOAD_LENGTH: Final = 8
CHECK_LENGTH: Final = 2
LENGTH: Final = PAYLOAD_LENGTH + CHECK_LENGTH
GROUP_LENGTH: Final = 5

_SYMBOLS: Final = frozenset(ALPHABET)
# 256 is a multiple of 32, so no symbol is favoured.
_SYMBOL_OF_BYTE: Final = (ALPHABET * 8).encode()
_READING: Final = str.maketrans("ILO", "110", "- \t\u2010\u2011\u2013\u00a0")
_LONGEST_TEXT: Final = 64


class CodeFault(StrEnum):
    """What is wrong with a code as it was typed; fit to be shown to the person."""

    LENGTH = "length"
    SYMBOL = "symbol"
    CHECK = "check"


class EnrolmentCodeInvalid(ValueError):
    """The text cannot be a code. The message never quotes it."""

    def __init__(self, reason: CodeFault) -> None:
        super().__init__(f"no enrolment code: {reason}")
        self.reason = reason


def draw(entropy: Entropy) -> str:
    """Draw a new code: ten characters, uniform over all whose check stays in the alphabet."""
    while True:
        payload = entropy.bytes(PAYLOAD_LENGTH).translate(_SYMBOL_OF_BYTE).decode()
        checks = check_characters(payload)
        if _SYMBOLS.issuperset(checks):
            return payload + checks


def display(code: str) -> str:
    """Group a code for people: ``7KQX2-M9P4T``."""
    return f"{code[:GROUP_LENGTH]}-{code[GROUP_LENGTH:]}"


def parse(text: str) -> str:
    """Read a code as people type it; raises EnrolmentCodeInvalid with a ``reason``."""
    if len(text) > _LONGEST_TEXT:
        raise EnrolmentCodeInvalid(CodeFault.LENGTH)
    code = text.strip().translate(_READING)
    if not code.isascii():  # upper case turns some letters of other scripts into ASCII ones
        raise EnrolmentCodeInvalid(CodeFault.SYMBOL)
    code = code.upper().translate(_READING)
    if not _SYMBOLS.issuperset(code):
        raise EnrolmentCodeInvalid(CodeFault.SYMBOL)
    if len(code) != LENGTH:
        raise EnrolmentCodeInvalid(CodeFault.LENGTH)
    if check_characters(code[:PAYLOAD_LENGTH]) != code[PAYLOAD_LENGTH:]:
        raise EnrolmentCodeInvalid(CodeFault.CHECK)
    return code
