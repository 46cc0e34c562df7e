"""Traces: an allow-list, one request each, and nothing by which visits could be joined."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from idp.observability import tracing as traces
from idp.observability.tracing import ATTRIBUTES, Tracing, TracingMissing
from idp.services.clients import Clients
from tests.support.collector import Collector, attributes, collecting, leak_queries, tell_queries
from tests.support.logins import Platform
from tests.support.provider import Provider, running

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
CANARY: Final = "hunter2canary"
TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = {
    "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
    "tracestate": f"vendor={CANARY}",
    "baggage": f"who={CANARY}",
    "b3": f"{TRACE}-b7ad6b7169203331-1",
    "x-b3-traceid": TRACE,
}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as begun:
        yield begun


@pytest.fixture
async def provider(tmp_path: Path, collector: Collector) -> AsyncIterator[Provider]:
    telling: dict[str, Any] = {"tracing_endpoint": collector.endpoint, "tracing_share": 1.0}
    async with running(tmp_path, **telling) as started:
        yield started


async def test_a_request_is_one_trace_with_its_statements(provider: Provider, collector: Collector):
    answer = await provider.browser().get(f"/authorize?client_id={CANARY}")
    await collector.all_from(provider)
    root = next(span for span in collector.spans if not span.parent_span_id)
    assert root.name == "GET /authorize"
    assert attributes(root) == {
        "http.request.method": "GET",
        "http.route": "/authorize",
        "http.response.status_code": 400,
        "netid.cause": "unknown_client",
        "netid.request_id": answer.headers["x-request-id"],
    }
    below = [span for span in collector.spans if span.parent_span_id == root.span_id]
    assert {"SELECT clients"} <= {span.name for span in below}
    for span in below:
        assert span.trace_id == root.trace_id
        assert set(attributes(span)) <= {n for n in ATTRIBUTES if n.startswith("db.")}


async def test_requests_of_one_sign_in_are_not_joined(provider: Provider, collector: Collector):
    platform = await Platform.register(provider)
    await platform.tokens(provider.browser())
    await collector.all_from(provider)
    roots = [span for span in collector.spans if not span.parent_span_id]
    assert {"GET /authorize", "POST /consent", "POST /token"} <= {root.name for root in roots}
    assert len({root.trace_id for root in roots}) == len(roots)
    assert all(not root.links for root in roots)


async def test_what_a_browser_says_of_traces_is_neither_taken_nor_given_back(
    provider: Provider, collector: Collector
):
    """Promise P2: a trace id that travels with a browser joins its visits from two platforms."""
    platform, browser = await Platform.register(provider), provider.browser()
    answers = [await browser.get(platform.address(), PARENT) for _ in range(2)]
    answers.append(await platform.redeem("a code", headers=PARENT))
    told = await collector.all_from(provider)
    roots = [span for span in collector.spans if not span.parent_span_id]
    assert len(roots) == 3
    assert TRACE not in {root.trace_id.hex() for root in roots}
    assert len({root.trace_id for root in roots}) == 3
    assert CANARY not in told
    ours = {span.trace_id.hex() for span in collector.spans}
    for answer in answers:
        seen = f"{answer.headers} {answer.cookies} {answer.text}"
        assert not [one for one in ours if one in seen]
        assert not {"traceparent", "tracestate", "traceresponse", "server-timing"} & set(
            answer.headers
        )


async def test_nobody_outside_decides_what_is_sampled(tmp_path: Path, collector: Collector):
    telling: dict[str, Any] = {"tracing_endpoint": collector.endpoint, "tracing_share": 0.0}
    async with running(tmp_path, **telling) as provider:
        for _ in range(3):
            await provider.browser().get("/help", PARENT)
        await collector.all_from(provider)
    assert collector.spans == []


async def test_what_broke_is_told_by_its_kind_and_not_by_its_words(
    provider: Provider, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    async def break_down(*_: object, **__: object) -> None:
        raise LookupError(CANARY)

    monkeypatch.setattr(Clients, "find", break_down)
    assert (await provider.browser().get("/authorize?client_id=shop")).status == 500
    told = await collector.all_from(provider)
    root = next(span for span in collector.spans if not span.parent_span_id)
    assert attributes(root)["netid.cause"] == "server_error"
    assert root.status.code == 2
    assert CANARY not in told


@pytest.mark.parametrize(
    "name", ["url.query", "url.full", "url.path", "http.request.header.cookie"]
)
async def test_an_attribute_that_is_not_on_the_list_cannot_be_told(name: str):
    with pytest.raises(ValueError, match=name):
        traces.checked({name: CANARY})


def test_the_list_names_neither_a_person_nor_what_was_sent():
    """Each attribute was thought about; whoever adds one changes this list and says why."""
    assert {
        "db.collection.name",
        "db.operation.name",
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "netid.cause",
        "netid.request_id",
    } == ATTRIBUTES


async def test_this_test_would_see_a_query_if_the_list_had_one(
    provider: Provider, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    """As the stock instrumentation of the framework does it: the collector gets the code."""
    tell_queries(provider, monkeypatch)
    with pytest.raises(ValueError, match="allow-list"):
        await provider.browser().get(f"/help?{CANARY}")
    leak_queries(provider, monkeypatch)
    await provider.browser().get(f"/help?{CANARY}")
    assert CANARY in await collector.all_from(provider)


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(TracingMissing, match="make extras"):
        Tracing.to("http://127.0.0.1:9", share=1.0, service="network-id")


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("http://collector:4318/", "http://collector:4318/v1/traces"),
        ("https://collector/otlp/v1/traces", "https://collector/otlp/v1/traces"),
    ],
)
def test_the_collectors_address_is_completed(given: str, asked: str):
    assert traces._full(given) == asked
