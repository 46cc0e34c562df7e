"""An optional address for security notices, and nothing else.

Rules in prose. The address is sealed with its person; it is no claim, no way to sign in and no way
to recover, and no platform ever receives it. It is used only after a code sent to it was typed on
the person's own page: nobody receives mail because somebody else typed their address wrong, but
for that one mail with the code. What a notice says is what happened and when, in the person's
language; it names no platform and no network ID, and holds no link but the start page. When the
address changes, the old one is told as well: whoever takes an account over must not be able to
silence it first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from idp.domain.activity import Happened
from idp.domain.network_id import ALPHABET

if TYPE_CHECKING:
    from idp.domain.clock import Entropy

NOTICED: Final = frozenset(
    {
        Happened.PASSKEY_ADDED,
        Happened.PASSKEY_REMOVED,
        Happened.PASSKEY_SUSPICIOUS,
        Happened.RECOVERY_CODES_MADE,
        Happened.RECOVERY_STARTED,
        Happened.RECOVERY_STOPPED,
        Happened.RECOVERY_COMPLETED,
        Happened.CONTACT_CHANGED,
        Happened.SUSPENDED,
        Happened.SUSPENSION_LIFTED,
        Happened.ACCOUNT_CLOSED,
        Happened.RESTORED,
    }
)
"""What a person is told by mail, whoever did it."""

CODE_SECONDS: Final = 30 * 60
CODE_TRIES: Final = 5
_CODE_LENGTH: Final = 8
_LONGEST: Final = 254  # RFC 5321 §4.5.3.1.3, without its brackets
# What mail servers deliver, not all that RFC 5321 permits: no quoting, no comments, no controls, so
# nothing that could become a header or a second recipient. Names beyond ASCII need SMTPUTF8.
# No "=?" either: a header's reader decodes it (RFC 2047), to a line end or another address.
_ADDRESS: Final = re.compile(
    r"(?!.*=\?)"
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_READING: Final = str.maketrans("ILO", "110", "- ")
_SYMBOL_OF_BYTE: Final = (ALPHABET * 8).encode()


class Contact(Struct, frozen=True):
    """An address and the language tag that its owner reads."""

    address: str
    language: str

    __repr__ = object.__repr__


class Asked(Struct, frozen=True):
    """An address that waits for its code: keyed tag, epoch second of its end, tries so far."""

    contact: Contact
    tag: bytes
    until: int
    tries: int = 0

    __repr__ = object.__repr__

    def is_open(self, now: int) -> bool:
        """Tell whether its code may still be typed at ``now``."""
        return now < self.until and self.tries < CODE_TRIES


class Held(Struct, frozen=True):
    """What is kept for one person: the address in use, and one that waits for its code."""

    verified: Contact | None = None
    asked: Asked | None = None


def clean_address(text: str) -> str | None:
    """Return an address fit for a mail's header, or None."""
    address = text.strip()
    return address if len(address) <= _LONGEST and _ADDRESS.fullmatch(address) else None


def draw_code(entropy: Entropy) -> str:
    """Draw a code of 40 bits: it lives half an hour and bears five tries."""
    return entropy.bytes(_CODE_LENGTH).translate(_SYMBOL_OF_BYTE).decode()


def read_code(text: str) -> str:
    """Return the canonical form of what was typed; of nonsense, nonsense that is no code."""
    return text[: 4 * _CODE_LENGTH].strip().upper().translate(_READING)
