"""The table: every fault that a platform must survive, one switch each.

Names are stable. What each one does on the wire stands beside the endpoint that does it.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from network_id_simulator import (
    rows_endpoints,
    rows_errors,
    rows_id_token,
    rows_keys,
    rows_logout,
    rows_response,
)
from network_id_simulator.fault import GROUPS, Fault, Must

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAULTS", "GROUPS", "Fault", "Must", "UnknownFaultError", "find"]


class UnknownFaultError(ValueError):
    """There is no such fault; the message names the nearest ones."""


_ROWS: Final = (
    *rows_response.ROWS,
    *rows_id_token.ROWS,
    *rows_keys.ROWS,
    *rows_endpoints.ROWS,
    *rows_errors.ROWS,
    *rows_logout.ROWS,
)
_ORDER: Final = tuple(GROUPS)

FAULTS: Final[Mapping[str, Fault]] = {
    fault.name: fault for fault in sorted(_ROWS, key=lambda fault: _ORDER.index(fault.group))
}
"""Every fault by its name, in the order of `GROUPS`."""


def find(name: str) -> Fault:
    """Return the fault called ``name``; raises UnknownFaultError, which names what was meant."""
    if name in FAULTS:
        return FAULTS[name]
    near = get_close_matches(name, FAULTS, n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise UnknownFaultError(f"There is no fault {name!r}.{hint}")
