"""Signed heads of the audit log's tree: notes as C2SP writes and signs them.

A head is a checkpoint (c2sp.org/tlog-checkpoint): origin, number of leaves, root hash in Base64,
and one extension line, ``time`` with epoch seconds. It is signed as a note (c2sp.org/signed-note)
with Ed25519 by a key of the origin's name, so that anything that knows these formats (Go's
``golang.org/x/mod/sumdb/note``, witnesses) can check it without a line of ours. A key is told as a
*verifier key*: ``name+id+Base64``. Lines signed by others, such as witnesses, are passed over, and
a line that claims to be ours and does not verify spoils the note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_NOTE: Final = 64 * 1024  # signature lines of many witnesses, some of them post-quantum
_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_BODY = re.compile(r"([^\s+]+)\n(0|[1-9]\d{0,17})\n([A-Za-z0-9+/]{43}=)\ntime ([1-9]\d{0,11})\n")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class HeadRefused(ValueError):
    """A note is no head signed by a key that is known; the text says why."""


class TreeHead(Struct, frozen=True):
    """What is signed of a tree: whose it is, its number of leaves, root, and when (epoch s)."""

    origin: str
    size: int
    root: bytes
    at: int

    @property
    def text(self) -> str:
        """The note's text, up to and with its last newline."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\ntime {self.at}\n"


def origin(issuer: str) -> str:
    """Return what the log of an issuer is called: an address without scheme, and without plus."""
    return f"{issuer.partition('://')[2].rstrip('/')}/transparency".replace("+", "%2B")


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a note names the key of a line."""
    named = name.encode() + b"\n" + _ED25519 + public_key
    return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return a key in the form that verifiers of notes take."""
    return f"{name}+{key_id(name, public_key).hex()}+{_base64(_ED25519 + public_key)}"


def signed(head: TreeHead, signatures: Mapping[bytes, bytes]) -> str:
    """Return the note of ``head`` with signatures over its text, by public key."""
    values = [_base64(key_id(head.origin, key) + one) for key, one in signatures.items()]
    return head.text + "\n" + "".join(f"— {head.origin} {value}\n" for value in values)


def parse(note: str) -> TreeHead:
    """Return the head in a note, whoever signed it; raises HeadRefused for what is no head."""
    return _parts(note)[0]


def read(note: str, public_keys: Collection[bytes]) -> TreeHead:
    """Return the head that one of ``public_keys`` signed; raises HeadRefused."""
    head, lines = _parts(note)
    keys = {key_id(head.origin, one): one for one in public_keys}
    ours = [
        (keys[value[:_KEY_ID_BYTES]], value[_KEY_ID_BYTES:])
        for name, value in map(_signature, lines)
        if name == head.origin and value[:_KEY_ID_BYTES] in keys
    ]
    if not ours:
        raise HeadRefused("no key that is known signed this")
    for public_key, signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, head.text.encode())
        except InvalidSignature:
            raise HeadRefused("the signature is wrong") from None
    return head


def read_verifier_key(text: str) -> bytes:
    """Return the public key in a verifier key; raises HeadRefused."""
    name, _, rest = text.strip().partition("+")
    _, _, encoded = rest.partition("+")
    public_key = _unbase64(encoded)[1:]
    try:
        Ed25519PublicKey.from_public_bytes(public_key)
    except ValueError:
        raise HeadRefused("this is not a verifier key") from None
    if verifier_key(name, public_key) != text.strip():
        raise HeadRefused("this is not a verifier key")
    return public_key


def _parts(note: str) -> tuple[TreeHead, list[str]]:
    text, between, lines = note.rpartition("\n\n")
    found = _BODY.fullmatch(text + "\n")
    if found is None or not between or len(note) > MAX_NOTE:
        raise HeadRefused("this is not a head of an audit log")
    head = TreeHead(found[1], int(found[2]), _unbase64(found[3]), int(found[4]))
    if head.text != text + "\n":  # Base64 that can be written otherwise
        raise HeadRefused("this is not written as a head is")
    return head, lines.splitlines()


def _signature(line: str) -> tuple[str, bytes]:
    found = _SIGNATURE.fullmatch(line)
    if found is None:
        raise HeadRefused("this is not a signature line")
    return found[1], _unbase64(found[2])


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise HeadRefused("this is not Base64") from None
