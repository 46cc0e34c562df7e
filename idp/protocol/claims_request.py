"""The ``claims`` parameter (OpenID Connect Core §5.5), as far as we answer it.

Rules in prose. It is a JSON object with the members ``id_token`` and ``userinfo``, each an object
of claim names whose values are null or an object with ``essential``, ``value``, ``values``. Claims
that we do not know are left unanswered, as §5.5 wants. Duplicated JSON members are refused: two
readers would see two requests.

What a client can insist on is who the person is (``sub``, always) and how they signed in (``acr``,
when it is essential): these are met or the answer is an error (§5.5.1, §5.5.1.1). Any other claim,
essential or not, is never a reason for one (§5.5.1), and a value asked of it is a wish: an age is
answered as it is, because *no* is an answer, and one left out would say the same in a riddle.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from idp.domain.refusal import Cause, Refusal
from idp.protocol.strict_json import load_object

MAX_LENGTH = 2048
_PLACES = ("id_token", "userinfo")
_MAX_CLAIMS = 50


class ClaimsRequest(Struct, frozen=True):
    """What was asked: claim names by place, and values asked of ``sub`` and ``acr``.

    ``acr_essential`` is set when ``acr`` was asked as essential with values: then one of
    ``acr_values`` has to be met (§5.5.1.1). ``subs`` are the network IDs of which the client
    expects one, None when it expects nobody in particular.
    """

    names: dict[str, frozenset[str]] = field(default_factory=dict)
    subs: frozenset[str] | None = None
    acr_values: tuple[str, ...] = ()
    acr_essential: bool = False

    @property
    def demanded_acr(self) -> tuple[str, ...]:
        """The values of ``acr`` of which one has to be met; empty when none is demanded."""
        return self.acr_values if self.acr_essential else ()

    def asks(self, place: str, name: str) -> bool:
        """Tell whether claim ``name`` was asked for in ``place``."""
        return name in self.names.get(place, frozenset())


NOTHING_ASKED = ClaimsRequest()


def parse(text: str | None) -> ClaimsRequest:
    """Read the parameter; raises Refusal ``CLAIMS_MALFORMED`` for anything not of its form."""
    if text is None:
        return NOTHING_ASKED
    if len(text) > MAX_LENGTH:
        raise Refusal(Cause.CLAIMS_MALFORMED, problem="longer than 2048 characters")
    request = _object(text)
    places = {place: _place(request.get(place), place) for place in _PLACES}
    for asked in places.values():
        for name, detail in asked.items():
            _check_detail(name, detail)
    acr = places["id_token"].get("acr") or {}
    acr_values = _values("acr", acr) or ()
    return ClaimsRequest(
        names={place: frozenset(asked) for place, asked in places.items()},
        subs=_subs(places),
        acr_values=acr_values,
        acr_essential=acr.get("essential") is True and bool(acr_values),
    )


def _subs(places: dict[str, dict[str, Any]]) -> frozenset[str] | None:
    """Return who is acceptable in every place: the ID token and userinfo are about one person."""
    asked = [_values("sub", place.get("sub") or {}) for place in places.values()]
    named = [frozenset(values) for values in asked if values is not None]
    return frozenset.intersection(*named) if named else None


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


def _values(name: str, detail: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the texts that a claim may have, None when any will do.

    Both members at once are refused: which of them holds, two readers would see differently.
    """
    if "value" not in detail and "values" not in detail:
        return None
    if "value" in detail and "values" in detail:
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=f"{name} has both value and values")
    wanted = [detail["value"]] if "value" in detail else detail["values"]
    if not all(isinstance(value, str) for value in wanted):
        raise Refusal(Cause.CLAIMS_MALFORMED, problem=f"a value of {name} is not text")
    return tuple(wanted)
