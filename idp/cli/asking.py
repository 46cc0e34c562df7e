"""Asking before something is taken away."""

from __future__ import annotations

import sys

import typer

from idp.cli.failure import ExitCode, Failure
from idp.cli.output import note


def agreed(question: str, *, effect: str = "", yes: bool, dry_run: bool) -> bool:
    """Tell whether a destructive command may go on; False for a dry run, which wins over ``yes``.

    Whoever sits at a terminal reads ``effect`` and is asked ``question``, on the standard error
    stream. Raises Failure ``not_confirmed`` for a no, and where nobody can be asked.
    """
    if dry_run or yes:
        return not dry_run
    if not sys.stdin.isatty():  # a pipe that happens to hold a "y" means nothing by it
        raise Failure(
            ExitCode.NO,
            "not_confirmed",
            f"nothing was changed. {question} {effect} Nobody can be asked here: give --yes, or "
            "look first with --dry-run",
        )
    if effect:
        note(effect)
    if not typer.confirm(question, err=True):
        raise Failure(ExitCode.NO, "not_confirmed", "nothing was changed")
    return True
