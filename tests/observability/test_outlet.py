"""The way out of the log: nobody who reads it too slowly, or not at all, holds anybody up."""

import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry

from idp.observability.metrics import Metrics
from idp.observability.outlet import Outlet, outlet_of, standard_error

# A socket that is made of a descriptor does not say beforehand that it is of this machine.
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
LINES: Final = 2_000
SMALL: Final = 8_192  # bytes: two pages


def line(number: int, text: str = "") -> str:
    return f'{{"time": 1767225600, "event": "request", "number": {number}, "x": "{text}"}}\n'


class Pipe:
    """A pipe, or a pair of sockets, and whoever reads it when the test says so."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self.writer = reader, writer

    def make_small(self) -> None:
        """As somebody else's program may have it."""
        fcntl.fcntl(self._reader, fcntl.F_SETPIPE_SZ, SMALL)

    def read(self) -> list[str]:
        """Return the lines that are there."""
        os.set_blocking(self._reader, False)
        read = b""
        while True:
            try:
                read += os.read(self._reader, 65_536)
            except BlockingIOError:
                return read.decode().splitlines()


@pytest.fixture(params=["pipe", "socket"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pipe(kind: str) -> Iterator[Pipe]:
    with ExitStack() as stack:
        if kind == "socket":
            ends = [stack.enter_context(one) for one in socket.socketpair()]
            yield Pipe(*(one.fileno() for one in ends))
        else:
            opened = os.pipe()
            for one in opened:
                stack.callback(os.close, one)
            yield Pipe(*opened)


def test_lines_that_nobody_reads_are_dropped_and_counted_when_there_is_room_again(
    pipe: Pipe, kind: str
):
    outlet = Outlet(pipe.writer)
    if kind == "pipe":
        pipe.make_small()
    before = Outlet.lost
    for number in range(LINES):
        outlet.write(line(number))
    kept = [json.loads(one)["number"] for one in pipe.read()]
    assert kept == list(range(len(kept)))  # the first ones, each of them whole
    assert 0 < len(kept) < LINES
    lost = LINES - len(kept)
    assert Outlet.lost - before == lost
    for number in (LINES, LINES + 1):
        outlet.write(line(number))
    told, *after = [json.loads(one) for one in pipe.read()]
    assert told == {"time": 1_767_225_600, "event": "log_lost", "lines": lost}
    assert [one["number"] for one in after] == [LINES, LINES + 1]


@pytest.mark.parametrize("kind", ["pipe"], indirect=True)
def test_a_line_that_only_half_went_is_one_line_and_counted(pipe: Pipe):
    outlet = Outlet(pipe.writer)
    pipe.make_small()
    outlet.write(line(0, "x" * 2 * SMALL))
    (torn,) = pipe.read()
    assert torn.startswith('{"time"')
    outlet.write(line(1))
    rest, told, after = pipe.read()
    assert rest == ""  # the end of the torn one
    assert json.loads(told)["lines"] == 1
    assert json.loads(after)["number"] == 1


def test_whoever_else_has_the_pipe_waits_as_they_expect(pipe: Pipe):
    Outlet(pipe.writer).write(line(0))
    assert os.get_blocking(pipe.writer)


@pytest.mark.parametrize("kind", ["pipe"], indirect=True)
def test_a_second_of_lines_finds_room_in_a_pipe(pipe: Pipe):
    outlet = Outlet(pipe.writer)
    for number in range(3_000):  # a thousand logins
        outlet.write(line(number, "x" * 100))
    assert len(pipe.read()) == 3_000


def test_a_pipe_that_nobody_reads_any_more_stops_nothing():
    reader, writer = os.pipe()
    outlet = Outlet(writer)
    os.close(reader)
    for stream in (outlet, Outlet(writer)):
        stream.write(line(0))
    os.close(writer)


def test_a_file_gets_every_line_behind_what_it_has(tmp_path: Path):
    file = tmp_path / "log"
    file.write_text("before\n")
    with file.open("a") as opened:
        outlet: Any = outlet_of(opened)
        outlet.write(line(0))
        outlet.write("\ud800 is no text\n")
        outlet.write(line(1, "网号"))
    before, first, told, last = file.read_text(encoding="utf-8").splitlines()
    assert (before, first, last) == ("before", line(0).strip(), line(1, "网号").strip())
    assert json.loads(told)["lines"] == 1


def test_a_stream_that_is_no_file_is_left_as_it_is():
    stream = StringIO()
    assert outlet_of(stream) is stream


def test_a_server_that_was_started_without_standard_error_goes_on(monkeypatch: pytest.MonkeyPatch):
    """``2>&-``, as some supervisors do: Python has no such stream then."""
    monkeypatch.setattr(sys, "stderr", None)
    before = Outlet.lost
    standard_error().write(line(0))
    assert Outlet.lost == before


def test_lines_that_were_lost_are_a_metric(tmp_path: Path):
    registry = CollectorRegistry()
    metrics = Metrics(registry, endpoints=[], now=0)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        Outlet(full.fileno()).write(line(0))
    for _ in range(2):
        metrics.beat(1, lag=0)
    assert registry.get_sample_value("netid_log_lost_total") == 1
