"""What of an answer is counted: route, status, outcome, error code. Nothing that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from idp.domain.refusal import Cause
from idp.protocol.causes import outcome
from idp.services.token import PATH as TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.observability.metrics import Metrics

_AUTHORIZE = frozenset({"/authorize", "/continue"})


def measure(
    metrics: Metrics, state: Mapping[str, Any], *, endpoint: str, status: int, seconds: float
) -> None:
    """Count one answer, by what the endpoint left in the request's ``state``."""
    metrics.request(endpoint, status, seconds)
    cause, came = state.get("cause"), state.get("authorize")
    if came is None and cause is not None and endpoint in _AUTHORIZE:
        came = "refused"
    if came is not None:
        metrics.authorize(came, _code(cause), state.get("client_id"))
    elif endpoint == TOKEN and "grant" in state:
        metrics.token(state["grant"], _code(cause), state.get("client_id"))


def _code(cause: str | None) -> str:
    return "" if cause is None else outcome(Cause(cause)).code
