"""How often one request goes to PostgreSQL and back (DESIGN §6, round-trip budgets).

Counted twice: by the storage layer itself, and by a relay on the wire that believes nobody.
"""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support import assertions, pushing, refreshing
from tests.support.browser_like import Answer, Browser
from tests.support.dpop import Holder
from tests.support.exchanges import Relay, counted
from tests.support.logins import Platform, basic
from tests.support.provider import Provider, running
from tests.support.refreshing import OFFLINE, Connection, connect
from tests.support.resources import Api, own_token

pytestmark = pytest.mark.postgres
CLAIMS = '{"id_token":{"age_over_18":{"essential":true}}}'


@dataclass
class Measured:
    """A provider whose trips to the database are counted in two ways."""

    provider: Provider
    relay: Relay
    began: tuple[int, int] = (0, 0)

    def start(self) -> None:
        self.began = self._counts()

    def trips(self) -> int:
        by_storage, on_the_wire = (
            now - then for now, then in zip(self._counts(), self.began, strict=True)
        )
        assert by_storage == on_the_wire
        return by_storage

    def _counts(self) -> tuple[int, int]:
        return self.provider.parts.database.exchanges, self.relay.count


@pytest_asyncio.fixture
async def measured(postgres_place_url: str, tmp_path: Path) -> AsyncIterator[Measured]:
    # A socket's path may have no more than 107 characters: not pytest's own folder.
    with tempfile.TemporaryDirectory(prefix="relay-") as name:
        async with (
            counted(postgres_place_url, Path(name)) as (url, relay),
            running(tmp_path, database_url=url) as provider,
        ):
            yield Measured(provider, relay)


@pytest.fixture
def postgres_place_url(postgres: object) -> str:
    url: str = postgres.new_database()  # type: ignore[attr-defined]
    return url


async def warm(platform: Platform, browser: Browser, **changes: str) -> None:
    """One login by hand and one silent one: consent remembered, statements prepared."""
    await platform.redeem(await platform.code(browser, remember=True, **changes))
    token = (await platform.tokens(browser, remember=False, **changes))["access_token"]
    await platform.userinfo(token)


async def silent(platform: Platform, browser: Browser, **changes: str) -> Answer:
    answer = await browser.get(platform.address(**changes))
    assert "code" in answer.location_query, answer.location
    return answer


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_a_silent_login_keeps_to_its_budget(measured: Measured, method: str):
    platform = await Platform.register(measured.provider, token_endpoint_auth_method=method)
    browser = measured.provider.browser()
    await warm(platform, browser)

    measured.start()
    answer = await silent(platform, browser)
    assert measured.trips() <= 2

    measured.start()
    tokens = await platform.redeem(answer.location_query["code"])
    assert (tokens.status, measured.trips() <= 2) == (200, True)

    measured.start()
    assert (await platform.userinfo(tokens.json()["access_token"])).status == 200
    assert measured.trips() <= 1


async def test_age_answers_cost_no_trip_more(measured: Measured):
    platform = await Platform.register(measured.provider)
    browser = measured.provider.browser()
    await warm(platform, browser, scope="openid age", claims=CLAIMS)

    measured.start()
    await silent(platform, browser, scope="openid age", claims=CLAIMS)
    assert measured.trips() <= 2


async def test_a_platform_that_hears_of_sign_outs_costs_no_trip_more(measured: Measured):
    platform = await Platform.register(
        measured.provider, backchannel_logout_uri="https://shop.example/logout"
    )
    browser = measured.provider.browser()
    await warm(platform, browser)

    measured.start()
    await silent(platform, browser)
    assert measured.trips() <= 2


async def test_a_pushed_request_costs_two_trips_more(measured: Measured):
    platform = await Platform.register(measured.provider)
    browser = measured.provider.browser()
    await warm(platform, browser)
    await pushing.visit(platform, browser, await pushing.request_uri(platform))
    uri = await pushing.request_uri(platform)

    measured.start()
    answer = await pushing.visit(platform, browser, uri)
    assert "code" in answer.location_query
    assert measured.trips() <= 4


async def test_staying_connected_costs_no_trip_more_and_a_refresh_two(measured: Measured):
    platform = await refreshing.register(measured.provider)
    browser = measured.provider.browser()
    await (await connect(platform, browser, remember=True)).refresh()  # statements prepared

    measured.start()
    answer = await silent(platform, browser, scope=OFFLINE)
    assert measured.trips() <= 2
    measured.start()
    tokens = await platform.redeem(answer.location_query["code"])
    assert (tokens.status, measured.trips() <= 2) == (200, True)

    connection = Connection(platform, [tokens.json()["refresh_token"]], tokens.json())
    measured.start()
    await connection.refresh()
    assert measured.trips() <= 2
    measured.start()
    again = await platform.refresh(connection.refresh_tokens[0])  # in the grace time
    assert (again.status, measured.trips() <= 1) == (200, True)


async def test_ages_cost_a_refresh_one_read_more(measured: Measured):
    platform = await refreshing.register(measured.provider)
    connection = await connect(platform, measured.provider.browser(), scope=f"{OFFLINE} age")
    await connection.refresh()
    measured.start()
    await connection.refresh()
    assert measured.trips() <= 3


async def test_a_client_assertion_costs_one_trip_more(measured: Measured):
    platform = await assertions.register(measured.provider)
    browser = measured.provider.browser()
    await by_assertion(platform, await platform.code(browser, remember=True))
    await by_assertion(platform, await platform.code(browser))
    code = await platform.code(browser)

    measured.start()
    answer = await by_assertion(platform, code)
    assert (answer.status, measured.trips() <= 3) == (200, True)


async def test_a_dpop_proof_costs_one_trip_more(measured: Measured):
    platform = await Platform.register(measured.provider)
    holder, browser = Holder(platform), measured.provider.browser()

    async def redeem() -> Answer:
        code = await platform.code(browser, remember=True)
        measured.start()
        return await platform.redeem(code, headers={"dpop": holder.proof("POST", "/token")})

    await holder.call((await redeem()).json()["access_token"])  # statements are prepared
    tokens = await redeem()
    assert (tokens.status, measured.trips() <= 3) == (200, True)
    measured.start()
    answer = await holder.call(tokens.json()["access_token"])
    assert (answer.status, measured.trips() <= 2) == (200, True)
    wrong = holder.proof("GET", "/token")
    measured.start()
    refused = await platform.redeem("no code", headers={"dpop": wrong})
    assert (refused.status, measured.trips()) == (400, 0)


async def by_assertion(platform: Platform, code: str) -> Answer:
    proof = assertions.assertion(platform)
    return await platform.at_token_endpoint(assertions.with_assertion(platform, proof, code))


async def test_refusals_cost_no_more_than_answers(measured: Measured):
    platform = await Platform.register(measured.provider)
    browser = measured.provider.browser()
    await warm(platform, browser)
    stranger = measured.provider.browser()

    measured.start()
    assert (await stranger.get(platform.address(prompt="none"))).status == 303
    assert measured.trips() == 0

    measured.start()
    wrong = await platform.at_token_endpoint(
        platform.token_form("no code"), basic(platform.client_id, "wrong")
    )
    assert (wrong.status, measured.trips()) == (401, 0)

    measured.start()
    assert (await platform.userinfo("no.such.token")).status == 401
    assert measured.trips() == 0


async def test_the_documents_that_platforms_cache_cost_nothing(measured: Measured):
    browser = measured.provider.browser()
    measured.start()
    for path in ("/.well-known/openid-configuration", "/jwks", "/healthz/live"):
        assert (await browser.get(path)).status == 200
    assert measured.trips() == 0


async def test_once_in_five_minutes_a_silent_login_also_notes_that_the_session_is_in_use(
    measured: Measured,
):
    """The one exception: BEGIN, grant, session and COMMIT in the place of the one statement."""
    platform = await Platform.register(measured.provider)
    browser = measured.provider.browser()
    await warm(platform, browser)
    for _ in range(2):  # the first time, the statement is prepared
        measured.provider.clock.advance(5 * 60)
        await measured.provider.services.clients.find(platform.client_id)
        measured.start()
        await silent(platform, browser)
    assert measured.trips() <= 5

    measured.start()
    await silent(platform, browser)
    assert measured.trips() <= 2


async def test_a_resource_costs_no_trip_more(measured: Measured):
    """But for a look at the registry once in two seconds."""
    api = await Api.offered(measured.provider)
    platform, browser = await api.user(), measured.provider.browser()
    scope = f"openid {api.read}"
    first = await platform.redeem(await platform.code(browser, remember=True, scope=scope))
    await api.introspect(first.json()["access_token"])
    await silent(platform, browser, scope=scope)
    program = (await own_token(await api.program(), scope=api.read)).json()["access_token"]
    await api.introspect(program)

    measured.start()
    answer = await silent(platform, browser, scope=scope)
    assert measured.trips() <= 2

    measured.start()
    tokens = await platform.redeem(answer.location_query["code"])
    assert (tokens.status, measured.trips() <= 2) == (200, True)

    for token, most in ((tokens.json()["access_token"], 1), (program, 1), ("no.such.token", 0)):
        measured.start()
        await api.introspect(token)
        assert measured.trips() <= most
