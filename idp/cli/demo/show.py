"""The demo from start to end."""

from __future__ import annotations

import json
import os
import selectors
import tempfile
import threading
import urllib.request
import webbrowser
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from idp.cli.demo.family import Family, Program, family
from idp.cli.demo.mark import read_ports
from idp.cli.demo.order import Answer, Order, read_answer
from idp.cli.demo.platforms import PLATFORMS, source
from idp.cli.demo.ready import check_writable, facts, has_display, told, write_whole
from idp.cli.demo.stopping import Stopped, Stopping
from idp.cli.failure import ExitCode, Failure
from idp.cli.listening import free_on_localhost

if TYPE_CHECKING:
    import socket

    from idp.cli.output import Output

_PROVIDER = "provider"
_PATIENCE_POLLS = 600  # of a tenth of a second or more
_ANSWER_SECONDS = 2
_OK = 200


class Wishes(Struct, frozen=True):
    """What the command line asks for; port 0 is any free one."""

    port: int = 0
    browser: bool = True
    keep: Path | None = None
    ready_file: Path | None = None


def run(wishes: Wishes, output: Output) -> None:
    """Run the demo until it is stopped. Raises Failure when it cannot go on."""
    stopping = Stopping()
    with suppress(Stopped), ExitStack() as stack:
        _run(wishes, output, stopping, stack)


def _run(wishes: Wishes, output: Output, stopping: Stopping, stack: ExitStack) -> None:
    source()
    if wishes.ready_file is not None:
        check_writable(wishes.ready_file)
    doors = _doors(wishes, stack)
    scratch = Path(tempfile.mkdtemp(prefix="idp-demo-"))
    ready_file = wishes.ready_file and wishes.ready_file.absolute()
    leavings = [] if ready_file is None else [ready_file]
    together = stack.enter_context(family(scratch, *leavings))
    for file in leavings:
        file.unlink(missing_ok=True)  # one from before would say "ready" too early
    folder = wishes.keep.absolute() if wishes.keep else scratch / "instance"
    ports = {program: door.getsockname()[1] for program, door in doors.items()}
    order = Order(str(folder), ports)
    answer = _start(together, stopping, order, doors)
    _wait(together, stopping, order)
    found = facts(order, answer)
    for file in leavings:
        write_whole(file, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    output.result(found, told(found, str(folder)))
    if wishes.browser and has_display():
        _open(order.url(PLATFORMS[0].program))
    while True:
        together.check()
        stopping.pause()


def _doors(wishes: Wishes, stack: ExitStack) -> dict[str, socket.socket]:
    """Return a listening socket for each program; a kept demo's ports where they are free."""
    before = read_ports(wishes.keep)
    doors = {}
    for program in (_PROVIDER, *(platform.program for platform in PLATFORMS)):
        asked = wishes.port if program == _PROVIDER else 0
        door, guards = free_on_localhost(asked, rather=before.get(program, 0))
        for held in (door, *guards):
            stack.enter_context(held)
        doors[program] = door
    return doors


def _start(
    together: Family, stopping: Stopping, order: Order, doors: dict[str, socket.socket]
) -> Answer:
    """Start the provider, and the platforms with what it registered for them."""
    provider = Program(_PROVIDER, ["idp.cli.demo.provider", order.line()], {})
    process = together.start(provider, doors[_PROVIDER], listen=True)
    if process.stdout is None:
        raise RuntimeError("asked for a pipe")
    answer = read_answer(_line(process.stdout, together, stopping))
    for program, environment in answer.environments.items():
        platform = Program(program, [f"relying_parties.{program}"], environment)
        together.start(platform, doors[program])
    return answer


def _line(pipe: IO[bytes], together: Family, stopping: Stopping) -> str:
    """Read what comes until the pipe is closed; raises Failure or Stopped."""
    content = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        for _ in range(_PATIENCE_POLLS):
            if selector.select(0):
                piece = os.read(pipe.fileno(), 65536)
                content += piece
                if not piece or content.endswith(b"\n"):
                    break
            else:
                stopping.pause()
    if not content.endswith(b"\n"):
        together.check()
        raise Failure(ExitCode.UNAVAILABLE, "not_ready", "the provider said nothing in time")
    return content.decode()


def _wait(together: Family, stopping: Stopping, order: Order) -> None:
    """Return when all programs answer; raises Failure or Stopped."""
    waiting = [f"{order.issuer}/healthz/ready"]
    waiting += [f"{order.url(platform.program)}/healthz" for platform in PLATFORMS]
    for _ in range(_PATIENCE_POLLS):
        together.check()
        waiting = [address for address in waiting if not _answers(address)]
        if not waiting:
            return
        stopping.pause()
    raise Failure(ExitCode.UNAVAILABLE, "not_ready", f"no answer from {', '.join(waiting)}")


def _answers(address: str) -> bool:
    # Without the proxies of the environment: none leads back to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=_ANSWER_SECONDS) as response:
            return bool(response.status == _OK)
    except OSError:
        return False


def _open(address: str) -> None:
    # A thread: some browsers are waited for.
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
