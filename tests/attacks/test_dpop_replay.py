"""DPoP proofs that were seen on their way: once used they are worth nothing, on any node, ever."""

from pathlib import Path

import pytest

from idp.services import housekeeping
from tests.support import assertions
from tests.support.browser_like import Answer, Browser
from tests.support.dpop import Holder
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump

REPLAYED = "dpop_proof_replayed"


async def bound(platform: Platform, browser: Browser) -> tuple[Holder, str]:
    """A holder, and an access token bound to its key."""
    holder = Holder(platform)
    form = assertions.with_assertion(
        platform, assertions.assertion(platform), await platform.code(browser, remember=True)
    )
    return holder, (await holder.redeem(form)).json()["access_token"]


async def used(provider: Provider, token: str, proof: str, method: str = "GET") -> Answer:
    headers = {"authorization": f"DPoP {token}", "dpop": proof}
    return await provider.browser().send(method, "/userinfo", headers=headers)


@pytest.mark.spec("RFC 9449 §11.1")
async def test_a_proof_opens_a_resource_once(provider: Provider, visitor: Browser):
    holder, token = await bound(await assertions.register(provider), visitor)
    proof = holder.proof("GET", "/userinfo", token)
    assert (await used(provider, token, proof)).status == 200
    again = await used(provider, token, proof)
    assert (again.status, again.json()["error"]) == (401, "invalid_dpop_proof")
    assert again.json()["error_code"] == REPLAYED


@pytest.mark.spec("RFC 9449 §11.1")
async def test_another_proof_of_the_same_name_is_a_replay_at_the_same_place_only(
    provider: Provider, visitor: Browser
):
    holder, token = await bound(await assertions.register(provider), visitor)
    assert (await holder.call(token, jti="name")).status == 200
    assert (await holder.call(token, jti="name", iat=provider.clock.now() - 5)).status == 401
    assert (await holder.call(token, method="POST", jti="name")).status == 200
    other, theirs = await bound(await assertions.register(provider), visitor)
    assert (await other.call(theirs, jti="name")).status == 200


@pytest.mark.spec("RFC 9449 §11.1")
async def test_a_proof_gets_tokens_once_and_the_code_stays_good(
    provider: Provider, visitor: Browser
):
    platform = await assertions.register(provider)
    holder = Holder(platform)
    proof = holder.proof("POST", "/token")

    async def redeem(code: str, proof: str) -> Answer:
        form = assertions.with_assertion(platform, assertions.assertion(platform), code)
        return await platform.at_token_endpoint(form, {"dpop": proof})

    assert (await redeem(await platform.code(visitor), proof)).status == 200
    code = await platform.code(visitor)
    replay = await redeem(code, proof)
    assert (replay.status, replay.json()["error_code"]) == (400, REPLAYED)
    assert (await redeem(code, holder.proof("POST", "/token"))).status == 200


@pytest.mark.parametrize("nonce", [False, True], ids=["by iat", "by nonce"])
async def test_a_replay_is_refused_until_the_proof_has_died(tmp_path: Path, nonce: bool):
    """At every moment, and right after the table was swept: no gap between the two clocks."""
    async with running(tmp_path) as provider:
        holder, token = await bound(await assertions.register(provider), provider.browser())
        given = await holder.call(token, iat=0)
        changes = {"nonce": given.headers["dpop-nonce"]} if nonce else {}
        proof = holder.proof("GET", "/userinfo", token, iat=provider.clock.now() + 10, **changes)
        assert (await used(provider, token, proof)).status == 200
        for second in range(5, 300, 5):
            provider.clock.advance(5)
            await housekeeping.prune(provider.parts.database, provider.clock)
            assert (await used(provider, token, proof)).status == 401, f"after {second} s"


async def test_proofs_of_what_is_refused_store_nothing(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Anybody can make keys and proofs without end: only what is about to succeed is remembered."""
    public = await Platform.register(provider, token_endpoint_auth_method="none")
    holder, code = Holder(public), await public.code(visitor)
    form = public.token_form(code) | {"client_id": public.client_id}
    ended = (await holder.redeem(form)).json()["access_token"]
    assert (await holder.redeem(form)).status == 400  # the code again: it ends what it gave
    before = dump(provider)["provider.replays"]
    for form in (
        public.token_form("no code") | {"client_id": public.client_id},
        platform.token_form("no code") | {"client_id": platform.client_id},
    ):
        assert (await holder.redeem(form)).status in {400, 401}
    for token in (ended, "no.to.ken", "x"):
        assert (await holder.call(token)).status == 401
    assert dump(provider)["provider.replays"] == before


@pytest.mark.spec("RFC 9449 §8")
async def test_a_nonce_of_one_node_is_good_at_another(tmp_path: Path):
    """Nodes share keys, not memory."""
    async with (
        running(tmp_path, dpop_nonce=True) as one,
        running(tmp_path, dpop_nonce=True, keystore=one.parts.keystore) as two,
    ):
        platform = await assertions.register(one)
        holder, code = Holder(platform), await platform.code(one.browser())
        form = assertions.with_assertion(platform, assertions.assertion(platform), code)
        asked = await holder.redeem(form)
        assert (asked.status, asked.json()["error"]) == (400, "use_dpop_nonce")
        there = Holder(Platform(two, platform.registered), holder.prover)
        nonce = asked.headers["dpop-nonce"]
        form = assertions.with_assertion(platform, assertions.assertion(platform), code)
        tokens = await there.redeem(form, nonce=nonce)
        assert tokens.status == 200, tokens.text
        token = tokens.json()["access_token"]
        assert (await there.call(token)).json()["error"] == "use_dpop_nonce"
        answer = await there.call(token, nonce=tokens.headers["dpop-nonce"])
        assert answer.status == 200
        assert answer.headers["dpop-nonce"]
