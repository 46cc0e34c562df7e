"""Which page a person gets for which refusal, and how the answer is marked for machines."""

from __future__ import annotations

from dataclasses import dataclass

import network_id
from network_id.errors import ConfigurationError, ResponseError, TokenError


@dataclass(frozen=True, slots=True)
class Problem:
    """A page: ``name`` chooses its words (``problem.<name>.title`` …), ``status`` is HTTP's."""

    name: str
    status: int


NOT_FOUND = Problem("not-found", 404)
FORGED_FORM = Problem("forged-form", 403)
BROKEN = Problem("broken", 500)

# The first that fits decides, so the particular stands before the general.
PROBLEMS: tuple[tuple[type[network_id.SignInError], Problem], ...] = (
    (network_id.AccessDeniedError, Problem("denied", 200)),
    (network_id.ProviderRefusedError, Problem("refused", 200)),
    (network_id.CodeRefusedError, Problem("stale", 400)),
    (ResponseError, Problem("stale", 400)),
    (network_id.ProviderUnavailableError, Problem("away", 503)),
    (TokenError, Problem("unproven", 502)),
    (ConfigurationError, Problem("setup", 502)),
    (network_id.SignInError, Problem("setup", 502)),
)


def problem_of(error: network_id.SignInError) -> Problem:
    """Return the page for a refusal."""
    return next(problem for kind, problem in PROBLEMS if isinstance(error, kind))
