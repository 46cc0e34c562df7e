"""The management port of a server with several workers: the whole truth, and a good-bye."""

import http.client
import json
import os
import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from idp.cli.management import MOST_CONNECTIONS, shared_folder
from tests.cli.conftest import Idp
from tests.cli.test_serving import LONG, listens, serving
from tests.support.metrics import value

WORKERS: Final = 2


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def until(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    """The worker processes: those that hold the public port."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(one) for task in tasks for one in task.read_text().split()]
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def set_up(home: Path, **lines: object) -> None:
    with (home / "settings.env").open("a", encoding="utf-8") as settings:
        settings.writelines(f"{name}={given}\n" for name, given in lines.items())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def test_one_port_tells_of_all_workers_and_no_worker_outlives_a_killed_supervisor(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what a killed supervisor leaves behind
    private = free_port()
    set_up(home, IDP_MANAGEMENT_PORT=private, IDP_DRAIN_SECONDS=60)

    def told(name: str) -> float:
        status, page = ask(private, "/metrics")
        assert status == 200
        return value(page, name)

    with serving(home, "--workers", str(WORKERS)) as (process, port):
        until(lambda: told("netid_workers") == WORKERS)
        before = int(told("netid_jwks_requests_total"))
        for _ in range(10):
            assert ask(port, "/jwks")[0] == 200
        # A request is counted when it has been answered, and that may be a moment ago.
        until(lambda: told("netid_jwks_requests_total") == before + 10)
        assert ask(port, "/metrics")[0] == 404

        # Worker death must not corrupt: no count falls, and no gauge stays of who is gone.
        first = children(process.pid)
        assert len(first) == WORKERS
        os.kill(first[0], signal.SIGKILL)
        until(lambda: first[0] not in children(process.pid))
        until(lambda: told("netid_workers") == WORKERS and len(children(process.pid)) == WORKERS)
        assert told("netid_jwks_requests_total") == before + 10
        assert ask(private, "/healthz/ready")[0] == 200

        # Not ready first, and stopped later: a load balancer has time to take it out.
        process.send_signal(signal.SIGTERM)
        until(lambda: ask(private, "/healthz/ready")[0] == 503)
        until(lambda: ask(port, "/healthz/ready")[0] == 503)
        assert json.loads(ask(private, "/healthz/ready")[1])["checks"]["staying"] == "failed"
        assert ask(private, "/healthz/live")[0] == 200
        assert ask(port, "/jwks")[0] == 200
        assert process.poll() is None

        # Killed without a word, it leaves no worker behind, drained or not, that holds the port.
        process.kill()
        process.wait()
        until(lambda: not listens(port))


def test_connections_that_ask_nothing_keep_no_probe_out_and_take_no_files(home: Path):
    """A server in the same process needs the files that its sockets would be."""
    private = free_port()
    set_up(home, IDP_MANAGEMENT_PORT=private)
    with serving(home) as (process, _), ExitStack() as stack:
        idle = http.client.HTTPConnection("127.0.0.1", private)
        stack.callback(idle.close)

        def collect() -> int:
            idle.request("GET", "/healthz/live", body=b"x" * 1000)  # what is sent is not kept
            with idle.getresponse() as answer:
                answer.read()
                return answer.status

        for number in range(4 * MOST_CONNECTIONS):
            stack.enter_context(socket.create_connection(("127.0.0.1", private)))
            # Those that came since the last time may be seen only after this time.
            if number % (MOST_CONNECTIONS // 4) == 0:
                assert collect() == 200  # on one connection: who asks is not put out
        assert ask(private, "/healthz/live")[0] == 200
        files = [str(one.readlink()) for one in Path(f"/proc/{process.pid}/fd").iterdir()]
        assert sum(one.startswith("socket:") for one in files) < 2 * MOST_CONNECTIONS


def test_a_management_port_that_is_the_public_one_is_refused(home: Path, idp: Idp):
    set_up(home, IDP_MANAGEMENT_PORT=8000, IDP_PORT=8000)
    refused = idp("serve", "--home", home)
    assert refused.code == 3
    assert "IDP_MANAGEMENT_PORT" in refused.err


def test_tracing_without_its_packages_is_told_before_the_start(
    home: Path, idp: Idp, monkeypatch: Any
):
    set_up(home, IDP_TRACING_ENDPOINT="http://127.0.0.1:4318")
    monkeypatch.setattr("idp.observability.tracing.find_spec", lambda _name: None)
    refused = idp("serve", "--home", home)
    assert refused.code == 3
    assert "tracing_missing" in refused.err
    assert "make extras" in refused.err


def test_what_a_killed_supervisor_left_is_removed_and_nothing_that_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, unfinished = tmp_path / "idp-metrics-left", tmp_path / "idp-metrics-unfinished"
    left.mkdir()
    unfinished.mkdir()
    (left / "held").touch()
    (left / "counter_1.db").touch()
    with shared_folder():
        assert not left.exists()
        assert unfinished.exists()
        in_use = set(tmp_path.iterdir()) - {unfinished}
        with shared_folder():
            assert in_use < set(tmp_path.iterdir())
    assert set(tmp_path.iterdir()) == {unfinished}


def test_what_somebody_left_beside_the_folders_of_numbers_holds_no_start_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Opening a pipe that nobody writes to never ends; and the folder of all is everybody's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    elsewhere, pipe = tmp_path / "elsewhere", tmp_path / "idp-metrics-pipe"
    for folder in (elsewhere, pipe):
        folder.mkdir()
        os.mkfifo(folder / "held")
    (tmp_path / "idp-metrics-link").symlink_to(elsewhere)
    with shared_folder():
        assert (elsewhere / "held").is_fifo()
