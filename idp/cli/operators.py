"""``idp operators``: who may sign in on the operators' pages, by the same service as the web's.

What two operators must agree on no command approves: two approvals typed into one shell would be
one person's. ``idp people`` proposes it at most.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Column, Table

from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import settings_of
from idp.cli.opening import with_services
from idp.cli.output import note
from idp.domain.operator import FEWEST_APPROVERS
from idp.services.operators import Invitation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import TypeVar

    from idp.domain.operator import Operator, Role
    from idp.services.operators import Operators

    Found = TypeVar("Found")


def add(home: Path | None, name: str, roles: list[Role], *, dry_run: bool) -> dict[str, Any]:
    """Add an operator, or make a new link for one; return the result for machines.

    A dry run makes nothing. Raises Failure ``operator_refused``.
    """

    async def adding(operators: Operators) -> Invitation | Operator | None:
        try:
            if dry_run:
                return await operators.check(name, frozenset(roles))
            return await operators.add(name, frozenset(roles))
        except ValueError as error:
            raise Failure(ExitCode.INPUT, "operator_refused", str(error)) from error

    found = _with_operators(home, adding)
    if not isinstance(found, Invitation):
        given = {"name": name, "roles": sorted(roles)}
        known = {} if found is None else as_json(found)
        return {**known, **given, "is_new": found is None, "dry_run": True}
    # Browsers send a fragment to nobody, so it reaches no log on the way (DECISIONS 23).
    link = f"{settings_of(home).issuer}/operator/join#{found.link}"
    return as_json(found.operator) | {
        "is_new": found.is_new,
        "link": link,
        "link_expires_at": found.expires_at,
    }


def everyone(home: Path | None) -> list[Operator]:
    """Return all operators, oldest first; raises Failure."""
    return _with_operators(home, lambda operators: operators.everyone())


def show(home: Path | None, wanted: str) -> Operator:
    """Return the operator of this id or name; raises Failure ``operator_unknown``."""
    found = _with_operators(home, lambda operators: operators.named(wanted))
    if found is None:
        raise Failure(ExitCode.NO, "operator_unknown", f"there is no operator {wanted}")
    return found


def remove(home: Path | None, operator: Operator) -> None:
    """Remove an operator; raises Failure ``operator_unknown``."""
    if not _with_operators(home, lambda operators: operators.remove(operator.operator_id)):
        raise Failure(ExitCode.NO, "operator_unknown", f"there is no operator {operator.name}")


def disable(home: Path | None, operator: Operator, *, disabled: bool) -> bool:
    """Disable or enable an operator; False for one who is so already."""

    async def setting(operators: Operators) -> bool:
        act = operators.disable if disabled else operators.enable
        return await act(operator.operator_id)

    return _with_operators(home, setting)


def approvers(home: Path | None, *, without: Operator) -> int:
    """Return how many operators could approve without this one."""
    everybody = [one for one in everyone(home) if one.may_approve]
    return len([one for one in everybody if one.operator_id != without.operator_id])


def warn(operator: Operator, left: int) -> None:
    """Say it on the standard error stream when ``operator`` was one too few."""
    told = few(operator, left)
    if told:
        note(told)


def few(operator: Operator, left: int) -> str:
    """Return what it means that ``left`` operators can approve without ``operator``, if too few."""
    if left >= FEWEST_APPROVERS or not operator.may_approve:
        return ""
    return (
        f"{left} of the {FEWEST_APPROVERS} operators are left who must agree (role support, with a "
        "passkey): nobody can be suspended, and no suspension lifted, before there are two."
    )


def named(operator: Operator) -> str:
    """Return how an operator is called where one is about to be changed."""
    return f"{operator.name} ({operator.operator_id.hex()})"


def as_json(operator: Operator) -> dict[str, Any]:
    """Return an operator for machines."""
    return {
        "operator_id": operator.operator_id.hex(),
        "name": operator.name,
        "roles": sorted(operator.roles),
        "status": operator.status.value,
    }


def as_text(added: dict[str, Any]) -> str:
    """Return what ``add`` did for a person. In no frame: that would cut a link of any length."""
    if added.get("dry_run"):
        what = "added" if added["is_new"] else "given a new link, and these roles"
        return f"{escape(added['name'])} would be {what}; nothing was changed."
    until = datetime.fromtimestamp(added["link_expires_at"], UTC)
    told = (
        "A new operator. Hand over this link; it makes the passkey."
        if added["is_new"]
        else "Known already. This link makes a passkey in place of the one there was."
    )
    return (
        f"[bold]{escape(added['name'])}[/]: {told}\n\n"
        f"  [bold]{escape(added['link'])}[/]\n\n"
        f"It works once, until {until:%Y-%m-%d %H:%M} UTC."
    )


def as_table(found: list[Operator]) -> Table:
    """Return all operators for a person."""
    table = Table(Column("Operator", no_wrap=True, min_width=32), "Name", "Roles", "Status")
    for one in found:
        cells = (one.operator_id.hex(), one.name, ", ".join(sorted(one.roles)), one.status.value)
        table.add_row(*map(escape, cells))
    return table


def _with_operators(home: Path | None, work: Callable[[Operators], Awaitable[Found]]) -> Found:
    """Do ``work`` on the operators of the instance; raises Failure."""
    return with_services(home, lambda asked: work(asked.operations.operators))
