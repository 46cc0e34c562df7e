"""P1 in what operators' tools see: no canary in any metric, none in any trace.

A whole life (enrolled in person, recovering, suspended, exporting), and a platform's requests with
a canary in every place that takes a text, told to a real collector and a real scrape.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from idp.observability.metrics import CLIENT_SECONDS
from tests.promises.test_p1_every_journey import FULL, Life, address, identity, live
from tests.promises.test_p1_no_national_id_data import found
from tests.support.browser_like import Answer
from tests.support.collector import Collector, collecting, leak_queries
from tests.support.jwt import parts
from tests.support.logins import VERIFIER, Platform
from tests.support.metrics import scraped
from tests.support.provider import running

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
CANARY: Final = "hunter2canary"


@dataclass
class Watched:
    """Somebody's life, and what watches over the provider."""

    life: Life
    collector: Collector

    async def told(self) -> dict[str, str]:
        self.life.provider.clock.advance(CLIENT_SECONDS)
        page = await scraped(self.life.provider)
        return {"traces": await self.collector.all_from(self.life.provider), "metrics": page}


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    with collecting() as collector:
        telling: dict[str, Any] = {"management_port": 0, "metrics_clients": True}
        telling |= {"tracing_endpoint": collector.endpoint, "tracing_share": 1.0}
        async with running(tmp_path, **FULL, **telling) as provider:
            yield Watched(await Life.begin(provider), collector)


async def test_p1_of_a_whole_life_no_canary_is_in_a_metric_or_a_trace(watched: Watched):
    life = watched.life
    await live(life)
    secrets = await with_canaries_everywhere(life)
    secrets |= identity() | address() | {life.person_id.hex()}
    told = await watched.told()
    assert "netid_token_total" in told["metrics"]
    assert "POST /token" in told["traces"]
    assert "GET /account" in told["traces"]
    for place, text in told.items():
        assert found([text], secrets) == set(), place


async def test_p1_the_search_would_find_a_canary_in_a_trace(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
):
    leak_queries(watched.life.provider, monkeypatch)
    secrets = await with_canaries_everywhere(watched.life)
    told = (await watched.told())["traces"]
    assert CANARY in found([told], secrets)
    assert len(found([told], secrets)) > 1  # a hint, a code, an interaction


async def with_canaries_everywhere(life: Life) -> set[str]:
    """Sign in with a canary wherever a text goes; return all that nobody else may read."""
    platform = await Platform.register(
        life.provider,
        grant_types=["authorization_code", "refresh_token"],
        post_logout_redirect_uris=["https://shop.example/bye"],
    )
    await life.sign_in()
    texts: dict[str, Any] = {
        "state": f"state{CANARY}",
        "nonce": f"nonce{CANARY}",
        "login_hint": CANARY,
    }
    wish: dict[str, Any] = texts | {"scope": "openid offline_access", "ui_locales": CANARY}
    tokens = await platform.tokens(life.browser, **wish)
    hint, access = tokens["id_token"], tokens["access_token"]
    answers = [
        await platform.ask(life.browser, prompt="none", id_token_hint=hint, **texts),
        await platform.userinfo(access),
        await platform.refresh(tokens["refresh_token"]),
        await platform.as_client("/introspect", {"token": access}),
        await platform.as_client("/par", platform.request(**texts)),
        await platform.revoke(access),
        await life.browser.get(f"/end_session?id_token_hint={hint}&state={CANARY}"),
        await life.browser.get(f"/{CANARY}?code={CANARY}", {"referer": CANARY, "dpop": CANARY}),
        await life.browser.post("/consent", {"interaction": CANARY, "csrf": CANARY}),
        await life.browser.send(CANARY, f"/token/{quote(CANARY)}"),
    ]
    bearers = {access, hint, tokens["refresh_token"], platform.secret, VERIFIER}
    bearers |= {token.rpartition(".")[2] for token in (access, hint)}
    return {
        CANARY,
        parts(hint)[1]["sub"],
        *bearers,
        *life.browser.cookies.values(),
        *codes(answers),
    }


def codes(answers: list[Answer]) -> set[str]:
    """What came back by redirect: codes, and interactions of our own pages."""
    came = [one.location_query for one in answers if "location" in one.headers]
    return {
        one[name] for one in came for name in ("code", "interaction", "request_uri") if name in one
    }
