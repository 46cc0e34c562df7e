import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Idp, start
from tests.support.postgres import Postgres

LONG = 60  # seconds; a busy machine takes its time to import


@contextlib.contextmanager
def serving(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start("serve", "--home", home, "--port", str(port), *options)
    try:
        wait_for(port, process)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=2)
        except OSError:
            time.sleep(0.1)
        else:
            answer.close()
            return
    process.kill()
    pytest.fail(f"not ready: {process.communicate()}")


def test_an_instance_is_served_and_ends_in_order(home: Path):
    with serving(home) as (process, port):
        address = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
        with urllib.request.urlopen(address, timeout=5) as answer:
            assert json.load(answer)["issuer"] == "https://id.example"
            assert answer.headers["server"] is None
        process.terminate()
        _, log = process.communicate(timeout=LONG)

    assert process.returncode == 0
    assert "Traceback" not in log


def listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_an_old_schema_is_refused_with_the_command_to_run(home: Path):
    (home / "provider.sqlite3").unlink()

    process = start("serve", "--home", home, "--port", "0")
    _, said = process.communicate(timeout=LONG)

    assert process.returncode == 3
    assert said.count("\n") == 1
    assert f"IDP_HOME={home} idp migrate" in said


def test_keys_that_are_not_here_stop_the_start_in_one_line(home: Path, idp: Idp):
    """A machine whose keys folder is of another time would sign with nothing."""
    with contextlib.closing(sqlite3.connect(home / "provider.sqlite3")) as file, file:
        file.execute(
            "INSERT INTO signing_keys (kid, alg, state, public_jwk, published_at)"
            " VALUES ('lost', 'ES256', 'active', '{}', 1)"
        )

    refused = idp("serve", "--home", home)

    assert refused.code == 3
    assert "the private half of lost" in refused.err
    assert refused.err.count("\n") == 1


def test_loose_permissions_are_refused_with_the_command_to_run(home: Path, idp: Idp):
    (home / "wrapping.key").chmod(0o644)

    refused = idp("serve", "--home", home)

    assert refused.code == 3
    assert f"chmod 600 {home / 'wrapping.key'}" in refused.err


@pytest.mark.parametrize("name", ["IDP_UPSTREAMS_FILE", "IDP_STATEMENT_ISSUERS_FILE"])
@pytest.mark.parametrize("command", ["serve", "serve --workers 2", "doctor"])
def test_a_file_that_the_settings_name_and_nobody_can_use_is_told_in_one_line(
    home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch, name: str, command: str
):
    """Found first in a worker it would be a traceback, and another one with each that follows."""
    monkeypatch.setenv(name, str(home / "nothing.json"))

    refused = idp(*command.split(), "--home", home)

    assert refused.code == 3
    assert refused.err.count("\n") == 1
    assert f"{name}: {home / 'nothing.json'}: No such file" in refused.err


def test_a_port_that_is_taken_is_told_in_one_line(home: Path, idp: Idp):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = idp("serve", "--home", home, "--port", str(taken.getsockname()[1]))

    assert refused.code == 5
    assert "Address already in use. Give another --host or --port [" in refused.err


@pytest.mark.parametrize(
    ("setting", "change"),
    [("IDP_PORT", "IDP_ISSUER"), ("IDP_MANAGEMENT_PORT", "IDP_MANAGEMENT_PORT")],
)
def test_what_must_change_together_with_a_port_that_is_taken_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, setting: str, change: str
):
    """A provider on another port than its issuer's would send everybody to whoever has that one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("IDP_PORT", "0")
        monkeypatch.setenv(setting, str(port))
        monkeypatch.setenv("IDP_ISSUER", f"http://localhost:{port}")
        process = start("serve", "--home", home)
        _, said = process.communicate(timeout=LONG)

    assert process.returncode == 5
    assert said.count("\n") == 1
    _, _, advice = said.partition("Address already in use. ")
    assert f"change {change}" in advice.replace("Change", "change")


def test_a_descriptor_that_is_no_socket_is_told(home: Path, idp: Idp):
    reader, writer = os.pipe()
    os.close(writer)

    refused = idp("serve", "--home", home, "--fd", str(reader))

    assert refused.code == 2
    assert "not_a_socket" in refused.err


def test_a_certificate_that_cannot_be_read_is_told(
    home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("IDP_TLS_CERT", str(home / "none.pem"))
    monkeypatch.setenv("IDP_TLS_KEY", str(home / "none.key"))

    refused = idp("serve", "--home", home)

    assert refused.code == 3
    assert "tls_refused" in refused.err


def test_a_sandbox_among_real_people_does_not_start_and_says_why(home: Path):
    # An instance that says of itself that it is a sandbox, on a public issuer, unconfirmed.
    process = start("serve", "--home", home, "--port", "0", IDP_SANDBOX="true")
    _, said = process.communicate(timeout=LONG)

    assert process.returncode == 3
    assert "IDP_SANDBOX_ISSUER" in said


def test_ctrl_c_is_an_orderly_end(home: Path):
    with serving(home) as (process, _):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONG)

    assert process.returncode == 0


def test_an_instance_on_postgresql_is_served(tmp_path: Path, idp: Idp, postgres: Postgres):
    home = tmp_path / "instance"
    databases = ["--database-url", postgres.new_database()]
    databases += ["--enrolment-database-url", postgres.new_database()]
    assert idp("init", home, "--sandbox", *databases).code == 0
    with (
        serving(home) as (_, port),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/signin", timeout=5) as answer,
    ):
        assert b'data-testid="persona-newcomer"' in answer.read()


SERVED = """
import sys
from idp.cli import main
main(["serve", "--home", sys.argv[1], "--port", sys.argv[2]])
print(*sys.modules)
"""
UNNEEDED = {
    "OpenSSL",
    "alembic",
    "authlib.integrations.httpx_client",
    "fido2.attestation",
    "fido2.server",
    "fido2.webauthn",
    "idp.cli.commands",
    "mako",
    "pyasn1",
    "rich",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
}


def loaded(home: Path) -> set[str]:
    """Return the names of all that a server has loaded from its start to its end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVED, str(home), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_for(port, process)
        process.terminate()
        told, _ = process.communicate(timeout=LONG)
    finally:
        process.kill()
    return set(told.split())


def test_a_server_holds_nothing_that_only_other_commands_use(home: Path):
    found = loaded(home)
    assert "idp.cli.serving" in found
    assert UNNEEDED & found == set()
    # The database is a file.
    assert {"asyncpg", "sqlalchemy.dialects.postgresql"} & found == set()


def test_a_server_on_postgresql_does_not_hold_the_orm(tmp_path: Path, idp: Idp, postgres: Postgres):
    home = tmp_path / "instance"
    databases = ["--database-url", postgres.new_database()]
    databases += ["--enrolment-database-url", postgres.new_database()]
    assert idp("init", home, *databases).code == 0
    found = loaded(home)
    assert "asyncpg" in found
    assert (UNNEEDED | {"sqlalchemy.dialects.sqlite"}) & found == set()
