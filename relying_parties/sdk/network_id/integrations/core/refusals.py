"""Why somebody is not let in, for people: which page, which status, which way on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from network_id.errors import (
    AccessDeniedError,
    ClientRefusedError,
    CodeRefusedError,
    ConfigurationError,
    ProviderRefusedError,
    ProviderUnavailableError,
    ResponseError,
    SignInError,
    TokenError,
)

log: Final = logging.getLogger("network_id")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a platform's ``on_refused`` is told, to answer with a page of its own.

    ``kind`` is one of the few pages there are: ``denied`` (the person's own no), ``refused``,
    ``stale``, ``away``, ``unproven``, ``setup``, ``foreign-form``, ``login-needed``, ``too-young``,
    ``age-not-told``. ``status`` is the HTTP status that fits. ``language`` is ``en`` or
    ``zh-Hans``. ``again`` leads to another try, and is None where that would not help; ``home`` is
    the front page. ``error`` says all that developers need, and holds no secret; it is None where
    the SDK was not asked. ``age`` is what was asked for, if it was about that.
    """

    kind: str
    status: int
    language: str
    home: str
    again: str | None = None
    age: int | None = None
    error: SignInError | None = field(default=None, repr=False)

    @property
    def code(self) -> str:
        """A stable name for logs and tests: the error's own where there is one."""
        return self.kind if self.error is None else self.error.code


# The first that fits decides, so the particular stands before the general.
KINDS: Final[tuple[tuple[type[SignInError], str, int], ...]] = (
    (AccessDeniedError, "denied", 200),
    (ProviderRefusedError, "refused", 200),
    (CodeRefusedError, "stale", 400),
    (ClientRefusedError, "setup", 502),
    (ResponseError, "stale", 400),
    (ProviderUnavailableError, "away", 503),
    (TokenError, "unproven", 502),
    (ConfigurationError, "setup", 502),
    (SignInError, "setup", 502),
)
HOPELESS: Final = frozenset({"setup"})  # another try ends the same way until a developer acts


def kind_of(error: SignInError) -> tuple[str, int]:
    """Return the page for an error, and its status."""
    return next((kind, status) for type_, kind, status in KINDS if isinstance(error, type_))


def note(error: SignInError, kind: str) -> None:
    """Write one line for the platform's developers. An SDK error holds no secret."""
    if kind == "denied":
        log.info("network ID: %s", error)
    elif kind in HOPELESS:
        log.error("network ID: %s", error)
    else:
        log.warning("network ID: %s", error)
