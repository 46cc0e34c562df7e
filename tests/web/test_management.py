"""The management port: who is told what, and when a node is alive and ready."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from idp.app import management as managing
from idp.domain.signing_key import Policy
from idp.services.observation import KEPT_SECONDS, Observation
from idp.storage import health, notices
from idp.storage.connect import connect
from idp.storage.database import Unavailable
from idp.storage.schema import Store
from idp.web.management import Management
from tests.support.browser_like import Answer, Browser
from tests.support.internet import Internet
from tests.support.metrics import beat, metrics_of, scraped, value, watching
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.rows import add_grant
from tests.support.time import FrozenClock


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, management_port=0, internet=Internet()) as started:
        beat(started)
        yield started


async def probe(provider: Provider, what: str = "ready") -> Answer:
    return await watching(provider).get(f"/healthz/{what}")


def failed(answer: Answer) -> set[str]:
    checks: dict[str, str] = answer.json()["checks"]
    return {name for name, told in checks.items() if told != "ok"}


async def test_a_node_in_order_is_alive_and_ready(provider: Provider):
    for what in ("live", "ready"):
        answer = await probe(provider, what)
        assert (answer.status, answer.json()["status"]) == (200, what)
        assert answer.headers["cache-control"] == "no-store"


async def test_a_node_whose_keys_are_stale_beyond_the_margin_is_not_ready(provider: Provider):
    """It would go on serving a JWKS that lacks the key another node signs with (promise P7)."""
    provider.clock.advance(Policy().margin)
    beat(provider)
    assert (await probe(provider)).status == 200
    assert (await provider.browser().get("/healthz/ready")).status == 200
    provider.clock.advance(1)
    beat(provider)
    answer = await probe(provider)
    assert (answer.status, failed(answer)) == (503, {"keys"})
    assert (await provider.browser().get("/healthz/ready")).status == 503
    metrics_of(provider).keys_loaded(provider.services.readiness.keys_loaded())
    assert (await probe(provider)).status == 200
    assert (await provider.browser().get("/healthz/ready")).status == 200


async def test_a_node_whose_hardware_module_is_silent_is_not_ready(provider: Provider):
    provider.services.readiness.keystore_answers = False
    beat(provider)
    assert failed(await probe(provider)) == {"keystore"}
    assert (await provider.browser().get("/healthz/ready")).status == 503
    assert value(await scraped(provider), "netid_keystore_up") == 0


async def test_a_node_that_was_told_to_stop_is_alive_and_not_ready(provider: Provider):
    provider.services.readiness.draining = True
    beat(provider)
    assert failed(await probe(provider)) == {"staying"}
    assert (await probe(provider, "live")).status == 200
    told = await provider.browser().get("/healthz/ready")
    assert (told.status, told.headers["retry-after"]) == (503, "5")
    assert (await provider.browser().get("/jwks")).status == 200


async def test_a_node_whose_loop_hangs_is_not_alive(provider: Provider):
    provider.clock.advance(managing.STUCK_SECONDS + 1)
    assert (await probe(provider, "live")).status == 503
    assert "event_loop" in failed(await probe(provider))


async def test_a_node_that_has_not_begun_is_not_ready_and_no_reason_to_restart(tmp_path: Path):
    async with running(tmp_path, management_port=0) as begun:
        assert failed(await probe(begun)) == {"serving"}
        assert (await probe(begun, "live")).status == 200


async def test_a_node_with_the_schema_of_another_version_is_not_ready(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    async def other(_self: object, _connection: object) -> bool:
        return False

    monkeypatch.setattr(health.Revision, "serves", other)
    assert failed(await probe(provider)) == {"provider_schema", "enrolment_schema"}


async def test_a_node_whose_database_is_gone_is_not_ready_and_still_tells_its_numbers(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    async def gone(*_: object) -> Any:
        raise Unavailable("gone")

    monkeypatch.setattr(health, "check", gone)
    answer = await probe(provider)
    assert {"provider_database", "enrolment_database"} <= failed(answer)
    assert (await probe(provider, "live")).status == 200
    told = await scraped(provider)
    assert value(told, "netid_database_up", {"store": "provider"}) == 0
    assert value(told, "netid_workers") == 1


async def test_who_scrapes_often_asks_the_database_once(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    ticks, asked = [0.0], 0
    database = connect(provider.parts.settings.database_url)
    look = health.check

    async def counted(connection: Any) -> None:
        nonlocal asked
        asked += 1
        await look(connection)

    monkeypatch.setattr(health, "check", counted)
    observation = Observation(
        {Store.PROVIDER: database}, FrozenClock(), Policy(), ticks=lambda: ticks[0]
    )
    for _ in range(5):
        assert (await observation.look()).up == {Store.PROVIDER: True}
    assert asked == 1
    ticks[0] += KEPT_SECONDS
    await observation.look()
    assert asked == 2
    await observation.close()


@pytest.mark.parametrize("path", ["/", "/token", "/metrics/", "/healthz", "/jwks", "/static/x"])
async def test_there_is_nothing_else_at_the_management_port(provider: Provider, path: str):
    assert (await watching(provider).get(path)).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_the_management_port_only_tells(provider: Provider, method: str):
    answer = await watching(provider).send(method, "/metrics")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "access-control-allow-origin" not in answer.headers


async def test_the_public_port_tells_no_details(provider: Provider):
    browser: Browser = provider.browser()
    assert (await browser.get("/healthz/live")).json() == {"status": "live"}
    assert (await browser.get("/healthz/ready")).json() == {"status": "ready"}
    provider.services.readiness.draining = True
    told = (await browser.get("/healthz/ready")).text
    assert "drain" not in told
    assert "keys" not in told


async def test_every_key_that_is_served_is_told_with_its_age_and_who_lacks_it(provider: Provider):
    lives, clock = provider.services.key_lives, provider.clock
    await lives.keep_up()
    clock.advance(100)
    staged = await lives.stage("ES256")
    clock.advance(11)
    told = await scraped(provider)
    by = {"kid": staged.kid, "alg": "ES256"}
    assert value(told, "netid_signing_key_age_seconds", by | {"state": "published"}) == 11
    active = next(k for k in await lives.everyone() if k.alg == "ES256" and k is not staged)
    by = {"kid": active.kid, "alg": "ES256", "state": "active"}
    assert value(told, "netid_signing_key_age_seconds", by) == 111
    assert value(told, "netid_nodes") == 1
    assert value(told, "netid_signing_key_lacking_nodes", {"kid": staged.kid}) == 1
    assert value(told, "netid_signing_key_lacking_nodes", {"kid": active.kid}) == 0
    await lives.keep_up()
    told = await scraped(provider)
    assert value(told, "netid_signing_key_lacking_nodes", {"kid": staged.kid}) == 0


async def test_an_outbox_that_nobody_empties_is_told(provider: Provider):
    row: dict[str, Any] = {"row_id": b"0" * 16, "facts_sealed": b"", "due_at": provider.clock.now()}
    await notices.add(provider.parts.database, **row)
    provider.clock.advance(400)
    told = await scraped(provider)
    assert value(told, "netid_outbox_waiting", {"outbox": "notices"}) == 1
    assert value(told, "netid_outbox_overdue_seconds", {"outbox": "notices"}) == 400
    assert value(told, "netid_outbox_waiting", {"outbox": "logouts"}) == 0


async def test_what_nobody_sweeps_is_told(provider: Provider):
    database, now = provider.parts.database, provider.clock.now()
    assert value(await scraped(provider), "netid_expired_overdue_seconds") == 0
    await add_grant(database, expires_at=now + 600)
    provider.clock.advance(1000)
    assert value(await scraped(provider), "netid_expired_overdue_seconds") == 400


@pytest.mark.postgres
async def test_over_postgresql_the_clock_and_the_pool_are_told_too(
    tmp_path: Path, postgres: Postgres
):
    urls = [postgres.new_database() for _ in range(2)]
    stores: dict[str, Any] = {"database_url": urls[0], "enrolment_database_url": urls[1]}
    async with running(tmp_path, management_port=0, **stores) as provider:
        beat(provider)
        watcher = watching(provider)
        assert (await watcher.get("/healthz/ready")).status == 200
        page = (await watcher.get("/metrics")).text
        assert value(page, "netid_clock_skew_seconds") != 0  # the clock of the test stands still
        assert value(page, "netid_database_connections_open", {"store": "provider"}) >= 1
        assert isinstance(watcher.app, Management)
        await watcher.app.node.close()


async def test_the_schedule_tells_when_it_ran_and_what_it_waits_for(provider: Provider):
    told = await scraped(provider)
    assert value(told, "netid_key_scheduler_last_run_timestamp_seconds") == 0
    await provider.services.key_lives.keep_up()
    assert await provider.services.rotation.run()
    told = await scraped(provider)
    now = provider.clock.now()
    assert value(told, "netid_key_scheduler_last_run_timestamp_seconds") == now
    assert value(told, "netid_key_next_rotation_timestamp_seconds") > now
    # Nobody answers at the issuer's own address here: seen from outside is nothing.
    assert value(told, "netid_key_rotation_waiting", {"what": "outside"}) == 1
    assert value(told, "netid_key_rotation_waiting", {"what": "ES256"}) == 0
    assert value(told, "netid_key_rotation_failures_total") == 0


async def test_a_step_that_fails_is_counted(provider: Provider, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(type(provider.parts.keystore), "make", full)
    await provider.services.key_lives.keep_up()
    assert await provider.services.rotation.run()
    assert value(await scraped(provider), "netid_key_rotation_failures_total") >= 1
