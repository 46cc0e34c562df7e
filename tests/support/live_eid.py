"""The electronic identity of `tests.support.eid` as a running process, and how tests steer it."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

from tests.support.eid import CLIENT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 30
VERIFIED_CLAIMS: Final[dict[str, Any]] = {
    "kind": "verified_claims",
    "trust_framework": "eidas",
    "levels": {"low": "low", "substantial": "substantial", "high": "high"},
    "documents": {"idcard": "national_id"},
}
FLAT: Final[dict[str, Any]] = {
    "kind": "flat",
    "document": "national_id",
    "number": "citizen_number",
    "country": "CN",
    "levels": {"https://eid.example/high": "high"},
}


def http() -> httpx2.Client:
    """A client for plain HTTP. It reads no certificates, which takes longer than any answer."""
    return httpx2.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@dataclass
class LiveEid:
    """A running provider."""

    issuer: str

    def steer(self, **control: Any) -> None:
        """Say what it does next, all of it."""
        with http() as there:
            there.post(f"{self.issuer}/_control", json=control).raise_for_status()

    def seen(self) -> list[dict[str, str]]:
        """What it was asked, in order."""
        with http() as there:
            found: list[dict[str, str]] = there.get(f"{self.issuer}/_seen").json()
        return found

    def settings(self, **changes: Any) -> dict[str, Any]:
        """An entry of the file of upstreams."""
        return {
            "id": "city",
            "name": "City eID",
            "name#zh-Hans": "城市电子身份",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "id_token_alg": "ES256",
            "claims": VERIFIED_CLAIMS,
        } | changes


def write_settings(folder: Path, *entries: dict[str, Any]) -> Path:
    """Write the file that `IDP_UPSTREAMS_FILE` names."""
    file = folder / "upstreams.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    return file


@contextmanager
def running_eid() -> Iterator[LiveEid]:
    """Run the provider for the length of the block."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.support.eid", str(port)], cwd=ROOT)
    try:
        issuer = f"http://127.0.0.1:{port}"
        _wait(process, issuer)
        yield LiveEid(issuer)
    finally:
        process.kill()  # it keeps nothing, and may be asleep on purpose
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], issuer: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with http() as there:
                there.get(f"{issuer}/jwks")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the electronic identity did not start")
