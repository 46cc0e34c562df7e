"""Operator commands, over the same services as the web.

Owns the command line: options, exit codes, what is printed. Decides nothing of its own about
people, platforms or the protocol. Results go to the standard output, everything else to the
standard error stream; an error is one line and never a traceback, which might hold a secret.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from idp.cli.failure import ExitCode, Failure, mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

_OWNER_ONLY = 0o077


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: what the shell gave) and return its exit code; never raises."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    os.umask(_OWNER_ONLY)  # databases and logs are nobody else's
    try:
        _run(given)
    except Failure as failure:
        return failure.tell(as_json="--json" in given)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else ExitCode.DONE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  # a traceback may hold a secret: one line instead
        return mistake(error).tell(as_json="--json" in given)
    return ExitCode.DONE


def _run(given: list[str]) -> None:
    # Imported here: whoever presses Ctrl-C during the imports sees no traceback either.
    if given[:1] == ["serve"]:
        from idp.cli import serve_command  # noqa: PLC0415 - see above

        serve_command.command(given[1:], prog_name="idp serve")
    else:
        from idp.cli.commands import command  # noqa: PLC0415 - see above

        command(given, prog_name="idp")
