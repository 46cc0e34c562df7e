"""``networkid check-rp`` itself: a process, sockets, and what it says when it cannot.

The platforms are served on this machine; what they do is told by the tests beside this one.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import httpx2
import pytest
from network_id_simulator.cli import main
from network_id_simulator.system import system_clock

from tests.relying_parties.checker.by_hand import ByHand, Way
from tests.support.simulated_provider import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

KIT: Final = Path(__file__).parents[3] / "relying_parties"
PLAIN: Final = ssl.create_default_context()  # made once: it reads every authority of the machine
PROGRAM: Final = "import sys; from network_id_simulator.cli import main; sys.exit(main())"


class Wire(httpx2.AsyncBaseTransport):
    """A way out that keeps no connection, so that none is left open."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        async with httpx2.AsyncHTTPTransport(verify=PLAIN) as transport:
            response = await transport.handle_async_request(request)
            return httpx2.Response(response.status_code, content=await response.aread())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def served(without: str = "") -> Iterator[tuple[str, str]]:
    """Serve a platform; yields its address, and the port at which it expects the simulator."""
    port, home = free_port(), f"http://127.0.0.1:{free_port()}"
    issuer = f"http://127.0.0.1:{port}"
    way = Way(issuer, "any", "a secret of the tests", home, system_clock, Wire())
    with serving(ByHand(way, without).app, int(home.rpartition(":")[2])):
        yield home, str(port)


def test_a_whole_check_is_one_command(tmp_path: Path):
    file = tmp_path / "report.xml"
    path = os.pathsep.join(str(KIT / name) for name in ("sdk", "simulator"))
    with served(without="nonce") as (home, port):
        told = subprocess.run(
            [
                *(sys.executable, "-c", PROGRAM, "check-rp", f"{home}/login", "--port", port),
                *("--backchannel-logout-uri", f"{home}/backchannel-logout"),
                *("--only", "response,nonce,nonce-missing,age-text,logout", "--timeout", "5"),
                *("--json", "--junit", str(file)),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=100,
            env={**os.environ, "PYTHONPATH": path},
        )
    assert (told.returncode, told.stderr) == (1, "")
    report = json.loads(told.stdout)
    assert not report["passed"]
    assert [line["name"] for line in report["faults"] if line["verdict"] == "wrong"] == [
        "nonce",
        "nonce-missing",
    ]
    assert report["signed_in_told_by"] == f"{home}/"
    check_junit(ET.fromstring(file.read_text(encoding="utf-8")), report)  # noqa: S314 - our own


def check_junit(suite: ET.Element, report: dict[str, Any]) -> None:
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["nonce", "nonce-missing"]
    assert suite.get("failures") == "2"
    assert len(suite) == len(report["faults"]) + len(report["observations"])
    skipped = [case for case in suite if case.find("skipped") is not None]
    assert len(skipped) == report["counts"]["not met"]


def test_a_platform_that_passes_is_told_in_80_columns(capsys: pytest.CaptureFixture[str]):
    with served() as (home, port):
        code = main(["check-rp", f"{home}/login", "--port", port, "--only", "nonce,error", "--all"])
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    assert "The platform passes." in told.out
    assert max(len(line) for line in told.out.splitlines()) <= 80
    assert not any(line.endswith(" ") for line in told.out.splitlines())


def test_the_faults_are_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["check-rp", "--list", "--only", "nonce", "--json"]) == 0
    assert [fault["name"] for fault in json.loads(capsys.readouterr().out)] == ["nonce"]
    assert main(["check-rp", "--list", "--only", "signature"]) == 0
    assert "alg-none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        ([], 2, "login_missing"),
        (["http://127.0.0.1:1/login", "--only", "nonse"], 2, "fault_unknown"),
        (["http://127.0.0.1:1/login", "--patience", "0", "--port", "0"], 5, "no_platform"),
        (["http://127.0.0.1:1/login", "--simulator", "http://127.0.0.1:1"], 5, "no_simulator"),
    ],
)
def test_what_keeps_a_check_from_being_made_is_one_line_and_a_code(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, name: str
):
    assert main(["check-rp", *arguments]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.strip().endswith(f"[{name}]")


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["check-rp", "http://127.0.0.1:1/login", "--port", port]) == 5
    told = capsys.readouterr().err
    assert "Give another --port and your platform the issuer with that port, or name" in told
    assert "[cannot_listen]" in told
