"""The faults, as a list for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from network_id_simulator.checker.verdict import expected_of
from network_id_simulator.faults import GROUPS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from network_id_simulator.checker.plan import Plan
    from network_id_simulator.fault import Fault


def listing(plan: Plan) -> RenderableType:
    """Return one table for each group: name, what must happen, what is wrong."""
    parts: list[RenderableType] = []
    for group, heading in GROUPS.items():
        faults = [fault for fault in plan.faults if fault.group == group]
        if faults:
            parts += [Text(f"\n{heading}  [{group}]", style="bold"), _table(faults)]
    return Group(*parts)


def listing_as_json(plan: Plan) -> list[dict[str, Any]]:
    """Return the same for machines."""
    return [
        {
            "name": fault.name,
            "group": fault.group,
            "must": fault.must.value,
            "what": fault.what,
            "spec": fault.spec,
        }
        for fault in plan.faults
    ]


def _table(faults: list[Fault]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column(no_wrap=True, min_width=22)
    table.add_column(style="dim", min_width=10)
    table.add_column()
    for fault in faults:
        table.add_row(fault.name, expected_of(fault), fault.what)
    return table
