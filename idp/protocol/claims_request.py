"""The ``claims`` parameter (OpenID Connect Core §5.5), as far as we answer it.

Rules in prose. It is a JSON object with the members ``id_token`` and ``userinfo``, each an object
of claim names whose values are null or an object with ``essential``, ``value``, ``values``. Claims
that we do not know are left unanswered, as §5.5 wants. Duplicated JSON members are refused: two
readers would see two requests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from idp.domain.refusal import Cause, Refusal
from idp.protocol.strict_json import load_object

MAX_LENGTH = 2048
_PLACES = ("id_token", "userinfo")
_MAX_CLAIMS = 50


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What was asked: claim names by place, and values asked of ``sub`` and ``acr``.

    ``acr_essential`` is set when ``acr`` was asked as essential with values: then one of
    ``acr_values`` has to be met (§5.5.1.1). ``sub`` is the network ID the client expects, if any.
    """

    names: dict[str, frozenset[str]] = field(default_factory=dict)
    sub: str | None = None
    acr_values: tuple[str, ...] = ()
    acr_essential: bool = False

    @property
    def demanded_acr(self) -> tuple[str, ...]:
        """The values of ``acr`` of which one has to be met; empty when none is demanded."""
        return self.acr_values if self.acr_essential else ()

    def asks(self, place: str, name: str) -> bool:
        """Tell whether claim ``name`` was asked for in ``place``."""
        return name in self.names.get(place, frozenset())


def parse(text: str | None) -> ClaimsRequest:
    """Read the parameter; raises Refusal ``CLAIMS_MALFORMED`` for anything not of its form."""
    if text is None:
        return ClaimsRequest()
    if len(text) > MAX_LENGTH:
        raise Refusal(Cause.CLAIMS_MALFORMED, problem="longer than 2048 characters")
    request = _object(text)
    places = {place: _place(request.get(place), place) for place in _PLACES}
    for asked in places.values():
        for name, detail in asked.items():
            _check_detail(name, detail)
    id_token = places["id_token"]
    sub = id_token.get("sub") or places["userinfo"].get("sub") or {}
    acr = id_token.get("acr") or {}
    expected = sub.get("value")
    if expected is not None and not isinstance(expected, str):
        raise Refusal(Cause.CLAIMS_MALFORMED, problem="the value of sub is not text")
    return ClaimsRequest(
        names={place: frozenset(asked) for place, asked in places.items()},
        sub=expected,
        acr_values=_values(acr),
        acr_essential=acr.get("essential") is True and bool(_values(acr)),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        return load_object(text)
    except ValueError as error:
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=str(error)[:80]) from error


def _place(value: Any, place: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > _MAX_CLAIMS:
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=f"{place} is not an object of claims")
    return value


def _check_detail(name: str, detail: Any) -> None:
    if detail is None:
        return
    if not isinstance(detail, dict):
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=f"{name[:40]} is neither null nor an object")
    if not isinstance(detail.get("essential", False), bool):
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=f"essential of {name[:40]} is not a boolean")
    if not isinstance(detail.get("values", []), list):
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=f"values of {name[:40]} is not an array")


def _values(detail: dict[str, Any]) -> tuple[str, ...]:
    wanted = [detail["value"]] if "value" in detail else detail.get("values", [])
    return tuple(value for value in wanted if isinstance(value, str))
