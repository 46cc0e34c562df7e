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


def answered(given: str | None, option: str, question: str) -> str:
    """Return what was given by ``option``, or what somebody at a terminal answers.

    Raises Failure ``option_missing`` where it was not given and nobody can be asked.
    """
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Failure(ExitCode.USAGE, "option_missing", f"{option} is needed: {question}")
    return str(typer.prompt(question, err=True))
