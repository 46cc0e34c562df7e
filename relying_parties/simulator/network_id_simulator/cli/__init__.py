"""The command ``networkid``: the simulator, and what else tests a platform.

Results go to the standard output, everything else to the standard error stream; an error is one
line and never a traceback.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from network_id_simulator.cli.failure import ExitCode, Failure, mistake

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: what the shell gave) and return its exit code; never raises."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Imported here: whoever presses Ctrl-C during the imports sees no traceback either.
        from network_id_simulator.cli.commands import command  # noqa: PLC0415

        command(given, prog_name="networkid")
    except Failure as failure:
        return failure.tell(as_json="--json" in given)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else ExitCode.DONE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  # one line is enough to report it
        return mistake(error).tell(as_json="--json" in given)
    return ExitCode.DONE
