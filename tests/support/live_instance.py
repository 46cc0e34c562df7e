"""An instance as an operator runs it: `idp init`, `idp serve`, no practice mode, a shop, an eID."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx2

from idp.cli.demo.platforms import PLATFORMS
from tests.support.eid import BORN, VERIFICATION
from tests.support.live_demo import READY_SECONDS, ROOT, SHOP, STOP_SECONDS, LiveDemo
from tests.support.live_eid import VERIFIED_CLAIMS, LiveEid, http, write_settings
from tests.support.ports import free_ports
from tests.support.preloaded import launcher

EID: Final = "city"
CALLBACK: Final = f"/enrol/upstream/{EID}/callback"


@contextmanager
def running_instance(folder: Path, eid: LiveEid) -> Iterator[LiveDemo]:
    """Run it for the length of the block; the eID knows its key and its address then."""
    issuer, shop = (f"http://localhost:{port}" for port in free_ports(2))
    home, port = folder / "instance", issuer.rpartition(":")[2]
    made = launcher().run("init", str(home), "--issuer", issuer, "--port", port)
    assert made.code == 0, made.err
    live = LiveDemo(issuer, shop, shop, (), home, others=(eid.issuer,))
    platform = next(one for one in PLATFORMS if one.client_id == SHOP)
    mapped = VERIFIED_CLAIMS | {"documents": {"passport": "passport"}}
    upstreams = write_settings(folder, eid.settings(claims=mapped))
    registered = live.add_client(**platform.document(shop), application_type="native")
    with ExitStack() as stack:
        server = launcher().start(
            "serve",
            *("--home", str(home)),
            log=folder / "server.log",
            IDP_UPSTREAMS_FILE=str(upstreams),
            IDP_DOCUMENTS="passport",
            IDP_OUTBOUND_ALLOW=shop.removeprefix("http://"),  # for its logouts
        )
        stack.callback(launcher().stop, server, signal.SIGTERM, seconds=STOP_SECONDS)
        variables = {
            "NETWORK_ID_ISSUER": issuer,
            "NETWORK_ID_CLIENT_ID": registered["client_id"],
            "NETWORK_ID_CLIENT_SECRET": registered["client_secret"],
            "PLATFORM_URL": shop,
            "PLATFORM_SECRET": "a secret of the tests",
        }
        shop_port = shop.rpartition(":")[2]
        stack.enter_context(
            _program(folder, "relying_parties.shop", "--port", shop_port, **variables)
        )
        _wait(f"{issuer}/healthz/ready")
        _wait(shop)
        yield live


def meet(eid: LiveEid, instance: LiveDemo, number: str) -> None:
    """Let the eID know the instance, and have somebody with this passport number before it."""
    with http() as there:
        jwks = there.get(f"{instance.issuer}/enrol/upstream/jwks.json").json()
    details = {
        "type": "passport",
        "document_number": number,
        "issuer": {"country_code": "GBR"},
    }
    evidence = [{"type": "document", "document_details": details}]
    verified = {
        "verification": VERIFICATION | {"evidence": evidence},
        "claims": {"birthdate": BORN},
    }
    eid.steer(
        jwks=jwks,
        redirect_uris=[instance.issuer + CALLBACK],
        claims={"verified_claims": verified},
    )


@contextmanager
def _program(folder: Path, module: str, *arguments: str, **variables: str) -> Iterator[None]:
    with (folder / f"{module}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _wait(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with http() as there:
        while time.monotonic() < deadline:
            try:
                there.get(address).raise_for_status()
            except httpx2.HTTPError:
                time.sleep(0.1)
            else:
                return
    raise AssertionError(f"{address} does not answer")
