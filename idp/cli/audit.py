"""``idp audit``: reading, checking and handing out the audit log, by the services of the web."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from msgspec.structs import asdict
from rich.markup import escape

from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.domain.operator import number as operator_number
from idp.protocol import tree_head
from idp.services.audit import EntryUnreadable
from idp.web.words_operator import ACTS, VIA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from idp.domain.audit import Entry
    from idp.services.audit_check import Report
    from idp.web.site import Services

_FOLLOW_SECONDS = 1.0
_BATCH = 500
_MOST_CHARACTERS = 64 * 1024 * 1024  # a hundred thousand heads


def newest(home: Path | None, most: int) -> list[Entry]:
    """Return the newest entries, oldest first; raises Failure."""

    async def looking(asked: Services) -> list[Entry]:
        log = asked.operations.audit
        return await log.since(max(0, await log.size() - most), most=most)

    with _readable():
        return with_services(home, looking)


def follow(home: Path | None, most: int, *, machine: bool) -> None:
    """Print the newest entries, then each that comes, until interrupted; raises Failure."""

    async def following(asked: Services) -> None:
        log = asked.operations.audit
        position = max(0, await log.size() - most)
        while True:
            for entry in await log.since(position, most=_BATCH):
                line = json.dumps(as_json(entry)) if machine else as_line(entry, plain=True)
                print(line, flush=True)  # noqa: T201 - a command speaks
                position = entry.position + 1
            await asyncio.sleep(_FOLLOW_SECONDS)

    with _readable():
        with_services(home, following)


def verify(home: Path | None, against: Sequence[Path], keys: Sequence[str]) -> Report:
    """Check the log against itself and heads kept elsewhere; raises Failure for bad files."""
    notes = {name: note for file in against for name, note in _notes(file).items()}
    known = [_key(text) for text in keys]
    return with_services(home, lambda asked: asked.operations.audit_check.check(notes, known))


def export(home: Path | None, out: Path | None, index: int | None) -> dict[str, Any]:
    """Write the log, or one entry; return what was written. Raises Failure."""

    async def writing(asked: Services) -> dict[str, Any]:
        exporting, written = asked.operations.audit_export, -1
        with _opened(out) as file:
            if index is not None:
                one = await exporting.one(index)
                if one is None:
                    raise Failure(ExitCode.NO, "entry_unknown", f"there is no entry {index}")
                print(json.dumps(one, ensure_ascii=False), file=file)
                written = 1
            else:
                async for line in exporting.lines():
                    print(line, file=file)
                    written += 1
        return {"entries": written, "file": None if out is None else str(out)}

    with _readable():
        return with_services(home, writing)


@contextmanager
def _readable() -> Iterator[None]:
    """Say in one line that an entry is none, and what tells more."""
    try:
        yield
    except EntryUnreadable as error:
        raise Failure(
            ExitCode.NO,
            "entry_unreadable",
            f"what stands at index {error.index} is no entry: somebody changed the database. "
            "Run: idp audit verify",
        ) from error


def as_json(entry: Entry) -> dict[str, Any]:
    """Return an entry for machines: the members of its leaf."""
    told: dict[str, Any] = json.loads(entry.leaf)
    return told


def as_line(entry: Entry, *, plain: bool = False) -> str:
    """Return an entry for a person: index, time, what happened, about what, by whom."""
    at = datetime.fromtimestamp(entry.at, UTC)
    operator = "" if entry.operator_id is None else f"operator {operator_number(entry.operator_id)}"
    about = entry.case_id or entry.subject or ""
    by = "" if operator == "" or entry.is_about_operator else f"by {operator}"
    via = "" if entry.via is None else VIA[entry.via]
    told = (operator if entry.is_about_operator else about, by, via)
    cells = (f"{at:%Y-%m-%d %H:%M:%S} UTC", ACTS[entry.act], *told)
    line = f"{entry.position:>6}  " + "  ".join(cell for cell in cells if cell)
    return line if plain else escape(line)


def report_as_json(report: Report) -> dict[str, Any]:
    """Return what was checked and found for machines."""
    problems = [asdict(problem) for problem in report.problems]
    return {"whole": not problems, **asdict(report), "problems": problems}


def report_as_text(report: Report) -> str:
    """Return what was checked and found for a person."""
    checked = f"Entries: {report.entries}, heads: {report.heads}, months: {report.months}"
    if not report.problems:
        return f"[green]The log is whole: every entry is as it was appended.[/] {checked}."
    told = [f"[red]{escape(one.code)}[/]: {escape(one.text)}" for one in report.problems]
    return "\n".join([f"[red]The log is not as it was.[/] {checked}.", *told])


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    """Open the file to write, for its owner alone; the standard output without one."""
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        made = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(made, "w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise Failure(ExitCode.INPUT, "file_not_written", f"{out}: {error.strerror}") from error


def _notes(file: Path) -> dict[str, str]:
    """Return the head in a file, or all heads of a ``heads.json``, by what to call each."""
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(_MOST_CHARACTERS)
        if not text.startswith("{"):
            return {str(file): text}
        heads = json.loads(text)["heads"]
        return {f"{file}, size {int(head['size'])}": str(head["note"]) for head in heads}
    except OSError as error:
        why = f"{file}: {error.strerror or type(error).__name__}"
        raise Failure(ExitCode.INPUT, "file_unreadable", why) from error
    except (ValueError, KeyError, TypeError) as error:
        why = f"{file}: it is neither a head nor a heads.json"
        raise Failure(ExitCode.INPUT, "file_unreadable", why) from error


def _key(text: str) -> bytes:
    try:
        return tree_head.read_verifier_key(text)
    except ValueError as error:
        raise Failure(ExitCode.INPUT, "verifier_key_refused", str(error)) from error
