"""Reading and showing a network ID.

A network ID is 25 characters of Crockford Base32: 23 random ones and 2 check characters by
ISO/IEC 7064 MOD 1271-36. There are letters and digits in it. On the wire it is upper case without
hyphens; people see it in groups of five.

Reading forgives what a keyboard, an input method or a copied page does to it: lower case, I and L
for 1, O for 0, full-width characters, white space, hyphens, quotes and other punctuation of every
script, invisible characters, and a label before it ("Network ID: …"). It forgives nothing in the
25 characters themselves: an error tells what could have been meant, and a person decides.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from network_id import slips

LENGTH: Final = 25
GROUP: Final = 5
ALPHABET: Final = slips.ALPHABET
SYMBOLS: Final = frozenset(ALPHABET)
LONGEST: Final = 200  # characters of a text in which one is looked for
RADIX: Final = 36
MODULUS: Final = 1271
CHECKED: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")  # what the check can count
LOOKALIKES: Final = str.maketrans("ILO", "110")
FULL_WIDTH: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# Separators (Z), invisible ones (Cc, Cf) and punctuation (P), but a question mark: see `slips`.
PASSED_OVER: Final = ("Z", "Cc", "Cf", "P")
# Minus signs and the long-vowel marks of Japanese for hyphens; two quotes that Unicode calls
# symbols; selectors of how the character before them looks.
ALSO_PASSED_OVER: Final = "\u2212\u02d7\u30fc\uff70~`\u00b4\ufe0e\ufe0f"


class NetworkIdFault(StrEnum):
    """Why a text is no network ID. Stable: choose the words for your people by it."""

    LENGTH = "length"
    SYMBOL = "symbol"
    CHECK = "check"
    MIXTURE = "mixture"


WORDS: Final = {
    "en": {
        NetworkIdFault.LENGTH: "A network ID has 25 characters; this one has {length}.",
        NetworkIdFault.SYMBOL: "One of these characters does not occur in network IDs.",
        NetworkIdFault.CHECK: "A character is wrong, or two have changed places. Please compare "
        "it with your network ID.",
        NetworkIdFault.MIXTURE: "A network ID has both letters and digits.",
    },
    "zh-Hans": {
        NetworkIdFault.LENGTH: "网号共 25 个字符，您输入了 {length} 个。",  # noqa: RUF001
        NetworkIdFault.SYMBOL: "其中有网号里不会出现的字符。",
        NetworkIdFault.CHECK: "有一个字符不对，或者两个字符的位置颠倒了。请与您的网号核对。",  # noqa: RUF001
        NetworkIdFault.MIXTURE: "网号里既有字母，也有数字。",  # noqa: RUF001
    },
}


@dataclass(frozen=True, slots=True)
class NetworkId:
    """A network ID whose form and check characters are right. ``value`` is what stands in ``sub``.

    Whether anybody has it, it does not say. Raises ValueError for any other value.
    """

    value: str

    def __post_init__(self) -> None:
        """Let no other value through."""
        if not is_wire_form(self.value):
            raise ValueError("a network ID in its wire form is expected; parse_network_id reads")

    def __str__(self) -> str:
        return self.value

    @property
    def display(self) -> str:
        """The form that people see."""
        return display(self.value)


class InvalidNetworkIdError(ValueError):
    """The text is no network ID. ``says`` tells the person who typed it why, in their language.

    ``suggestions`` are the network IDs that one slip of the fingers makes into this text, the
    likeliest first; of most texts none or one. **Ask, never take one by yourself**: after one slip
    the right one is among them, but of a text with two mistakes every other has a suggestion too,
    and it is nearly always wrong. A support desk shows those that it knows.
    """

    def __init__(
        self, reason: NetworkIdFault, length: int, suggestions: tuple[NetworkId, ...] = ()
    ) -> None:
        self.reason = reason
        self.length = length
        self.suggestions = suggestions
        super().__init__(self.says())

    def says(self, language: str = "en") -> str:
        """Return a sentence for the person: in Chinese for a tag of Chinese, else in English.

        It quotes nothing of what was typed.
        """
        spoken = "zh-Hans" if language.partition("-")[0].lower() == "zh" else "en"
        return WORDS[spoken][self.reason].format(length=self.length)


def display(network_id: str) -> str:
    """Return the form that people see, e.g. ``BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN``."""
    return "-".join(network_id[at : at + GROUP] for at in range(0, len(network_id), GROUP))


def parse_network_id(text: str) -> NetworkId:
    """Read a network ID as people type, copy or paste it.

    Raises InvalidNetworkIdError for a wrong length, character, mixture, or check characters.
    """
    if len(text) > LONGEST:
        raise InvalidNetworkIdError(NetworkIdFault.LENGTH, len(text))
    plain = without_frills(text)
    fault = _fault(plain)
    if fault is None:
        return NetworkId(plain)
    found = [NetworkId(one) for one in slips.undone(plain) if is_wire_form(one)]
    suggestions = tuple(found) if len(found) <= slips.MOST else ()
    raise InvalidNetworkIdError(fault, len(plain), suggestions)


def without_frills(text: str) -> str:
    """Return the characters of ``text`` that count, as they are counted."""
    plain = text.translate(FULL_WIDTH).strip().rstrip(":").rpartition(":")[2]
    kept = "".join(one for one in plain if one == slips.UNREADABLE or not _is_frill(one))
    # Only ASCII is folded: upper() would turn the dotless i and the long s into letters of ours.
    return "".join(one.upper() if one.isascii() else one for one in kept).translate(LOOKALIKES)


def is_wire_form(text: str) -> bool:
    """Tell whether ``text`` is exactly what stands in ``sub``: nothing is read tolerantly."""
    return _fault(text) is None


def has_right_check_characters(text: str) -> bool:
    """Tell whether the last two characters check the others (ISO/IEC 7064 MOD 1271-36)."""
    return CHECKED.issuperset(text) and int(text, RADIX) % MODULUS == 1


def _is_frill(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith(PASSED_OVER) or character in ALSO_PASSED_OVER


def _fault(text: str) -> NetworkIdFault | None:
    if len(text) != LENGTH:
        return NetworkIdFault.LENGTH
    if not SYMBOLS.issuperset(text):
        return NetworkIdFault.SYMBOL
    if not has_right_check_characters(text):
        return NetworkIdFault.CHECK
    if text.isalpha() or text.isdigit():
        return NetworkIdFault.MIXTURE
    return None
