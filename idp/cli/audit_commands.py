"""The commands of ``idp audit``, with their options; what they do is in ``idp.cli.audit``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.failure import ExitCode
from idp.cli.options import Home, Json
from idp.cli.output import Output

audit = typer.Typer(help="Read the audit log, check that nobody changed it, hand it out.")


@audit.command("tail")
def tail(
    number: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many entries.")] = 10,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as entries come; Ctrl-C ends it.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Print the newest entries, the oldest of them first. With --follow and --json, one a line."""
    from idp.cli import audit as log

    if follow:
        log.follow(home, number, machine=as_json)
    else:
        found = log.newest(home, number)
        Output(as_json=as_json).result(
            [log.as_json(entry) for entry in found], "\n".join(map(log.as_line, found))
        )


@audit.command("verify")
def verify(
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="HEAD_FILE",
            help="A head that was kept elsewhere, as /transparency/checkpoint gave it, or a whole "
            "heads.json. Only these show that the end was cut off or that all was written anew. "
            "May be given several times.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERIFIER_KEY", help="One more key that may have signed such a head, name+…"
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Recompute the whole log; exit with 1 and say where, if anything is not as it was."""
    from idp.cli import audit as log

    report = log.verify(home, against or [], key or [])
    Output(as_json=as_json).result(log.report_as_json(report), log.report_as_text(report))
    if report.problems:
        raise typer.Exit(ExitCode.NO)


@audit.command("export")
def export(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here. [default: standard output]")
    ] = None,
    index: Annotated[
        int | None,
        typer.Option(min=0, help="One entry alone, with the proof that it is in the log."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write the log for somebody outside to check: one JSON line on what it is, then the entries.

    Entries hold case numbers, times and operators' random ids: hand it to an auditor, not to the
    public. docs/transparency.md has a small program that checks such a file.
    """
    from idp.cli import audit as log

    written = log.export(home, out, index)
    if out is not None:
        Output(as_json=as_json).result(written, f"Wrote {written['entries']} entries to {out}.")
