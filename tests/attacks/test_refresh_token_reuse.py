"""Stolen refresh tokens: a replaced one that comes back ends the chain, and nothing else does."""

import re

import pytest

from idp.domain import base64url
from idp.domain.activity import Happened
from tests.support import refreshing
from tests.support.browser_like import Browser
from tests.support.platforms import Holder
from tests.support.provider import Provider
from tests.support.refreshing import GRACE, Connection, connect, forged, refused
from tests.support.shared_provider import dump


@pytest.fixture
async def connection(provider: Provider, visitor: Browser) -> Connection:
    return await connect(await refreshing.register(provider), visitor)


@pytest.mark.spec("RFC 9700 §4.14.2")
async def test_a_replaced_token_ends_the_chain_and_every_access_token_of_it(
    provider: Provider, connection: Connection
):
    """Whether the thief or the owner comes second: both hold nothing afterwards."""
    first = connection.answer
    second = await connection.refresh()
    provider.clock.advance(GRACE)
    stolen = await connection.platform.refresh(connection.refresh_tokens[0])
    assert refused(stolen) == "refresh_token_reused"
    assert refused(await connection.platform.refresh(connection.live)) == "refresh_token_revoked"
    assert not await connection.is_honoured(first)
    assert not await connection.is_honoured(second)


@pytest.mark.spec("RFC 9700 §4.14.2")
async def test_an_older_token_ends_it_at_once(connection: Connection):
    for _ in range(2):
        await connection.refresh()
    answer = await connection.platform.refresh(connection.refresh_tokens[0])
    assert refused(answer) == "refresh_token_reused"
    assert not await connection.is_alive()


async def test_within_the_grace_time_the_same_new_token_is_given_again(
    provider: Provider, connection: Connection
):
    """Or two tabs that refresh at once would sign the person out."""
    await connection.refresh()
    provider.clock.advance(GRACE - 1)
    again = await connection.platform.refresh(connection.refresh_tokens[0])
    assert again.json()["refresh_token"] == connection.live
    assert await connection.is_honoured(again.json())
    provider.clock.advance(1)
    assert await connection.is_alive()


async def test_the_person_finds_in_their_history_that_a_chain_was_cut(
    provider: Provider, visitor: Browser
):
    platform = await refreshing.register(provider)
    connection = await connect(platform, visitor)
    await connection.refresh()
    provider.clock.advance(GRACE)
    for _ in range(2):
        await platform.refresh(connection.refresh_tokens[0])
    happened = await Holder(provider, visitor).happened(platform)
    assert happened.count(Happened.CONNECTION_CUT) == 1
    assert 'data-testid="event-connection_cut"' in (await visitor.get("/account/activity")).text


@pytest.mark.spec("RFC 6749 §6", "RFC 6749 §10.4")
async def test_another_client_can_neither_use_nor_end_it(
    provider: Provider, connection: Connection
):
    for method in ("client_secret_basic", "none"):
        evil = await refreshing.register(provider, token_endpoint_auth_method=method)
        for token in connection.refresh_tokens:
            answer = await evil.refresh(token)
            assert refused(answer) == "refresh_token_of_another_client"
    await connection.refresh()
    provider.clock.advance(GRACE)
    old = await evil.refresh(connection.refresh_tokens[0])
    assert refused(old) == "refresh_token_of_another_client"
    assert await connection.is_alive()


@pytest.mark.spec("RFC 6749 §6")
async def test_a_wrong_secret_neither_uses_nor_ends_it(connection: Connection):
    platform = connection.platform
    form = {"grant_type": "refresh_token", "refresh_token": connection.live}
    for proof in ({}, {"client_id": platform.client_id}):
        answer = await platform.at_token_endpoint(form | proof)
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    await connection.refresh()


@pytest.mark.spec("RFC 6749 §10.10")
async def test_nobody_ends_a_chain_by_guessing(provider: Provider, connection: Connection):
    """Who has seen an access token knows the grant's handle; a thief may have an old token."""
    await connection.refresh()
    await connection.refresh()
    other = await connect(connection.platform, provider.browser(), "elder")
    value, others = base64url.decode(connection.live), base64url.decode(other.live)
    before = dump(provider)["provider.grants"]
    invented = [
        *(forged(connection.live, generation=number) for number in (0, 1, 2, 4, 5, 2**32 - 1)),
        base64url.encode(value[:20] + bytes(32)),
        base64url.encode(value[:20] + others[20:]),  # another grant's seed
        base64url.encode(others[:16] + value[16:]),
        base64url.encode(bytes(16) + value[16:]),
    ]
    for token in invented:
        assert refused(await connection.platform.refresh(token)) == "refresh_token_unknown"
    assert dump(provider)["provider.grants"] == before
    assert await connection.is_alive()
    assert await other.is_alive()


async def test_no_prefix_suffix_or_other_spelling_of_a_token_does_anything(
    provider: Provider, connection: Connection
):
    """At neither sink (CVE-2026-27840: a truncated token was still valid)."""
    token, platform = connection.live, connection.platform
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(token[-1])
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    texts = [token[:end] for end in range(1, len(token))]
    texts += [
        token[1:],
        token + "=",
        token + "A",
        token[:-1] + spare,
        f"{token}.{token}",
        " " + token,
    ]
    texts += [token[:40] + ("A" if token[40] != "A" else "B") + token[41:], token.swapcase()]
    before = dump(provider)["provider.grants"]
    for text in texts:
        assert refused(await platform.refresh(text)) == "refresh_token_unknown"
        assert (await platform.revoke(text)).status == 200
    assert dump(provider)["provider.grants"] == before
    await connection.refresh()


@pytest.mark.parametrize("kind", ["access_token", "id_token"])
async def test_no_other_token_is_a_refresh_token(connection: Connection, kind: str):
    assert refused(await connection.platform.refresh(connection.answer[kind]))
    userinfo = await connection.platform.userinfo(connection.live)
    assert userinfo.status == 401


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_a_replayed_code_ends_the_chain_that_it_began(provider: Provider, visitor: Browser):
    platform = await refreshing.register(provider)
    code = await platform.code(visitor, scope=refreshing.OFFLINE)
    tokens = (await platform.redeem(code)).json()
    provider.clock.advance(30 * 24 * 3600)
    assert refused(await platform.redeem(code)) == "code_replayed"
    assert refused(await platform.refresh(tokens["refresh_token"])) == "refresh_token_revoked"


async def test_what_the_person_ends_stays_ended(provider: Provider, visitor: Browser):
    platform = await refreshing.register(provider)
    holder, endings = Holder(provider, visitor), []
    for end in (holder.withdraw, holder.renew):
        connection = await connect(platform, visitor, remember=True)
        await connection.refresh()
        await end(platform)
        endings.append(refused(await platform.refresh(connection.live)))
        assert not await connection.is_honoured()
    assert endings == ["refresh_token_revoked"] * 2


async def test_no_refresh_token_stands_in_the_database(provider: Provider, connection: Connection):
    await connection.refresh()
    proofs = [base64url.decode(token)[20:] for token in connection.refresh_tokens]
    cells = [cell for rows in dump(provider).values() for row in rows for cell in row]
    for cell in cells:
        if isinstance(cell, bytes):
            assert not any(proof in cell for proof in proofs)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{70}", token) for token in connection.refresh_tokens)
