"""The network ID: the pseudonym of one person in one sector (OIDC Core §8.1).

The rules:

1. 25 characters of Crockford's Base32 alphabet (no I, L, O, U): 23 random symbols and 2 check
   characters. On the wire upper case without hyphens, for people in groups of five.
2. The check characters follow ISO/IEC 7064 MOD 1271-36: every wrong character and every swap of
   two neighbours is noticed. That system counts with 0-9A-Z (0 to 35), of which the alphabet
   is a part; a symbol's value in the check is its value there, not Crockford's.
3. Drawn again when a check character falls outside the alphabet (about 2 in 9), or when the ID has
   no letter or no digit. What remains is uniform over some 2**114.6 IDs, more than the 112 bits
   that NIST SP 800-63C-4 asks of a pseudonymous identifier.
4. Random, never derived: it carries nothing and hangs on no secret.
5. Reading accepts lower case, hyphens anywhere, white space around it, I and L for 1, O for 0.
"""

from enum import StrEnum
from string import ascii_uppercase, digits
from typing import Final

from idp.domain.clock import Entropy

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAYLOAD_LENGTH: Final = 23
CHECK_LENGTH: Final = 2
LENGTH: Final = PAYLOAD_LENGTH + CHECK_LENGTH
GROUP_LENGTH: Final = 5

_CHECK_CHARACTERS: Final = digits + ascii_uppercase
_RADIX: Final = len(_CHECK_CHARACTERS)
_MODULUS: Final = 1271
_REMAINDER: Final = 1

_SYMBOLS: Final = frozenset(ALPHABET)
# 256 is a multiple of 32: each symbol belongs to exactly eight byte values, so none is favoured.
_SYMBOL_OF_BYTE: Final = (ALPHABET * 8).encode()
_READING: Final = str.maketrans("ILO", "110", "-")
_LONGEST_TEXT: Final = 4 * LENGTH


class NetworkIdFault(StrEnum):
    """Why a text is no network ID; stable, fit to be shown to the person who typed it."""

    LENGTH = "length"
    SYMBOL = "symbol"
    CHECK = "check"
    MIXTURE = "mixture"


class NetworkIdInvalid(ValueError):
    """The text is no network ID. `reason` says why; the message never quotes the text."""

    def __init__(self, reason: NetworkIdFault, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def draw(entropy: Entropy) -> str:
    """Draw a new network ID: 25 characters, upper case, no hyphens, uniform over all valid ones."""
    while True:
        payload = entropy.bytes(PAYLOAD_LENGTH).translate(_SYMBOL_OF_BYTE).decode()
        checks = _check_characters(payload)
        network_id = payload + checks
        if checks[0] in _SYMBOLS and checks[1] in _SYMBOLS and _is_mixed(network_id):
            return network_id


def display(network_id: str) -> str:
    """Group a network ID by five for people: `BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN`."""
    starts = range(0, len(network_id), GROUP_LENGTH)
    return "-".join(network_id[start : start + GROUP_LENGTH] for start in starts)


def parse(text: str) -> str:
    """Read a network ID as people write it and return it as it goes on the wire.

    Raises NetworkIdInvalid (a ValueError) with a `reason` when it is not one.
    """
    # Only ASCII is folded: upper case turns the long s and the dotless i into S and I.
    if len(text) > _LONGEST_TEXT:
        raise NetworkIdInvalid(NetworkIdFault.LENGTH, f"a network ID has {LENGTH} characters")
    if not text.strip().isascii():
        raise NetworkIdInvalid(NetworkIdFault.SYMBOL, "a network ID is ASCII letters and digits")
    network_id = text.strip().upper().translate(_READING)
    if len(network_id) != LENGTH:
        raise NetworkIdInvalid(NetworkIdFault.LENGTH, f"a network ID has {LENGTH} characters")
    if not _SYMBOLS.issuperset(network_id):
        raise NetworkIdInvalid(NetworkIdFault.SYMBOL, "a character does not occur in network IDs")
    if int(network_id, _RADIX) % _MODULUS != _REMAINDER:
        raise NetworkIdInvalid(NetworkIdFault.CHECK, "a character is wrong, or two are swapped")
    if not _is_mixed(network_id):
        raise NetworkIdInvalid(NetworkIdFault.MIXTURE, "a network ID has letters and digits")
    return network_id


def looks_like_one(text: str) -> bool:
    """Tell whether whoever reads ``text`` could take it for a network ID, a mistyped one too."""
    read = text.upper().translate(_READING)
    return len(read) == LENGTH and _SYMBOLS.issuperset(read)


def check_characters(payload: str) -> str:
    """Return the two check characters of ISO/IEC 7064 MOD 1271-36: `ISO79` gives `3W`.

    `payload` is one or more of 0-9A-Z; raises ValueError otherwise. The result may hold any of
    0-9A-Z, also those that the network ID's alphabet leaves out.
    """
    if not payload or not set(_CHECK_CHARACTERS).issuperset(payload):
        raise ValueError("check characters are computed over 0-9A-Z")
    return _check_characters(payload)


def _check_characters(payload: str) -> str:
    # The string with its check characters is 1 modulo 1271 when read as a number of radix 36.
    # `int` reads exactly that radix; callers have made sure of the characters.
    missing = (_REMAINDER - int(payload, _RADIX) * _RADIX**CHECK_LENGTH) % _MODULUS
    first, second = divmod(missing, _RADIX)
    return _CHECK_CHARACTERS[first] + _CHECK_CHARACTERS[second]


def _is_mixed(network_id: str) -> bool:
    return not network_id.isalpha() and not network_id.isdigit()
