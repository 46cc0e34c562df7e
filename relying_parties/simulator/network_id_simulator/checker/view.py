"""The report as people read it: 80 columns, plain when it is piped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from network_id_simulator.checker.observing import Observation
from network_id_simulator.checker.verdict import Verdict
from network_id_simulator.fault import GROUPS, Must

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from network_id_simulator.checker.report import Report
    from network_id_simulator.checker.verdict import Manner, Result

# A word beside each sign: colours and signs alone are not read by everybody.
SIGNS: Final = {
    Verdict.RIGHT: ("ok", "green"),
    Verdict.ADVICE: ("advice", "yellow"),
    Verdict.WRONG: ("WRONG", "bold red"),
    Verdict.UNCLEAR: ("UNCLEAR", "bold red"),
    Verdict.NOT_MET: ("not met", "dim"),
}

ALLOWED: Final = frozenset({"signed in, as it may", "signed out, as it may"})


def view(report: Report, *, every: bool = False) -> RenderableType:
    """Return the whole report. ``every``: each fault, not only how many of a group are well."""
    return Group(
        Text(f"\nWhat {report.login} sends\n", style="bold"),
        _table(_observation(line) for line in report.observations),
        Text("\nWhat it does about faults\n", style="bold"),
        _each(report.results) if every else _groups(report.results),
        *_reasons(report.results),
        *_allowed(report.results),
        *_blocks("To mend", report.findings),
        *_thoughts(report.advice),
        _summary(report),
    )


def _groups(results: Sequence[Result]) -> RenderableType:
    """Return how many faults of each group came out how."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("", width=42, overflow="fold")
    for verdict in Verdict:
        if any(line.verdict is verdict for line in results):
            table.add_column(SIGNS[verdict][0], justify="right")
    for group, heading in GROUPS.items():
        found = Counter(line.verdict for line in results if line.fault.group == group)
        if found:
            table.add_row(heading, *_cells(found, results))
    return table


def _cells(found: Counter[Verdict], results: Sequence[Result]) -> list[Text]:
    there = {line.verdict for line in results}
    return [
        Text(str(found[verdict] or ""), style=SIGNS[verdict][1])
        for verdict in Verdict
        if verdict in there
    ]


def _each(results: Sequence[Result]) -> RenderableType:
    rows = ((_sign(line.verdict), line.name, line.expected, line.seen) for line in results)
    return _table(rows, "", "expected", "seen")


def _reasons(results: Sequence[Result]) -> list[RenderableType]:
    """Return why some were not met, and how many each time."""
    why = Counter(line.seen for line in results if line.verdict is Verdict.NOT_MET)
    rows = ((str(count), reason) for reason, count in why.most_common())
    return [Text("\nNot met\n", style="bold"), _table(rows)] if why else []


def _allowed(results: Sequence[Result]) -> list[RenderableType]:
    """Return what was let through because the standards leave it open."""
    allowed = (line for line in results if line.seen in ALLOWED)
    names = [line.name for line in allowed if line.fault.must is Must.REFUSE]
    text = "Let through, as the standards allow (refusing is safer)"
    return [Text(f"\n{text}\n", style="bold"), Text(", ".join(names))] if names else []


def _observation(line: Observation) -> tuple[Text, str, str]:
    return _sign(line.verdict), line.name, line.seen


def _sign(verdict: Verdict) -> Text:
    word, style = SIGNS[verdict]
    return Text(word, style=style)


def _table(rows: Iterable[tuple[Text | str, ...]], *headings: str) -> Table:
    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
        show_edge=False,
        show_header=bool(headings),
    )
    table.add_column("", width=7, no_wrap=True)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _blocks(heading: str, lines: Iterable[Result | Observation]) -> list[RenderableType]:
    blocks = [_block(line) for line in lines]
    return [Text(f"\n{heading}", style="bold"), *blocks] if blocks else []


def _thoughts(lines: Sequence[Result | Observation]) -> list[RenderableType]:
    """Return the advice. What only was refused in a bad way is told once for all such faults."""
    names: dict[tuple[str, Manner], list[str]] = {}
    others = []
    for line in lines:
        if isinstance(line, Observation) or line.manner is None:
            others.append(line)
        else:
            names.setdefault((line.seen, line.manner), []).append(line.name)
    blocks = _blocks("Worth a thought", others)
    heading = [] if blocks or not names else [Text("\nWorth a thought", style="bold")]
    return [*heading, *blocks, *(_told_once(*key, after) for key, after in names.items())]


def _told_once(seen: str, manner: Manner, after: list[str]) -> RenderableType:
    rows = ("mistake", manner.mistake), ("mend", manner.mend), ("after", ", ".join(after))
    return _titled(seen, Verdict.ADVICE, rows)


def _block(line: Result | Observation) -> RenderableType:
    name, *said = _said(line)
    rows = zip(("fault", "seen", "mistake", "mend", "spec"), said, strict=True)
    return _titled(name, line.verdict, rows)


def _titled(title: str, verdict: Verdict, rows: Iterable[tuple[str, str]]) -> RenderableType:
    word, style = SIGNS[verdict]
    head = Text.assemble(("\n" + title, "bold"), "  ", (word, style))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for what, text in rows:
        if text:
            table.add_row(what, text)
    return Group(head, Padding(table, (0, 0, 0, 2)))


def _said(line: Result | Observation) -> tuple[str, str, str, str, str, str]:
    if isinstance(line, Observation):
        return line.name, "", line.seen, "", line.mend, line.spec
    fault = line.fault
    seen = f"{line.seen} (expected: {line.expected})"
    return fault.name, fault.what, seen, line.mistake, line.mend, fault.spec


def _summary(report: Report) -> Text:
    counts = report.counts()
    told = ", ".join(f"{counts[verdict.value]} {SIGNS[verdict][0]}" for verdict in Verdict)
    text = Text(f"\n{told}. Sign-ins were told by {report.told_by}.\n")
    if report.findings:
        return text.append(f"{len(report.findings)} to mend.", style="bold red")
    return text.append("The platform passes.", style="bold green")
