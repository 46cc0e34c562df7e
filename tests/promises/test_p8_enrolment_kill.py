"""P8 across kill -9: a proof is used for one account, at whichever step its process dies."""

import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from idp import app as joining
from idp.domain.refusal import Cause, Refusal
from idp.services import housekeeping
from idp.services.enrolment import RESERVATION_SECONDS, NewAccount
from idp.settings import load
from idp.storage import people, vouchers
from idp.web.site import Services
from tests.support.registrar import proof_of
from tests.support.time import FrozenClock

ROOT = Path(__file__).parents[2]
NUMBER = "GB 532 998 417"
# Enrols with the proof it is told, and dies by SIGKILL when it comes to the step it is told.
NODE = """
import asyncio, importlib, os, signal, sys
from pathlib import Path
from idp import app as joining
from idp.services.enrolment import NewAccount
from idp.settings import load

home, tag, module, name = sys.argv[1:]

async def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    settings = load(Path(home))
    parts = joining.parts_of(settings, joining.open_keystore(settings))
    async with parts.opened():
        services = joining.build_services(parts)
        voucher = bytes.fromhex(tag)
        identity = await services.vouchers.open(voucher)
        setattr(importlib.import_module(f"idp.storage.{module}"), name, die)
        account = NewAccount(services.enrolment.new_user_id(), voucher=voucher)
        await services.enrolment.create(identity, account)

asyncio.run(main())
"""
# Each step, and whether somebody's account is there when it never comes.
STEPS = {
    ("enrolments", "reserve"): 0,
    ("vouchers", "hold"): 0,
    ("people", "add"): 0,
    ("enrolments", "confirm"): 1,
    ("vouchers", "spend_held"): 1,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed") / "instance"
    command = [sys.executable, "-m", "idp.cli", "init", str(folder)]
    subprocess.run(
        [*command, "--issuer", "http://localhost:8000"], check=True, cwd=ROOT, capture_output=True
    )
    return folder


@pytest.fixture
async def parts(home: Path) -> AsyncIterator[joining.Parts]:
    settings = load(home)
    opened = joining.parts_of(settings, joining.open_keystore(settings))
    async with opened.opened():
        yield opened


def later(parts: joining.Parts) -> joining.Parts:
    """The same instance when every reservation of now has expired."""
    return replace(parts, clock=FrozenClock(int(time.time()) + RESERVATION_SECONDS + 1))


def killed_at(home: Path, tag: bytes, step: tuple[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NODE, str(home), tag.hex(), *step],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


async def create(services: Services, tag: bytes) -> bytes | None:
    identity = await services.vouchers.open(tag)
    account = NewAccount(services.enrolment.new_user_id(), voucher=tag)
    return await services.enrolment.create(identity, account)


@pytest.mark.parametrize("step", STEPS, ids=".".join)
async def test_p8_a_proof_is_used_once_whenever_its_process_is_killed(
    home: Path, parts: joining.Parts, step: tuple[str, str]
):
    services = joining.build_services(parts)
    identity = services.enrolment.identity(await proof_of(f"{NUMBER} {[*STEPS].index(step)}"))
    tag = await services.vouchers.deposit(identity)
    before = await people.count(parts.database, sandbox=False)

    killed_at(home, tag, step)
    resolved = later(parts)
    survivors = joining.build_services(resolved)
    await housekeeping.prune_enrolments(parts.enrolment_store, survivors.enrolment, resolved.clock)

    there = STEPS[step]
    assert await people.count(parts.database, sandbox=False) == before + there
    assert (await survivors.enrolment.find(identity) is not None) == bool(there)
    waiting = await vouchers.find(parts.enrolment_store, tag)
    assert (waiting is None) == bool(there)  # neither lost, nor there for a second use
    if waiting is not None:
        assert waiting["holder"] is None
        assert await create(survivors, tag) is not None
    with pytest.raises(Refusal) as refused:
        await create(survivors, tag)
    assert refused.value.cause is Cause.ENROLMENT_CODE_UNKNOWN
    assert await people.count(parts.database, sandbox=False) == before + 1
