"""The command networkid: it is ready, says so, and refuses what would be dangerous or wrong."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from network_id_simulator.cli import main
from network_id_simulator.cli.failure import ExitCode
from network_id_simulator.cli.simulating import line
from network_id_simulator.serving import listen

from tests.support.simulator import World

EVERY = "0.0.0.0"  # noqa: S104 - to be refused
PROGRAM = [sys.executable, "-m", "network_id_simulator"]


def test_it_says_when_it_is_ready_and_ctrl_c_ends_it(tmp_path: Path):
    config = tmp_path / "simulator.json"
    config.write_text(json.dumps({"persona": "minor", "faults": {"nonce": "until reset"}}))
    command = [*PROGRAM, "simulator", "--port", "0", "--json", "--config", str(config)]
    command += ["--client-id", "shop", "--client-secret", "s3cret"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        shown = httpx2.delete(ready["config_url"], trust_env=False).json()  # as it was started
        httpx2.post(f"{ready['issuer']}/token", data={"code": "a-secret"}, trust_env=False)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode in {ExitCode.INTERRUPTED, -signal.SIGINT}
    assert shown["issuer"] == ready["issuer"] == f"http://127.0.0.1:{ready['port']}"
    assert shown["persona"] == "minor"
    assert shown["faults"] == {"nonce": "until reset"}
    assert [client["client_id"] for client in shown["clients"]] == ["shop"]
    assert "Never let it sign in real people" in told
    assert "<- POST /token 401 client_authentication_missing" in told
    assert "a-secret" not in told


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit code, and the stable code of the one line that says why."""
    code = main(["simulator", "--json", *arguments])
    return code, json.loads(capsys.readouterr().err.splitlines()[-1])["error"]


WRONG = {
    "another address": (["--host", EVERY], ExitCode.USAGE, "public_address"),
    "an address without a name": (
        ["--host", EVERY, "--public"],
        ExitCode.USAGE,
        "issuer_missing",
    ),
    "an issuer with a slash": (
        ["--issuer", "https://a.example/"],
        ExitCode.USAGE,
        "issuer_refused",
    ),
    "a secret of nobody": (["--client-secret", "x"], ExitCode.USAGE, "client_id_missing"),
    "an unknown persona": (["--persona", "nobody"], ExitCode.INPUT, "invalid_config"),
    "an unknown algorithm": (["--alg", "none"], ExitCode.INPUT, "invalid_config"),
    "no such file": (["--config", "/nowhere.json"], ExitCode.INPUT, "config_unreadable"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], mistake: str):
    arguments, exit_code, code = WRONG[mistake]
    assert fails(capsys, *arguments) == (exit_code, code)


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]):
    with listen() as taken:
        port = str(taken.getsockname()[1])
        assert fails(capsys, "--port", port) == (ExitCode.UNAVAILABLE, "cannot_listen")
        main(["simulator", "--port", port])
        assert "your platform the issuer with that port" in capsys.readouterr().err
        main(["simulator", "--port", port, "--issuer", "http://stays.example"])
        assert "your platform the issuer" not in capsys.readouterr().err


def test_a_file_with_a_mistake_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    config = tmp_path / "simulator.json"
    for text, code in (("{", "config_unreadable"), ('{"faults": {"x": 1}}', "invalid_config")):
        config.write_text(text)
        assert fails(capsys, "--config", str(config)) == (ExitCode.INPUT, code)


def test_help_is_a_page(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == ExitCode.DONE
    told = capsys.readouterr().out
    assert "simulator" in told
    assert "Exit codes" in told


async def test_a_line_of_the_terminal_holds_no_secret(world: World):
    await world.sign_in()
    lines = [line(entry) for entry in world.simulator.journal.entries()]
    assert lines[:2] == ["<- GET /authorize 303", "<- POST /token 200"]
    for entry in world.simulator.journal.entries():
        secrets = [value for name, value in entry.parameters.items() if name in entry.secret]
        assert not [secret for secret in secrets if secret in "\n".join(lines)]
