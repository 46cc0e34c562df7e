"""What is counted: labels from closed sets, no person, no bearer value, clients on wish alone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from idp.observability import scrape
from idp.observability.metrics import CLIENT_SECONDS, ERRORS, MOST_CLIENTS, OTHER, TASKS, Metrics
from idp.protocol.causes import TABLE
from idp.web.middleware import Envelope
from tests.support.jwt import key, signed
from tests.support.logins import Platform
from tests.support.metrics import Samples, beat, samples_of, scraped, value
from tests.support.provider import Provider, running

NOW: Final = 1_767_225_600
CANARY: Final = "hunter2canary"


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, management_port=0) as started:
        yield started


def counting(*, clients: bool = False) -> Metrics:
    return Metrics(CollectorRegistry(), endpoints=["/jwks"], now=NOW, clients=clients)


def page(metrics: Metrics) -> str:
    return scrape.render(metrics.registry.collect()).decode()


def test_what_is_on_no_list_is_counted_as_other():
    metrics = counting()
    metrics.request(f"/{CANARY}", 799, 0.1)
    metrics.authorize(CANARY, CANARY, CANARY)
    metrics.token(CANARY, CANARY, CANARY)
    metrics.failed(CANARY)
    metrics.pool(CANARY, used=1, opened=1, waited=0)
    told = page(metrics)
    assert CANARY not in told
    other = {"outcome": OTHER, "error": OTHER}
    assert value(told, "netid_authorize_total", other) == 1
    assert value(told, "netid_token_total", {"grant": OTHER, "error": OTHER}) == 1
    assert value(told, "netid_requests_total", {"endpoint": OTHER, "status": OTHER}) == 1


def test_every_error_code_that_is_answered_has_a_name_of_its_own():
    assert {told.code for told in TABLE.values()} <= ERRORS
    assert OTHER not in ERRORS


def test_all_work_beside_requests_has_a_name_of_its_own():
    source = (Path(__file__).parents[2] / "idp" / "app" / "web.py").read_text(encoding="utf-8")
    named = set(re.findall(r'watch\.failed\("(\w+)"', source))
    assert len(named) >= 4
    assert named <= TASKS


async def test_a_login_is_counted_by_outcome_grant_and_error(provider: Provider):
    platform, browser = await Platform.register(provider), provider.browser()
    code = await platform.code(browser)
    assert (await platform.redeem(code)).status == 200
    assert (await platform.redeem(code)).status == 400
    await platform.ask(browser, prompt="none", scope="nonsense")
    await browser.get("/authorize?client_id=nobody")
    told = await scraped(provider)
    counted = {
        ("netid_authorize_total", "success", ""): 1,
        ("netid_authorize_total", "error", "invalid_scope"): 1,
        ("netid_authorize_total", "refused", "invalid_request"): 1,
    }
    for (name, outcome, error), count in counted.items():
        assert value(told, name, {"outcome": outcome, "error": error}) == count, told
    assert value(told, "netid_authorize_total", {"outcome": "asked", "error": ""}) >= 2
    grant = {"grant": "authorization_code"}
    assert value(told, "netid_token_total", grant | {"error": ""}) == 1
    assert value(told, "netid_token_total", grant | {"error": "invalid_grant"}) == 1


async def test_time_is_measured_by_route_pattern(provider: Provider):
    await provider.browser().get(f"/clients/{CANARY}/logo.png")
    await provider.browser().get("/jwks")
    told = await scraped(provider)
    pattern = {"endpoint": "/clients/{client_id}/logo.png"}
    assert value(told, "netid_request_seconds_count", pattern) == 1
    assert value(told, "netid_request_seconds_sum", pattern) > 0
    assert value(told, "netid_jwks_requests_total") == 1
    assert CANARY not in told


async def test_nobody_outside_makes_series_grow(provider: Provider):
    """Denial of service by cardinality: every value is new, no series is."""
    platform = await Platform.register(provider)

    async def storm(number: int) -> Samples:
        browser = provider.browser()
        await browser.get(f"/{CANARY}{number}?x={number}")
        await browser.get(f"/clients/{CANARY}{number}/logo.png")
        await browser.get(f"/authorize?client_id={CANARY}{number}")
        form = {"grant_type": f"{CANARY}{number}", "code": str(number)}
        await platform.as_client("/token", form)
        await browser.send(f"X{number}", "/token")
        return samples_of(await scraped(provider))

    before = set(await storm(0))
    for number in range(1, 6):
        last = await storm(number)
    assert set(last) == before
    assert not [name for name in last if CANARY in str(name)]


async def test_a_token_by_a_key_of_ours_that_is_not_there_is_counted(provider: Provider):
    token = signed(key(name="unserved"), {"iss": provider.issuer}, typ="at+jwt")
    answer = await provider.browser().get("/userinfo", {"authorization": f"Bearer {token}"})
    assert answer.status == 401
    assert value(await scraped(provider), "netid_unknown_kid_total") == 1
    assert value(await scraped(provider), "netid_unknown_kid_total") == 1


async def test_clients_are_named_only_where_the_operator_wants_it(provider: Provider):
    platform = await Platform.register(provider)
    await platform.tokens(provider.browser())
    provider.clock.advance(CLIENT_SECONDS)
    assert platform.client_id not in await scraped(provider)


async def test_what_a_client_did_is_told_once_a_minute(tmp_path: Path):
    """Promise P2: counts of two platforms by the second would say who signed in at both."""
    async with running(tmp_path, management_port=0, metrics_clients=True) as provider:
        platform = await Platform.register(provider)
        beat(provider)
        await platform.tokens(provider.browser())
        assert platform.client_id not in await scraped(provider)
        provider.clock.advance(CLIENT_SECONDS)
        told = await scraped(provider)
        labels = {"client_id": platform.client_id, "outcome": "success"}
        for endpoint in ("authorize", "token"):
            by = labels | {"endpoint": endpoint}
            assert value(told, "netid_client_requests_total", by) == 1
        await provider.browser().get("/authorize?client_id=nobody")
        provider.clock.advance(CLIENT_SECONDS)
        assert "nobody" not in await scraped(provider)


def test_whoever_registers_clients_without_end_fills_one_series():
    metrics = counting(clients=True)
    for number in range(MOST_CLIENTS + 50):
        metrics.token("authorization_code", "", f"client-{number}")
    metrics.beat(NOW + CLIENT_SECONDS, lag=0)
    told = page(metrics)
    assert told.count('client_id="client-') == MOST_CLIENTS
    by = {"client_id": OTHER, "endpoint": "token", "outcome": "success"}
    assert value(told, "netid_client_requests_total", by) == 50


async def test_without_a_management_port_nothing_is_counted(tmp_path: Path):
    async with running(tmp_path) as provider:
        assert isinstance(provider.app, Envelope)
        assert provider.app.metrics is None


async def test_metrics_are_not_at_the_public_port(provider: Provider):
    for path in ("/metrics", "/metrics/", "/healthz/metrics", "/healthz/../metrics"):
        assert (await provider.browser().get(path)).status == 404
