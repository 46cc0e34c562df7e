"""Symmetric secrets: what each is for, and its versions.

One secret per purpose, so that losing one opens one thing only, and a value made for one purpose
means nothing under another. Versions let a secret be rotated while old values stay readable.
"""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, Self

from msgspec import Struct, field
from msgspec.structs import force_setattr

SECRET_BYTES: Final = 32
_FINGERPRINT_LABEL: Final = b"network-id/secret-fingerprint/1"
HIGHEST_VERSION: Final = 0xFFFF  # a version travels in two bytes at the head of a sealed value


class SecretDomain(StrEnum):
    """What a secret is used for; one secret never serves two domains."""

    LINK = "link"
    """Blind indexes from a person and a sector to a pseudonym."""
    FIELD = "field"
    """Sealed database fields."""
    DEDUP = "dedup"
    """Blind indexes of national numbers in the enrolment store."""
    SESSION = "session"
    """Values that travel through the browser."""
    AUDIT = "audit"
    """What the key that signs the heads of the audit log's tree is derived from."""


class VersionedSecret(Struct, frozen=True):
    """The live versions of one secret; new values are made under `active`.

    `kept` are versions that serve for nothing but what cannot be moved from them. Every version is
    exactly 32 bytes and is numbered 1 to 65535. Neither the bytes nor anything derived from them
    appears in `repr`. Raises ValueError when made otherwise.
    """

    versions: Mapping[int, bytes]
    active: int
    kept: Mapping[int, bytes] = field(default_factory=dict)

    __repr__ = object.__repr__

    def __post_init__(self) -> None:
        if self.active not in self.versions:
            raise ValueError(f"the active version {self.active} is not among the versions")
        for version, secret in {**self.kept, **self.versions}.items():
            if not 1 <= version <= HIGHEST_VERSION:
                raise ValueError(f"a version is 1 to {HIGHEST_VERSION}, not {version}")
            if len(secret) != SECRET_BYTES:
                raise ValueError(f"a secret is {SECRET_BYTES} bytes, version {version} is not")
        force_setattr(self, "versions", MappingProxyType(dict(self.versions)))
        force_setattr(self, "kept", MappingProxyType(dict(self.kept)))

    def under(self, active: int) -> Self:
        """Return these versions with another one active; raises ValueError for an unknown one."""
        return type(self)(self.versions, active, self.kept)

    @property
    def active_key(self) -> bytes:
        """The 32 bytes of the active version."""
        return self.versions[self.active]

    @property
    def others(self) -> tuple[int, ...]:
        """The live versions beside the active one, oldest first."""
        return tuple(sorted(self.versions.keys() - {self.active}))


def fingerprint(key: bytes) -> str:
    """Return by what two machines tell that they hold the same bytes; it says nothing of them."""
    return hmac.digest(key, _FINGERPRINT_LABEL, "sha256")[:8].hex()


class Follower(Protocol):
    """What works with a secret and can be handed its versions of now, while it works."""

    def use(self, secret: VersionedSecret) -> None:
        """Take these versions in place of those of before, in one step."""
        ...


class DerivedKeys:
    """A key for one purpose from each live version of a secret: HMAC-SHA-256 of `label`."""

    def __init__(self, secret: VersionedSecret, label: bytes) -> None:
        self._label = label
        self.use(secret)

    def use(self, secret: VersionedSecret) -> None:
        """Derive from these versions from here on."""
        keys = [secret.active_key, *(secret.versions[version] for version in secret.others)]
        self.every = tuple(hmac.digest(key, self._label, "sha256") for key in keys)

    @property
    def active(self) -> bytes:
        """The key under which new values are made; `every` has those that are accepted."""
        return self.every[0]
