"""Reading what a browser sends back from a WebAuthn ceremony, strictly and within bounds.

Rules in prose. Sizes are bounded before anything is parsed. A JSON member named twice is refused:
two readers of one response must not see two values. Base64url has exactly one spelling (RFC 4648
§3.5), so that one credential cannot be presented under several ids. What the authenticator wrote
inside, in CBOR, is read by ``webauthn_cbor``.

Every function refuses with PasskeyRefused and raises nothing else, whatever the input.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from enum import StrEnum, auto
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from idp.domain import base64url
from idp.domain.refusal import Cause, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_JSON_BYTES = 64 * 1024
MAX_PART_BYTES = 16 * 1024  # one decoded member; a real one stays under 2 KiB
CREDENTIAL_ID_BYTES = range(16, 1024)  # WebAuthn L3 §4 (credential ID): 16 to 1023 bytes
USER_HANDLE_BYTES = range(1, 65)  # WebAuthn L3 §5.4.3


class PasskeyReason(StrEnum):
    """Why a passkey response was refused: stable names, for logs and tests, never for a platform.

    They tell an attacker nothing that the attacker did not send, yet pages show one wording.
    """

    TOO_LARGE = auto()
    NOT_JSON = auto()
    DUPLICATE_MEMBER = auto()
    MEMBER_MALFORMED = auto()  # missing, of the wrong type, or not canonical base64url
    CREDENTIAL_TYPE = auto()
    CREDENTIAL_ID_MISMATCH = auto()
    CREDENTIAL_ID_LENGTH = auto()
    USER_HANDLE = auto()
    CLIENT_DATA_MALFORMED = auto()
    CEREMONY_TYPE = auto()
    CHALLENGE = auto()
    ORIGIN = auto()
    CROSS_ORIGIN = auto()
    TOP_ORIGIN = auto()
    TOKEN_BINDING = auto()
    AUTHENTICATOR_DATA_MALFORMED = auto()
    RP_ID_HASH = auto()
    USER_NOT_PRESENT = auto()
    USER_NOT_VERIFIED = auto()
    BACKUP_STATE_INCONSISTENT = auto()
    BACKUP_ELIGIBILITY_CHANGED = auto()
    ATTESTED_DATA_MISSING = auto()
    ATTESTED_DATA_UNEXPECTED = auto()
    ATTESTATION_MALFORMED = auto()
    ATTESTATION_FORMAT = auto()
    ATTESTATION_INVALID = auto()
    ATTESTATION_CERTIFICATE = auto()
    HARDWARE_UNPROVED = auto()
    ALGORITHM = auto()
    PUBLIC_KEY_MALFORMED = auto()
    SIGNATURE = auto()


class PasskeyRefused(Refusal):
    """A passkey response was refused for ``reason``; a Refusal with cause ``PASSKEY_REFUSED``."""

    def __init__(self, reason: PasskeyReason) -> None:
        super().__init__(Cause.PASSKEY_REFUSED, reason=reason.value)
        self.reason = reason


@contextmanager
def refusing(reason: PasskeyReason) -> Iterator[None]:
    """Turn whatever the parsers below us raise into one refusal for ``reason``."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:  # libraries raise a dozen kinds
        raise PasskeyRefused(reason) from error


def read_bytes(text: object) -> bytes:
    """Decode a member that is canonical base64url, of at most 16 KiB.

    Raises PasskeyRefused ``MEMBER_MALFORMED`` or ``TOO_LARGE``.
    """
    if not isinstance(text, str):
        raise PasskeyRefused(PasskeyReason.MEMBER_MALFORMED)
    if len(text) > MAX_PART_BYTES * 4 // 3 + 1:
        raise PasskeyRefused(PasskeyReason.TOO_LARGE)
    with refusing(PasskeyReason.MEMBER_MALFORMED):
        return base64url.decode(text)


def read_object(text: str, malformed: PasskeyReason) -> dict[str, object]:
    """Parse ``text`` as one JSON object whose members, at every depth, are named once.

    Raises PasskeyRefused ``DUPLICATE_MEMBER``, or ``malformed`` for anything but an object.
    """
    with refusing(malformed):
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    if not isinstance(found, dict):
        raise PasskeyRefused(malformed)
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise PasskeyRefused(PasskeyReason.DUPLICATE_MEMBER)
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class Credential(Struct, frozen=True):
    """A PublicKeyCredential in its JSON form (WebAuthn L3 §5.1), outermost layer checked."""

    id: bytes
    response: dict[str, object]
    elsewhere: bool = False
    """The browser says that its own device does not hold it. Not signed: good for words alone."""

    def part(self, name: str) -> bytes:
        """Return the decoded member ``name`` of the authenticator's response."""
        return read_bytes(self.response.get(name))


def read_credential(text: str) -> Credential:
    """Read a credential as ``PublicKeyCredential.toJSON()`` writes it, at most 64 KiB."""
    if len(text) > MAX_JSON_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_JSON_BYTES:
        raise PasskeyRefused(PasskeyReason.TOO_LARGE)
    members = read_object(text, PasskeyReason.NOT_JSON)
    if members.get("type") != "public-key":
        raise PasskeyRefused(PasskeyReason.CREDENTIAL_TYPE)
    credential_id, response = read_bytes(members.get("rawId")), members.get("response")
    if members.get("id") != members.get("rawId"):
        raise PasskeyRefused(PasskeyReason.CREDENTIAL_ID_MISMATCH)
    if len(credential_id) not in CREDENTIAL_ID_BYTES:
        raise PasskeyRefused(PasskeyReason.CREDENTIAL_ID_LENGTH)
    if not isinstance(response, dict):
        raise PasskeyRefused(PasskeyReason.MEMBER_MALFORMED)
    elsewhere = members.get("authenticatorAttachment") == "cross-platform"
    return Credential(credential_id, response, elsewhere)


def read_client_data(raw: bytes) -> dict[str, object]:
    """Parse clientDataJSON (WebAuthn L3 §5.8.1), which is UTF-8 and nothing else."""
    with refusing(PasskeyReason.CLIENT_DATA_MALFORMED):
        text = raw.decode("utf-8")
    return read_object(text, PasskeyReason.CLIENT_DATA_MALFORMED)
