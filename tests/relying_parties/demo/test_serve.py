"""Starting a demo platform as the contract says: environment, port or inherited socket."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from relying_parties.demo.settings import Settings, SettingsError

ENVIRONMENT = {
    "NETWORK_ID_ISSUER": "http://localhost:1",
    "NETWORK_ID_CLIENT_ID": "client",
    "NETWORK_ID_CLIENT_SECRET": "a-client-secret",
    "PLATFORM_URL": "http://localhost:2/",
    "PLATFORM_SECRET": "a-secret-that-signs",
}
ROOT = Path(__file__).parents[3]


def start(name: str, *arguments: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", f"relying_parties.{name}", *arguments],
        env={"PATH": os.environ["PATH"], **ENVIRONMENT},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        pass_fds=pass_fds,
    )


@pytest.mark.parametrize("name", ["shop", "forum"])
def test_it_serves_an_inherited_socket_and_logs_no_query(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        fd = listening.fileno()
        process = start(name, "--fd", str(fd), pass_fds=(fd,))
        try:
            assert httpx2.get(f"{url}/healthz", timeout=20).text == "ok"
            page = httpx2.get(f"{url}/callback?code=a-secret-code&state=x", timeout=20)
            assert page.status_code == 503
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=10)
    assert b"sign-in refused: provider-unavailable" in errors
    assert b"a-secret-code" not in errors


def test_it_serves_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start("shop", "--port", str(port))
    try:
        assert _answers(f"http://127.0.0.1:{port}/healthz")
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _answers(url: str) -> bool:
    for _ in range(200):
        try:
            return httpx2.get(url).status_code == 200
        except httpx2.ConnectError:
            time.sleep(0.05)
    return False


@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_a_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        Settings.from_environment({n: v for n, v in ENVIRONMENT.items() if n != missing})


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="PLATFORM_SECRET"):
        Settings.from_environment({**ENVIRONMENT, "PLATFORM_SECRET": "short"})


def test_no_secret_is_in_the_repr_and_the_redirect_uri_has_one_slash() -> None:
    settings = Settings.from_environment(ENVIRONMENT)
    assert settings.redirect_uri == "http://localhost:2/callback"
    assert not re.search("a-client-secret|a-secret-that-signs", repr(settings))
