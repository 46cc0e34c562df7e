"""The README is true: its table is the table, its commands work, its tests pass."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx2
from network_id_simulator import PERSONAS, serving
from network_id_simulator.handle import Provider

from tests.support.fault_table import TARGET, render

README = TARGET.read_text(encoding="utf-8")
QUICKSTART = Path(__file__).parents[3] / "docs" / "quickstart.md"


def test_the_table_of_faults_is_not_stale():
    assert render(README) == README, "run: python -m tests.support.fault_table"


def test_every_persona_is_told():
    assert set(re.findall(r"^\| `(\w+)` \| (?:signs|says|may)", README, re.MULTILINE)) == set(
        PERSONAS
    )


def test_every_command_does_something():
    commands = re.findall(r"^curl (.+)$", README, re.MULTILINE)
    assert len(commands) > 8
    with serving() as simulator:
        simulator.config.change({"backchannel_logout_uri": "http://127.0.0.1:9/"})
        for command in commands:
            method, url, body = read(command)
            local = url.replace("http://127.0.0.1:8400", simulator.issuer)
            answer = httpx2.request(method, local, json=body, trust_env=False)
            expected = 409 if url.endswith("/logout") else 200  # nobody has signed in
            assert answer.status_code == expected, command


def read(command: str) -> tuple[str, str, object]:
    """Return method, address and body of a curl command."""
    words = iter(shlex.split(command))
    method, url, body = "GET", "", None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            assert next(words) == "Content-Type: application/json"
        elif word == "-d":
            body = json.loads(next(words))
        else:
            url = word
    return method, url, body


def test_the_tests_in_it_pass_at_the_app_of_the_quickstart_where_sockets_are_closed(tmp_path: Path):
    (found,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    app = re.findall(r"```python\n(.+?)```", QUICKSTART.read_text(encoding="utf-8"), re.DOTALL)[0]
    (tmp_path / "app.py").write_text(app, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_login.py").write_text(found, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "network_id_simulator.pytest_plugin", "--disable-socket"]
    command += ["--allow-unix-socket", "tests"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "2 passed" in run.stdout, run.stdout


def test_the_fixture_has_what_is_told_of_it():
    table = README.split("## From pytest")[1].split("## From any language")[0]
    names = set(re.findall(r"`(?:await )?\.(\w+)", table))
    assert names - {"at", "parameters", "headers", "status", "refused", "notes"} <= set(
        dir(Provider)
    )
