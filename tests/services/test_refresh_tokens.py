"""Chains as the service moves them: tokens that are bound to a key or a client stay the same."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from idp.app.services import Joining
from idp.domain.client import SecurityProfile
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refresh_token import Chain
from idp.domain.refusal import Cause, Refusal
from idp.protocol.token_request import TokenRequest
from idp.storage import grants
from tests.support import refreshing
from tests.support.provider import running
from tests.support.refreshing import Connection, connect


@dataclass
class Asking:
    """A client of the strict profile, or any other, at the list of the grant type itself."""

    services: Joining
    connection: Connection
    profile: SecurityProfile = SecurityProfile.FAPI2

    async def refresh(self, token: str, **changes: Any) -> str:
        known = self.connection.platform.registered.client
        request = TokenRequest(
            sent={"refresh_token": token} | changes,
            authorization=None,
            issuer=self.services.issuer,
            now=self.services.clock.now(),
            client=replace(known, security_profile=self.profile),
        )
        grant_type = self.services.token._grant_types["refresh_token"]
        for check in grant_type.checks:
            waiting = check(request)
            if waiting is not None:
                await waiting
        assert request.refresh_token is not None
        return request.refresh_token

    async def row(self) -> Any:
        known = await self.services.refresh_tokens.find(self.connection.live)
        assert known is not None
        return await grants.find(self.services.database, known[0].grant_id)


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    async with running(tmp_path) as provider:
        platform = await refreshing.register(provider)
        connection = await connect(platform, provider.browser(), scope="openid age offline_access")
        yield Asking(Joining(provider.parts), connection)


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
async def test_a_strict_client_keeps_its_token_and_may_use_it_again(asking: Asking):
    clock, token = asking.connection.platform.provider.clock, asking.connection.live
    for _ in range(3):
        assert await asking.refresh(token) == token
        clock.advance(600)


async def test_such_a_use_is_written_down_once_a_day_and_prolongs_it(asking: Asking):
    clock, token = asking.connection.platform.provider.clock, asking.connection.live
    rows = []
    for _ in range(4):
        await asking.refresh(token)
        rows.append(await asking.row())
        clock.advance(SECONDS_PER_DAY // 2)
    assert rows[0]["chain_sealed"] == rows[1]["chain_sealed"]
    assert rows[1]["chain_sealed"] != rows[2]["chain_sealed"]
    assert rows[2]["expires_at"] == rows[0]["expires_at"] + SECONDS_PER_DAY


async def test_an_ordinary_one_is_replaced_each_time(asking: Asking):
    asking.profile = SecurityProfile.BASELINE
    second = await asking.refresh(asking.connection.live)
    third = await asking.refresh(second)
    assert len({asking.connection.live, second, third}) == 3


async def test_a_newer_token_than_there_can_be_is_unknown(asking: Asking):
    row = await asking.row()
    chain = asking.services.vault.open_chain(row["id"], row["chain_sealed"])
    with pytest.raises(Refusal) as refused:
        await asking.refresh(chain.token(row["id"], chain.generation + 1))
    assert refused.value.cause is Cause.REFRESH_TOKEN_UNKNOWN


def test_no_accident_prints_a_seed():
    chain = Chain(b"a secret seed" * 2, 1, 0, 0, 0, 1)
    assert "secret" not in repr(chain)
