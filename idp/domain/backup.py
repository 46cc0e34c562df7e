"""A backup of both databases as one file that tells nothing without the instance's keys.

The rules:

1. The first line says what it is; the second, the head, is JSON in clear: when it was made, of what
   issuer, at which schema revisions, under which version of the field secret. Nothing else is.
2. Then come records, each its length (4 bytes, big-endian) and AES-256-GCM under a key that is
   derived from that secret and the head's random salt, so that no two backups share one.
3. A record's nonce is its number, and says whether it is the last: records that are changed, left
   out, exchanged or cut off at the end do not open. The head is authenticated with each.
4. Inside is one JSON value a line: what table comes next, its rows, and at the end how many rows
   there were. Bytes are ``b`` and base64, text is ``t`` and the text.
"""

from __future__ import annotations

import binascii
import hmac
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from msgspec.structs import asdict

from idp.domain.framing import framed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.secret_key import VersionedSecret

MAGIC: Final = b"network-id backup 1\n"
SALT_BYTES: Final = 32
RECORD_BYTES: Final = 64 * 1024
LENGTH_BYTES: Final = 4
LONGEST_RECORD_BYTES: Final = 4 * 1024 * 1024  # a logo and its row, with room
LONGEST_HEAD_BYTES: Final = 4096
_NUMBER_BYTES: Final = 11
_LABEL: Final = b"network-id/backup-key/1"

Value = int | str | bytes | None


class BackupBroken(ValueError):
    """A backup was altered or cut, is of other keys or of another version, or is none at all."""


class Head(Struct, frozen=True):
    """What stands in clear. ``revisions`` are those of the two databases, by store."""

    made_at: int
    issuer: str
    key_version: int
    salt: str
    revisions: Mapping[str, str]

    def line(self) -> bytes:
        """Return the head as it stands in the file."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"


def read_head(line: bytes) -> Head:
    """Return the head; raises BackupBroken."""
    try:
        head = Head(**json.loads(line))
        bytes.fromhex(head.salt)
        told = (head.made_at, head.key_version)
        if not all(type(number) is int for number in told) or not isinstance(head.revisions, dict):
            raise BackupBroken("its head is not one of a backup")
    except (ValueError, TypeError):
        raise BackupBroken("its head is not one of a backup") from None
    return head


class Cipher:
    """Seals and opens the records of one backup, in their order."""

    def __init__(self, secret: VersionedSecret, head: Head) -> None:
        """Raise BackupBroken when the secret's version is not among the instance's keys."""
        found = secret.versions.get(head.key_version)
        if found is None:
            raise BackupBroken(
                f"it was made under version {head.key_version} of the field secret, which is not "
                "among these keys: bring back the keys of that time"
            )
        key = hmac.digest(found, framed(_LABEL, bytes.fromhex(head.salt)), "sha256")
        self._cipher = AESGCM(key)
        self._head = head.line()
        self._number = 0

    def seal(self, plain: bytes, *, last: bool) -> bytes:
        """Return the next record, with its length before it."""
        sealed = self._cipher.encrypt(self._nonce(last=last), plain, self._head)
        return len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        """Return what the next record holds; raises BackupBroken."""
        try:
            return self._cipher.decrypt(self._nonce(last=last), sealed, self._head)
        except InvalidTag:
            raise BackupBroken("it was altered or cut, or is of other keys") from None

    def _nonce(self, *, last: bool) -> bytes:
        self._number += 1
        return self._number.to_bytes(_NUMBER_BYTES, "big") + bytes([last])


def write_row(values: list[Value]) -> bytes:
    """Return one row as a line."""
    return json.dumps([_written(value) for value in values], ensure_ascii=False).encode() + b"\n"


def read_row(row: list[Any]) -> list[Value]:
    """Return the values of a row; raises BackupBroken."""
    return [_read(cell) for cell in row]


def _written(value: Value) -> int | str | None:
    if isinstance(value, bytes):
        return "b" + b64encode(value).decode()
    return f"t{value}" if isinstance(value, str) else value


def _read(cell: object) -> Value:
    if cell is None or type(cell) is int:
        return cell
    if isinstance(cell, str) and cell[:1] == "t":
        return cell[1:]
    if isinstance(cell, str) and cell[:1] == "b":
        try:
            return b64decode(cell[1:], validate=True)
        except binascii.Error:
            raise BackupBroken("a value is not written as values are") from None
    raise BackupBroken("a value is not written as values are")
