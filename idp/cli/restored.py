"""What ``idp restore`` says: what was brought back, what went, and what nobody can know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

if TYPE_CHECKING:
    from idp.cli.restoring import Restored
    from idp.services.restore import Checked

_ENDED = {
    "people": "accounts that the enrolment store does not know (closed since): closed",
    "enrolments": "identities without an account: may enrol again",
    "signing_keys_gone": "signing keys without a private half: recognised nowhere",
    "signing_keys_new": "signing keys that the backup did not know: served",
}
# Each with the command, or the page, by which somebody can do something about it.
_UNKNOWN = {
    "passkeys": "passkeys. One that its owner removed since is back; each person is told in their "
    "history, and by mail",
    "network_ids": "network IDs. One that was renewed since is the old one again, and people who "
    "first came to a platform since get another there",
    "clients": "clients, as they were: disable, remove and rotate again what was since: "
    "idp clients list",
    "operators": "operators, all disabled now. Enable who still is one: idp operators list, "
    "idp operators enable NAME",
    "people": "people. Who closed their account since is back and has to be told; who was "
    "suspended since, or not any more, is not: look through the log you keep outside",
}


def as_json(done: Restored) -> dict[str, Any]:
    """Return what was done for machines."""
    return {
        "made_at": done.made_at,
        "restored_at": done.restored_at,
        "rows": dict(done.rows),
        "ended": dict(done.told.ended),
        "unknown": dict(done.told.unknown),
        "audit": list(done.told.audit),
    }


def as_text(done: Restored) -> str:
    """Return what was done for a person."""
    window = f"until {_civil(done.restored_at)}"
    if done.made_at is not None:
        window = f"from {_civil(done.made_at)} {window}"
    ended = [
        f"  {number:>8}  {_ENDED.get(name, name.replace('_', ' '))}"
        for name, number in done.told.ended.items()
    ]
    unknown = [
        f"  {number:>8}  {_UNKNOWN[name]}" for name, number in done.told.unknown.items() if number
    ]
    return "\n".join(
        [
            f"[bold]Restored.[/] {sum(done.rows.values())} rows."
            if done.made_at is not None
            else "[bold]Taken as restored.[/]",
            f"Everything of the time {window} is forgotten.",
            "",
            "Went, since nobody can tell what of it was used or ended in that time:",
            *(ended or ["  nothing"]),
            "",
            "What nobody can know of that time:",
            *(unknown or ["  nothing"]),
            "",
            *_audit(done.told.audit),
            "",
            "Next: idp doctor, then idp serve.",
        ]
    )


def _audit(problems: tuple[str, ...]) -> list[str]:
    if problems:
        return ["[bold red]The audit log does not hold:[/]", *(f"  {one}" for one in problems)]
    return [
        "The audit log holds, up to the backup and what this has added. Who kept a head published",
        "since will see that the log went on from an earlier place: say so in public.",
    ]


def checked_as_json(checked: Checked) -> dict[str, Any]:
    """Return what was found in a backup for machines."""
    return asdict(checked.head) | {"rows": dict(checked.rows), "whole": True}


def checked_as_text(checked: Checked) -> str:
    """Return what was found in a backup for a person."""
    head = checked.head
    revisions = ", ".join(f"{store} {revision}" for store, revision in head.revisions.items())
    return (
        f"Whole, and these keys open it: {sum(checked.rows.values())} rows of {head.issuer}, made "
        f"{_civil(head.made_at)} ({revisions})."
    )


def _civil(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"
