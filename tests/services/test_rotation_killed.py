"""A rotation that is killed between any two statements is gone on with (promise P7)."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from idp.app import build_services
from idp.domain import rotation as domain_rotation
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.rotation import Step
from idp.domain.signing_key import KeyState
from idp.web.site import Services
from tests.support.provider import Provider
from tests.support.rotating import (
    Front,
    Killed,
    Mortal,
    Shelf,
    days,
    kids_in,
    minute,
    ripen,
    started,
    states,
)
from tests.support.time import FrozenClock

PERIOD = 90


@pytest.fixture
def front() -> Front:
    return Front()


def mortal(provider: Provider, statements: int) -> Services:
    database: Any = Mortal(provider.parts.database, statements)
    return build_services(replace(provider.parts, database=database))


async def killed(provider: Provider, statements: int) -> bool:
    """Run the schedule in a process that ends after so many statements; tell whether it did."""
    services = mortal(provider, statements)
    try:
        await services.rotation.run()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("step", list(Step))
async def test_p7_killed_between_any_two_statements_the_next_run_goes_on(
    tmp_path: Path, front: Front, monkeypatch: pytest.MonkeyPatch, step: Step
):
    # One algorithm is as good as four, and a quarter of the places to be killed in.
    monkeypatch.setattr(domain_rotation, "ALGORITHMS", ("ES256",))
    async with started(tmp_path, front) as provider:
        await lead_to(step, provider)
        due = [one.step for one in (await provider.services.rotation.status()).coming.values()]
        assert due == [step]
        before = sqlite3.connect(":memory:")
        driver_of(provider).backup(before)
        statements = 0
        while await survives(again(provider, before, front), statements):
            statements += 1
        before.close()
    assert statements > 5


def driver_of(provider: Provider) -> sqlite3.Connection:
    database: Any = provider.parts.database
    driver: sqlite3.Connection = database._writer
    return driver


def again(provider: Provider, before: sqlite3.Connection, front: Front) -> Provider:
    """The same instance at the same moment, as if nothing had happened since."""
    before.backup(driver_of(provider))
    clock, store = FrozenClock(provider.clock.now()), Shelf.of(provider.parts.keystore)
    parts = replace(provider.parts, clock=clock, keystore=store)
    anew = Provider(provider.app, parts, build_services(parts), clock)
    front.stand_before(anew)
    return anew


async def lead_to(step: Step, provider: Provider) -> None:
    """Let time pass until this is the step that is due."""
    if step is Step.STAGE:
        return
    await minute(provider, 2)
    if step is Step.WITHDRAW:
        store = provider.parts.keystore
        assert isinstance(store, Shelf)
        waiting = await kids_in(KeyState.PUBLISHED, provider)
        store._signers = tuple(one for one in store.signers() if one.kid not in waiting)
        provider.services.keys.take(store.signers())
        await ripen(provider)
        return
    provider.clock.advance(PERIOD * SECONDS_PER_DAY)
    if step is Step.REMOVE:
        await minute(provider, 2)
        provider.clock.advance(SECONDS_PER_DAY)
    await provider.services.key_lives.keep_up()


async def survives(provider: Provider, statements: int) -> bool:
    """Kill one run after so many statements, live on, and look; False when it was not killed."""
    await provider.services.key_lives.keep_up()
    if not await killed(provider, statements):
        return False
    for _ in range(3):
        await days(provider, 1)
    found = (await states(provider))["ES256"]
    assert (found["active"], found["published"], found["retired"]) == (1, 1, 0), found
    keys = await provider.services.key_lives.everyone()
    live = {KeyState.ACTIVE, KeyState.PUBLISHED}
    kids = {signer.kid for signer in provider.parts.keystore.signers()}
    assert kids == {key.kid for key in keys if key.state in live}
    assert (await provider.services.rotation.status()).problems == {}
    return True
