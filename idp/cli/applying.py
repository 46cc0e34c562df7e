"""``idp clients apply``: brings the registry to what a folder of files says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace
from rich.markup import escape

from idp.cli.asking import agreed
from idp.cli.client_files import read_folder, refused
from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.cli.registry import visible
from idp.cli.secret_files import file_of, write_secret
from idp.domain.difference import Change
from idp.services.client_set import SetRefused

if TYPE_CHECKING:
    from pathlib import Path

    from idp.domain.difference import Difference
    from idp.services.client_set import Step
    from idp.web.site import Services

_SIGNS = {
    Change.ADDED: ("+", "green"),
    Change.CHANGED: ("~", "yellow"),
    Change.REMOVED: ("-", "red"),
    Change.UNLISTED: ("?", "dim"),
}
_LONGEST = 100  # of one value in the list of differences; --json has them whole


class Wishes(Struct, frozen=True):
    """What the command line asks for."""

    folder: Path
    secrets: Path | None = None
    prune: bool = False
    yes: bool = False
    dry_run: bool = False


class Applied(Struct):
    """What became, or would become, of each client; secrets that were drawn, by client id."""

    dry_run: bool
    differences: list[Difference] = field(default_factory=list)
    secret_files: dict[str, str] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Tell whether anything was, or would be, done."""
        return any(one.is_one for one in self.differences)


def apply(home: Path | None, wishes: Wishes) -> Applied:
    """Bring the registry to what the folder says; raises Failure.

    Everything is checked first, and nothing is changed where something cannot be.
    """
    files = read_folder(wishes.folder)

    async def applying(asked: Services) -> Applied:
        try:
            steps = await asked.client_set.steps([wanted for _, wanted in files.values()])
        except SetRefused as error:
            reasons = [f"{files[one][0]}: {why}" for one, why in error.reasons.items()]
            raise refused(reasons) from error
        if wishes.prune:
            steps = [_pruned(step) for step in steps]
        _check(steps, wishes)
        if wishes.dry_run:
            return Applied(dry_run=True, differences=[step.difference for step in steps])
        return await _done(steps, wishes, asked)

    return with_services(home, applying)


def _pruned(step: Step) -> Step:
    if step.difference.change is not Change.UNLISTED:
        return step
    return replace(step, difference=replace(step.difference, change=Change.REMOVED))


def _check(steps: list[Step], wishes: Wishes) -> None:
    """See that secrets have a place to go, and that what is taken away may be."""
    drawn = [step.difference.client_id for step in steps if step.draws_secret]
    if drawn and wishes.secrets is None and not wishes.dry_run:
        raise Failure(
            ExitCode.INPUT,
            "secrets_folder_missing",
            f"nothing was changed: a secret would be drawn for {', '.join(drawn)}. Say by "
            "--secrets DIR where to write it; it is shown nowhere else",
        )
    gone = [s.difference.client_id for s in steps if s.difference.change is Change.REMOVED]
    if gone:
        effect = "Nobody can sign in there any more, and their tokens end."
        question = f"Remove {', '.join(gone)}, which no file in {wishes.folder} is about?"
        agreed(question, effect=effect, yes=wishes.yes, dry_run=wishes.dry_run)


async def _done(steps: list[Step], wishes: Wishes, asked: Services) -> Applied:
    done = Applied(dry_run=False)

    def keep(client_id: str, secret: str) -> None:
        if wishes.secrets is None:  # somebody took the client away since it was looked at
            raise Failure(
                ExitCode.INPUT, "secrets_folder_missing", f"{client_id} needs --secrets DIR"
            )
        write_secret(wishes.secrets, client_id, secret)

    for step in steps:
        if step.difference.change is Change.REMOVED:
            await asked.clients.remove(step.difference.client_id)
            done.differences.append(step.difference)
            continue
        try:
            applied = await asked.client_set.apply(step, keep)
        except SetRefused as error:
            raise Failure(
                ExitCode.UNAVAILABLE,
                "apply_interrupted",
                f"{error}. Those before it are as their files say; apply the folder again",
            ) from error
        done.differences.append(applied.difference)
        if applied.draws_secret and wishes.secrets is not None:
            client_id = applied.difference.client_id
            done.secret_files[client_id] = str(file_of(wishes.secrets, client_id))
    return done


def as_json(applied: Applied) -> dict[str, Any]:
    """Return what was done for machines."""
    return {
        "dry_run": applied.dry_run,
        "differs": applied.differs,
        "clients": [_client_as_json(one, applied) for one in applied.differences],
    }


def _client_as_json(one: Difference, applied: Applied) -> dict[str, Any]:
    members = [{"member": m.name, "before": m.before, "after": m.after} for m in one.members]
    if one.logo is not None:
        members.append({"member": "logo", "before": one.logo[0], "after": one.logo[1]})
    told: dict[str, Any] = {"client_id": one.client_id, "change": one.change.value}
    if one.change in {Change.ADDED, Change.CHANGED}:
        told["members"] = members
    if one.client_id in applied.secret_files:
        told["secret_file"] = applied.secret_files[one.client_id]
    return told


def as_text(applied: Applied) -> str:
    """Return what was done for a person: a line a client, and under it what differs."""
    lines: list[str] = []
    for one in applied.differences:
        if one.change not in _SIGNS:
            continue
        sign, style = _SIGNS[one.change]
        lines.append(f"[{style}]{sign} {escape(one.client_id)}[/] {one.change.value}")
        lines += _members(one)
        if one.client_id in applied.secret_files:
            lines.append(f"    its secret is in {escape(applied.secret_files[one.client_id])}")
    return "\n".join([*lines, _summary(applied)])


def _members(one: Difference) -> list[str]:
    if one.change is not Change.CHANGED:
        return []
    found = [(m.name, m.before, m.after) for m in one.members]
    if one.logo is not None:
        found.append(("logo", one.logo[0] or None, one.logo[1] or None))
    lines: list[str] = []
    for name, before, after in found:
        lines += [f"    {escape(name)}"]
        lines += [] if before is None else [f"      [red]- {_shown(before)}[/]"]
        lines += [] if after is None else [f"      [green]+ {_shown(after)}[/]"]
    return lines


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return escape(visible(short))


def _summary(applied: Applied) -> str:
    counts = dict.fromkeys(Change, 0)
    for one in applied.differences:
        counts[one.change] += 1
    told = ", ".join(f"{number} {change.value}" for change, number in counts.items() if number)
    head = "Would be" if applied.dry_run else "Clients"
    more = ""
    if counts[Change.UNLISTED]:
        more = " Unlisted ones are in no file and stay; --prune removes them."
    return f"{head}: {told or 'none'}.{more}"
