"""Our provider as the suite meets it: an instance of its own, in sandbox mode, over TLS."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from joserfc.jwk import ECKey, RSAKey

from tests.conformance.configuration import HERE, Place, load

ROOT: Final = HERE.parents[1]
_CLIENTS: Final = "clients.json"
_READY_SECONDS: Final = 60
_STOP_SECONDS: Final = 20


@dataclass(frozen=True)
class Tls:
    """Certificate and key of the provider, and the authority that signed the suite's."""

    certificate: Path
    key: Path
    ca: Path


def prepare(folder: Path, place: Place, tls: Tls) -> None:
    """Make the instance in ``folder`` and register our own clients."""
    home, port = folder / "instance", urlsplit(place.issuer).port or 443
    _idp("init", str(home), "--issuer", place.issuer, "--port", str(port))
    suite = urlsplit(place.suite)
    settings = {
        "IDP_SANDBOX": "true",
        "IDP_SANDBOX_ISSUER": place.issuer,
        "IDP_TLS_CERT": tls.certificate.resolve(),
        "IDP_TLS_KEY": tls.key.resolve(),
        "IDP_OUTBOUND_ALLOW": f"{suite.hostname}:{suite.port or 443}",
        "IDP_OUTBOUND_CA": tls.ca.resolve(),
        "IDP_REGISTRATION": "open",
    }
    with (home / "settings.env").open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in settings.items())
    clients = {name: _register(home, place, one) for name, one in load("clients.json").items()}
    # Secrets and private keys, of this instance only; the last file made.
    (folder / _CLIENTS).touch(mode=0o600)
    (folder / _CLIENTS).write_text(json.dumps(clients, indent=2), encoding="utf-8")


def is_prepared(folder: Path) -> bool:
    """Tell whether ``prepare`` came to its end; half an instance is refused by `idp init`."""
    return (folder / _CLIENTS).exists()


def clients(folder: Path) -> dict[str, Any]:
    """Return the clients that were registered, each as the suite wants to be told of it."""
    found: dict[str, Any] = json.loads((folder / _CLIENTS).read_text(encoding="utf-8"))
    return found


@contextmanager
def served(folder: Path, place: Place, ca: Path) -> Iterator[None]:
    """Serve the instance for the length of the block; what it logs goes into ``provider.log``."""
    command = [sys.executable, "-m", "idp.cli", "serve", "--home", str(folder / "instance")]
    with (folder / "provider.log").open("ab") as log:
        process = subprocess.Popen(command, env=_environment(), stdout=log, stderr=log, cwd=ROOT)
    try:
        _wait(f"{place.issuer}/healthz/ready", ca)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_STOP_SECONDS)


def stage_keys(folder: Path, place: Place, ca: Path) -> None:
    """Publish a new signing key of each kind, as an operator does, and wait until it is served."""
    home = str(folder / "instance")
    for alg in ("RS256", "ES256"):
        _idp("keys", "stage", "--alg", alg, "--home", home)
    keys = json.loads(_idp("keys", "list", "--json", "--home", home))
    wanted = {key["kid"] for key in keys if key["state"] == "published"}
    until = time.monotonic() + _READY_SECONDS
    with httpx2.Client(verify=str(ca)) as there:
        while time.monotonic() < until:
            served = there.get(f"{place.issuer}/jwks").json()["keys"]
            if wanted <= {key["kid"] for key in served}:
                return
            time.sleep(1)
    raise SystemExit("the new keys are not served")


def _register(home: Path, place: Place, template: dict[str, Any]) -> dict[str, Any]:
    metadata = place.fill(template)
    key = _key(metadata.get("token_endpoint_auth_signing_alg"))
    if key is not None:
        metadata["jwks"] = {"keys": [key.as_dict(private=False)]}
    asked = ("clients", "add", "--file", "-", "--json", "--home", str(home))
    made = json.loads(_idp(*asked, given=json.dumps(metadata)))
    told: dict[str, Any] = {"client_id": made["client_id"]}
    if "client_secret" in made:
        told["client_secret"] = made["client_secret"]
    if key is not None:
        told["jwks"] = {"keys": [key.as_dict(private=True)]}
    return told


def _key(alg: str | None) -> RSAKey | ECKey | None:
    """Return a new key of a client; it names its algorithm, since the suite goes by that."""
    parameters: Any = {"alg": alg, "use": "sig"}
    if alg == "PS256":
        return RSAKey.generate_key(2048, parameters, auto_kid=True)
    return ECKey.generate_key("P-256", parameters, auto_kid=True) if alg else None


def _idp(*arguments: str, given: str | None = None) -> str:
    command = [sys.executable, "-m", "idp.cli", *arguments]
    done = subprocess.run(
        command,
        env=_environment(),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(f"idp {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}


def _wait(address: str, ca: Path) -> None:
    until = time.monotonic() + _READY_SECONDS
    with httpx2.Client(verify=str(ca)) as there:
        while time.monotonic() < until:
            try:
                there.get(address).raise_for_status()
            except httpx2.HTTPError:
                time.sleep(0.2)
            else:
                return
    raise SystemExit(f"{address} does not answer; see provider.log")
