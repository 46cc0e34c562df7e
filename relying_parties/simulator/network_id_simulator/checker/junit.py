"""The report as JUnit XML, which every CI shows: one test case per fault and per observation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from network_id_simulator.checker.observing import Observation
from network_id_simulator.checker.verdict import Verdict

if TYPE_CHECKING:
    from network_id_simulator.checker.report import Report
    from network_id_simulator.checker.verdict import Result

NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


def junit_xml(report: Report) -> str:
    """Return the document. Findings are failures; what was not met is skipped."""
    counts = report.counts()
    skipped = counts[Verdict.NOT_MET.value]
    head = (
        f'<testsuite name="networkid check-rp" tests="{len(report.lines)}" '
        f'failures="{len(report.findings)}" skipped="{skipped}" time="{report.seconds:.1f}">'
    )
    cases = "\n".join(_case(line) for line in report.lines)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{cases}\n</testsuite>\n'


def _case(line: Result | Observation) -> str:
    if isinstance(line, Observation):
        name, group, body = line.name, "request", f"{line.mend} ({line.spec})"
    else:
        fault = line.fault
        name, group = fault.name, fault.group
        body = (
            f"{fault.what} Expected: {line.expected}. Likely mistake: {line.mistake} "
            f"To mend it: {line.mend} ({fault.spec})"
        )
    head = f"  <testcase classname={_attribute(f'check-rp.{group}')} name={_attribute(name)}"
    inner = _inner(line, body)
    return f"{head}>{inner}</testcase>" if inner else f"{head}/>"


def _inner(line: Result | Observation, body: str) -> str:
    if line.verdict.is_finding:
        return f"<failure message={_attribute(line.seen)}>{escape(_text(body))}</failure>"
    if line.verdict is Verdict.NOT_MET:
        return f"<skipped message={_attribute(line.seen)}/>"
    if line.verdict is Verdict.ADVICE:
        return f"<system-out>{escape(_text(line.seen))}</system-out>"
    return ""


def _attribute(text: str) -> str:
    return quoteattr(_text(text))


def _text(text: str) -> str:
    return NOT_XML.sub("?", text)
