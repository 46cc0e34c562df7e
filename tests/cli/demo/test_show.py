"""The demo, end to end: what it tells, and that nothing is left of it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cli.conftest import Idp, start

LONG = 40  # seconds; a busy machine takes its time to import
# A request of an app on a port of this machine that nobody has registered.
ASKED = {
    "redirect_uri": "http://127.0.0.1:5173/auth/callback",
    "response_type": "code",
    "scope": "openid age offline_access",
    "state": "state",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636 appendix B
    "code_challenge_method": "S256",
}


@dataclass(frozen=True)
class Demo:
    process: subprocess.Popen[str]
    ready_file: Path
    scratch: Path

    @property
    def told(self) -> Any:
        return json.loads(self.ready_file.read_text(encoding="utf-8"))

    def family(self) -> set[int]:
        """Return the processes that run with the demo's own temporary folder or descend from it."""
        return {pid for pid, parent in processes().items() if descends(pid, self.process.pid)}


def processes() -> dict[int, int]:
    """Return the parent of every process that still runs."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            if state not in {"Z", "X"}:
                found[int(stat.parent.name)] = int(parent)
    return found


def descends(pid: int, ancestor: int) -> bool:
    parents = processes()
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


@contextlib.contextmanager
def demo(folder: Path, *options: str | Path) -> Iterator[Demo]:
    """Run a demo whose temporary folder lies in `folder`."""
    ready_file, scratch = folder / "ready.json", folder / "scratch"
    scratch.mkdir(exist_ok=True)
    told = ("--no-browser", "--ready-file", ready_file)
    process = start("demo", *told, *options, TMPDIR=str(scratch))
    try:
        deadline = time.monotonic() + LONG
        while not ready_file.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield Demo(process, ready_file, scratch)
    finally:
        process.terminate()
        process.communicate(timeout=LONG)


def get(url: str) -> str:
    # Without a proxy, whatever the demo's shell is told.
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with straight.open(url, timeout=10) as answer:  # an address of the demo
        return str(answer.read().decode())


@pytest.mark.spec("RFC 8252 §7.3")
def test_a_demo_tells_where_all_is_serves_it_and_lets_its_platforms_begin_a_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """All of one demo, whose shell is set up for another instance: a demo takes seconds."""
    monkeypatch.setenv("IDP_ISSUER", "https://real.example")
    monkeypatch.setenv("IDP_DATABASE_URL", "postgresql://real.example/real")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with demo(tmp_path) as running:
        told, mode = running.told, running.ready_file.stat().st_mode
        it_tells_where_everything_is(told)
        all_of_it_answers(told)
        so_can_whoever_pastes_the_lines_begin_a_sign_in(told)
        running.process.send_signal(signal.SIGINT)
        said, _ = running.process.communicate(timeout=LONG)

    environment = told["developer"]["environment"]
    lines = [f"export {name}={value}" for name, value in environment.items()]
    assert [line for line in said.splitlines() if line.startswith("export")] == lines
    assert environment.keys() == {
        "NETWORK_ID_ISSUER",
        "NETWORK_ID_CLIENT_ID",
        "NETWORK_ID_CLIENT_SECRET",
    }
    assert mode & 0o777 == 0o600  # a secret is in it


def it_tells_where_everything_is(told: Any) -> None:
    assert set(told) == {"issuer", "platforms", "personas", "developer"}
    assert told["issuer"].startswith("http://localhost:")
    assert [set(one) for one in told["platforms"]] == [{"name", "url", "client_id"}] * 2
    assert [one["id"] for one in told["personas"]] == [
        "adult",
        "minor",
        "elder",
        "rtl",
        "suspended",
        "newcomer",
    ]


def all_of_it_answers(told: Any) -> None:
    assert all('data-testid="login"' in get(platform["url"]) for platform in told["platforms"])
    assert 'data-testid="persona-adult"' in get(told["issuer"] + "/signin")


def so_can_whoever_pastes_the_lines_begin_a_sign_in(told: Any) -> None:
    issuer, developer = told["issuer"], told["developer"]
    for platform in told["platforms"]:
        page = get(platform["url"] + "/login")  # follows the redirects to the sign-in page
        assert platform["name"].replace("&", "&amp;") in page
        assert 'data-testid="signin-passkey"' in page
    for client_id, name in (("demo-app", "My app"), (developer["public_client_id"], "My page")):
        assert name in get(f"{issuer}/authorize?{urlencode(ASKED | {'client_id': client_id})}")


def test_a_port_that_is_taken_is_told_with_what_changes_together_with_it(idp: Idp):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = idp("demo", "--no-browser", "--port", str(taken.getsockname()[1]))

    assert refused.code == 5
    assert "Give another --port, and each app of yours the issuer with that port" in refused.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(tmp_path: Path, number: signal.Signals):
    with demo(tmp_path) as running:
        family = running.family()
        began = time.monotonic()
        running.process.send_signal(number)
        _, said = running.process.communicate(timeout=LONG)

    assert len(family) >= 5
    assert running.process.returncode == 0, said
    assert time.monotonic() - began < 10
    assert not family & processes().keys()
    assert list(running.scratch.iterdir()) == []
    assert not running.ready_file.exists()


def test_killed_without_a_word_it_leaves_nothing(tmp_path: Path):
    with demo(tmp_path) as running:
        family = running.family()
        running.process.kill()
        running.process.wait()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and (
            family & processes().keys() or list(running.scratch.iterdir())
        ):
            time.sleep(0.05)

    assert not family & processes().keys()
    assert list(running.scratch.iterdir()) == []


def test_it_stops_with_the_last_words_of_a_child_that_died(tmp_path: Path):
    with demo(tmp_path) as running:
        (child,) = [pid for pid in running.family() if "relying_parties.shop" in command(pid)]
        os.kill(child, signal.SIGKILL)
        _, said = running.process.communicate(timeout=LONG)

    assert running.process.returncode == 5
    assert "the shop ended with code -9" in said
    assert list(running.scratch.iterdir()) == []


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")


def test_a_kept_demo_comes_back_at_the_same_addresses_and_is_not_run_twice(
    tmp_path: Path, idp: Idp
):
    kept = tmp_path / "kept"
    with demo(tmp_path, "--keep", kept) as running:
        first = running.told
        second = start("demo", "--no-browser", "--keep", kept)
        _, said = second.communicate(timeout=LONG)
    with demo(tmp_path, "--keep", kept) as running:
        again = running.told

    assert second.returncode == 4
    assert "demo_running" in said
    assert again == first
    assert (kept / "settings.env").exists()


def test_an_instance_that_no_demo_made_is_not_touched(home: Path, idp: Idp):
    before = (home / "settings.env").read_bytes()

    refused = idp("demo", "--no-browser", "--keep", home)

    assert refused.code == 4
    assert "not_a_demo" in refused.err
    assert (home / "settings.env").read_bytes() == before


def test_a_ready_file_that_cannot_be_written_is_told_at_once(tmp_path: Path, idp: Idp):
    refused = idp("demo", "--no-browser", "--ready-file", tmp_path / "no" / "ready.json")

    assert refused.code == 4
    assert "ready_file_refused" in refused.err
    assert not list(Path(tempfile.gettempdir()).glob("idp-demo-*/no"))
