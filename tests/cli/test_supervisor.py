"""Workers are replaced at SIGHUP, and stop at SIGTERM, and nobody's request is lost."""

# ruff: noqa: ASYNC110 - what is waited for happens in other processes

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.cli.supervisor import Supervisor
from tests.support.ports import free_ports
from tests.support.wire import Wire, request

ROOT = Path(__file__).parents[2]
ASK = request("GET", "/")
_PATIENCE_SECONDS = 60


class Visitor:
    """Comes all the time, half the time on a connection of before."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: list[int] = []

    async def visit(self) -> None:
        async with Wire(self.port) as kept:
            while True:
                await self.ask(kept)
                async with Wire(self.port) as fresh:
                    await self.ask(fresh)
                await asyncio.sleep(0.005)

    async def ask(self, wire: Wire) -> None:
        answer = await wire.ask(ASK)
        assert answer.status == 200
        self.answers.append(int(answer.body))

    async def by_another(self, before: int) -> int:
        """Wait until all is answered by another process; return which."""
        while before in self.answers[-40:] or len(set(self.answers[-40:])) != 1:
            await asyncio.sleep(0.02)
        return self.answers[-1]


@contextlib.contextmanager
def small_server(leaving_seconds: float = 600) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "tests.support.small_server"]
    command += [str(port), str(leaving_seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


async def first_answer(port: int) -> int:
    while True:
        with contextlib.suppress(OSError):
            async with Wire(port) as wire:
                return int((await wire.ask(ASK)).body)
        await asyncio.sleep(0.05)


async def test_workers_are_replaced_and_no_request_is_lost():
    with small_server() as (process, port):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            before, visitor = await first_answer(port), Visitor(port)
            tasks = [asyncio.create_task(visitor.visit()) for _ in range(4)]
            process.send_signal(signal.SIGHUP)
            after = await visitor.by_another(before)
            while is_alive(before):
                await asyncio.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait(tasks)
        _, said = await asyncio.to_thread(process.communicate, timeout=_PATIENCE_SECONDS)
    assert [type(task.exception()) for task in tasks] == [ConnectionRefusedError] * 4
    assert set(visitor.answers) == {before, after}
    assert process.returncode == 0
    assert said == b""


async def test_a_worker_that_hangs_while_it_leaves_is_ended():
    with small_server(leaving_seconds=0.1) as (process, port):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            before = await first_answer(port)
            process.send_signal(signal.SIGHUP)
            os.kill(before, signal.SIGSTOP)
            try:
                while is_alive(before):
                    await asyncio.sleep(0.02)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(before, signal.SIGKILL)
            assert await first_answer(port) != before


def test_however_often_it_is_asked_in_a_row_each_worker_is_replaced_once(
    monkeypatch: pytest.MonkeyPatch,
):
    supervisor = Supervisor.__new__(Supervisor)  # which does not take the signals of the tests
    supervisor.signal_queue = [signal.SIGHUP] * 7
    replaced: list[str] = []
    monkeypatch.setattr(Supervisor, "restart_all", lambda _: replaced.append("all"))
    supervisor.handle_signals()
    supervisor.handle_signals()
    assert replaced == ["all"]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
