"""``python -P -m MODULE`` as a fork of this process, which has imported already what takes long.

All else about a process started so is as `subprocess` makes it: arguments, environment, pipes,
group, inherited sockets and nothing else that is open, signals as at the beginning.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_AS_A_MODULE: Final = [sys.executable, "-P", "-m"]
_HANDLED: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def fork_programs() -> None:
    """Start modules so from now on, in this process and its forks; other programs as ever."""
    subprocess.Popen = ForkedPopen  # type: ignore[misc, assignment]  # for bytes alone


class ForkedPopen(subprocess.Popen[bytes]):
    """A program that is a module of ours: what would be executed is called instead."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        if list(command[:3]) == _AS_A_MODULE:
            become = partial(_become, command[3:], options["env"], options.get("pass_fds", ()))
            options["preexec_fn"] = become
        super().__init__(command, **options)


def _become(arguments: Sequence[str], environment: Mapping[str, str], kept: Iterable[int]) -> None:
    """Run in the child once its standard streams and its group are what they are to be."""
    try:
        _close_all_but(kept)  # with the pipe on which the parent waits for what is executed
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(environment)
        _run(arguments)
    finally:
        os._exit(1)


def _close_all_but(kept: Iterable[int]) -> None:
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _run(arguments: Sequence[str]) -> NoReturn:
    module, *sys.argv[1:] = arguments
    code: Any = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        code = stop.code
    except BaseException:  # noqa: BLE001 - as the interpreter ends
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
