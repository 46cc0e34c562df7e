"""Exit codes, and the one line that says why a command did not do what it was asked."""

from __future__ import annotations

import json
import sys
import traceback
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the exit code of every command means; stable, scripts may rely on it."""

    DONE = 0
    NO = 1
    USAGE = 2
    INPUT = 4
    UNAVAILABLE = 5
    MISTAKE = 70
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.NO: "the answer is no: a platform fails a check",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INPUT: "what was handed in is refused: a file, an address",
    ExitCode.UNAVAILABLE: "a port or a platform does not answer",
    ExitCode.MISTAKE: "a mistake in this program",
    ExitCode.INTERRUPTED: "interrupted",
}


class Failure(Exception):
    """A command ends here. ``code`` is stable and for machines, the text is for people."""

    def __init__(self, exit_code: ExitCode, code: str, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code
        self.code = code

    def tell(self, *, as_json: bool) -> ExitCode:
        """Write one line (or one JSON object) to the standard error stream; return the code."""
        text = " ".join(str(self).split())
        if as_json:
            text = json.dumps({"error": self.code, "message": text}, ensure_ascii=False)
        else:
            text = f"networkid: {text} [{self.code}]"
        print(text, file=sys.stderr, flush=True)  # noqa: T201  # a command speaks
        return self.exit_code


def mistake(error: Exception) -> Failure:
    """Describe an error that nobody foresaw by its type and place."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    text = f"this is a mistake in networkid, please report it: {type(error).__name__}{where}"
    return Failure(ExitCode.MISTAKE, "mistake", text)
