"""What an instance was found to be, for ``idp.services.doctor`` to judge."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.secret_version import SecretVersion
    from idp.domain.signing_key import Policy
    from idp.outbound import Fetched
    from idp.services.observation import Facts
    from idp.services.rotation import Status
    from idp.storage.schema import Store

_SKEW_SECONDS = (2, 10)


class Level(StrEnum):
    """How bad a finding is; ``warn`` waits till tomorrow, ``fail`` does not."""

    OK = auto()
    WARN = auto()
    FAIL = auto()


class Finding(Struct, frozen=True):
    """What one check found, in a sentence, and the command that mends it."""

    check: str
    level: Level
    text: str
    command: str = ""


class Disk(Struct, frozen=True):
    """Room where a database file lies, in bytes."""

    path: str
    free: int


class Outside(Struct, frozen=True, kw_only=True):
    """What was fetched at the issuer's address; a text instead of an answer says why there is none.

    ``metadata`` and ``keys`` are what ought to be there, ``caching`` what our JWKS says of itself.
    """

    metadata: Mapping[str, object]
    keys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    caching: str = ""
    shared_seconds: int = 60
    discovery: Fetched | str = ""
    jwks: Fetched | str = ""
    jwks_again: Fetched | str = ""


class Patient(Struct, frozen=True, kw_only=True):
    """What was looked at; what could not be is None, empty, or not among the facts."""

    issuer: str
    public: bool
    sandbox: bool
    facts: Facts
    policy: Policy
    outside: Outside
    writable: bool = True
    loose: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[str, ...] = ()
    not_servable: str = ""
    keys_refused: str = ""
    durability: Mapping[Store, Mapping[str, str]] = field(default_factory=dict)
    disks: tuple[Disk, ...] = ()
    approvers: int | None = None
    rotation: Status | None = None
    secrets: tuple[SecretVersion, ...] = ()
    audit: tuple[str, ...] | None = None
    """What is wrong with the audit log."""
    backed_up_at: int | None = None
    backup_days: int = 35

    @property
    def now(self) -> int:
        """When it was looked at."""
        return self.facts.at


def well(check: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(check, Level.OK, text)


def clocks_apart(check: str, whose: str, skew: int) -> Finding:
    """Return how far two clocks are apart (seconds), judged."""
    warn, fail = _SKEW_SECONDS
    off = abs(skew)
    level = Level.FAIL if off > fail else Level.WARN if off > warn else Level.OK
    text = f"the clock of {whose} and ours are {off} s apart"
    return Finding(check, level, text, "" if level is Level.OK else "timedatectl; chronyc tracking")
