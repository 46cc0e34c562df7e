"""A person's passkey: what its owner calls it, and how one tells two of them apart.

Rules in prose. A person has between one and ``MAX_PASSKEYS``; the last one cannot be removed, or
its owner would stand outside. A name is the person's own, one line of at most ``MAX_NAME``
characters; without one a passkey is called by its *kind*, which is guessed once, when it is made,
from what the browser says of itself. The kind is a family of systems and nothing finer: the model
identifier (AAGUID) that an authenticator may send is neither looked up nor kept.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from enum import StrEnum

from msgspec import Struct

from idp.domain.browser import recognised

MAX_PASSKEYS = 20
MAX_NAME = 60
_MARK_BYTES = 16


class Kind(StrEnum):
    """Where a passkey was made; systems as ``domain.browser`` names them. Pages have words."""

    SECURITY_KEY = "security_key"
    PHONE = "phone"  # another device than the one whose browser asked
    ANDROID = "android"
    HARMONYOS = "harmonyos"
    IPHONE = "iphone"
    IPAD = "ipad"
    MAC = "mac"
    WINDOWS = "windows"
    CHROMEOS = "chromeos"
    LINUX = "linux"
    OTHER = "other"


_BY_SYSTEM = {kind.value: kind for kind in Kind}
_ROAMING = frozenset({"usb", "nfc", "ble", "smart-card"})
# Controls, unpaired surrogates, private use; and what turns the writing direction of the rest.
_UNWANTED = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def kind_of(user_agent: str, transports: tuple[str, ...], *, elsewhere: bool) -> Kind:
    """Guess where a passkey was made.

    ``elsewhere`` is set when the browser said that it did not make it on its own device.
    """
    if _ROAMING & set(transports) and "internal" not in transports:
        return Kind.SECURITY_KEY
    if elsewhere:
        return Kind.PHONE
    return _BY_SYSTEM.get(recognised(user_agent).system, Kind.OTHER)


def clean_name(text: str) -> str:
    """Return a name as it is kept: one line, no invisible tricks, cut to ``MAX_NAME``.

    Empty when nothing is left, which means: call it by its kind.
    """
    visible = "".join(" " if c.isspace() else c for c in _DIRECTIONS.sub("", text))
    kept = "".join(c for c in visible if unicodedata.category(c) not in _UNWANTED)
    return " ".join(unicodedata.normalize("NFC", kept).split())[:MAX_NAME].rstrip()


def mark(credential_id: bytes) -> str:
    """Return what a session calls the passkey that began it: a digest, in hexadecimal."""
    return hashlib.sha256(credential_id).digest()[:_MARK_BYTES].hex()


class PasskeyFacts(Struct, frozen=True):
    """What is kept sealed of a passkey, for its owner's eyes.

    ``made`` is in epoch seconds and puts them in order; days are days since the epoch.
    ``suspicious_day`` is the last one on which its counter went back, which may mean a copy of it.
    """

    kind: Kind = Kind.OTHER
    name: str = ""
    made: int = 0
    used_day: int | None = None
    suspicious_day: int | None = None


class Passkey(Struct, frozen=True):
    """One passkey as its owner sees it. ``synced``: copies are kept by an account of the device.

    ``can_sync`` passkeys may be copied later; all others live and end with their one device.
    """

    id: bytes
    credential_id: bytes
    created_day: int
    can_sync: bool
    synced: bool
    hardware: bool
    facts: PasskeyFacts
