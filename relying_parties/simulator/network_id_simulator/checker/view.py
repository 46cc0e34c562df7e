"""The report as people read it: 80 columns, plain when it is piped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from network_id_simulator.checker.observing import Observation
from network_id_simulator.checker.verdict import Verdict
from network_id_simulator.faults import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from network_id_simulator.checker.report import Report
    from network_id_simulator.checker.verdict import Result

# A word beside each sign: colours and signs alone are not read by everybody.
SIGNS: Final = {
    Verdict.RIGHT: ("ok", "green"),
    Verdict.ADVICE: ("advice", "yellow"),
    Verdict.WRONG: ("WRONG", "bold red"),
    Verdict.UNCLEAR: ("UNCLEAR", "bold red"),
    Verdict.NOT_MET: ("not met", "dim"),
}


def view(report: Report, *, every: bool = False) -> RenderableType:
    """Return the whole report. ``every``: also the lines of groups in which all is well."""
    return Group(
        Text(f"\nRequests of the platform ({report.login})", style="bold"),
        _table((_observation(line) for line in report.observations), "seen"),
        Text("\nFaults", style="bold"),
        _faults(report, every=every),
        *_blocks("To mend", report.findings),
        *_blocks("Worth a thought", report.advice),
        _summary(report),
    )


def _faults(report: Report, *, every: bool) -> RenderableType:
    rows: list[tuple[Text, str, str, str]] = []
    for group, heading in GROUPS.items():
        lines = [line for line in report.results if line.fault.group == group]
        if lines:
            rows += _group(heading, lines, every=every)
    return _table(rows, "expected", "seen")


def _group(heading: str, lines: list[Result], *, every: bool) -> list[tuple[Text, str, str, str]]:
    """Return the lines of one group; those that need no attention become one."""
    quiet = (Verdict.RIGHT, Verdict.NOT_MET)
    shown = [line for line in lines if every or line.verdict not in quiet]
    rows = [(_sign(line.verdict), line.fault.name, line.expected, line.seen) for line in shown]
    for verdict in () if every else quiet:
        same = [line for line in lines if line.verdict is verdict]
        if same:
            seen = _seen_together(same) if verdict is Verdict.NOT_MET else ""
            rows.append((_sign(verdict), f"{heading}: {len(same)}", "", seen))
    return rows


def _seen_together(lines: list[Result]) -> str:
    reasons = {line.seen for line in lines}
    return reasons.pop() if len(reasons) == 1 else "see --all"


def _observation(line: Observation) -> tuple[Text, str, str]:
    return _sign(line.verdict), line.name, line.seen


def _sign(verdict: Verdict) -> Text:
    word, style = SIGNS[verdict]
    return Text(word, style=style)


def _table(rows: Iterable[tuple[Text | str, ...]], *headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("", width=7, no_wrap=True)
    table.add_column("", overflow="fold")
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    return table


def _blocks(heading: str, lines: Iterable[Result | Observation]) -> list[RenderableType]:
    blocks = [_block(line) for line in lines]
    return [Text(f"\n{heading}", style="bold"), *blocks] if blocks else []


def _block(line: Result | Observation) -> RenderableType:
    name, *said = _said(line)
    word, style = SIGNS[line.verdict]
    head = Text.assemble(("\n" + name, "bold"), "  ", (word, style))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for what, text in zip(("fault", "seen", "mistake", "mend", "spec"), said, strict=True):
        if text:
            table.add_row(what, text)
    return Group(head, Padding(table, (0, 0, 0, 2)))


def _said(line: Result | Observation) -> tuple[str, str, str, str, str, str]:
    if isinstance(line, Observation):
        return line.name, "", line.seen, "", line.mend, line.spec
    fault = line.fault
    seen = f"{line.seen} (expected: {line.expected})"
    return fault.name, fault.what, seen, fault.mistake, fault.mend, fault.spec


def _summary(report: Report) -> Text:
    counts = report.counts()
    told = ", ".join(f"{counts[verdict.value]} {SIGNS[verdict][0]}" for verdict in Verdict)
    text = Text(f"\n{told}. {report.seconds:.1f} s. Sign-ins were told by {report.told_by}.\n")
    if report.findings:
        return text.append(f"{len(report.findings)} to mend.", style="bold red")
    return text.append("The platform passes.", style="bold green")
