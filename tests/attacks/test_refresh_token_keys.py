"""Refresh tokens and DPoP keys: a public client's token is worth nothing without its key."""

import pytest

from tests.support import refreshing
from tests.support.browser_like import Browser
from tests.support.dpop import Holder
from tests.support.jwt import parts
from tests.support.provider import Provider
from tests.support.refreshing import OFFLINE, refused
from tests.support.registering import Registrant, update
from tests.support.registrants import anybody

__all__ = ["anybody"]


async def connected(provider: Provider, visitor: Browser, method: str) -> tuple[Holder, str]:
    platform = await refreshing.register(provider, token_endpoint_auth_method=method)
    holder = Holder(platform)
    code = await platform.code(visitor, scope=OFFLINE)
    proof = {"dpop": holder.proof("POST", "/token")}
    answer = await platform.redeem(code, headers=proof)
    return holder, answer.json()["refresh_token"]


@pytest.mark.spec("RFC 9449 §5")
async def test_a_public_clients_refresh_token_works_with_its_key_alone(
    provider: Provider, visitor: Browser
):
    holder, token = await connected(provider, visitor, "none")
    platform, thief = holder.platform, Holder(holder.platform)
    without = await platform.refresh(token)
    assert (without.status, without.json()["error"]) == (400, "invalid_dpop_proof")
    stolen = await platform.refresh(token, headers={"dpop": thief.proof("POST", "/token")})
    assert refused(stolen) == "dpop_key_of_refresh_token"
    for _ in range(2):
        answer = await platform.refresh(token, headers={"dpop": holder.proof("POST", "/token")})
        assert (answer.status, answer.json()["token_type"]) == (200, "DPoP")
        assert answer.json()["refresh_token"] == token  # of no use to a thief: it stays
        assert parts(answer.json()["access_token"])[1]["cnf"] == {"jkt": holder.prover.jkt}
        provider.clock.advance(3600)


@pytest.mark.spec("RFC 9449 §5")
async def test_a_client_that_proves_itself_may_take_a_new_key(provider: Provider, visitor: Browser):
    holder, token = await connected(provider, visitor, "client_secret_basic")
    other = Holder(holder.platform)
    answer = await holder.platform.refresh(token, headers={"dpop": other.proof("POST", "/token")})
    assert answer.status == 200
    assert parts(answer.json()["access_token"])[1]["cnf"] == {"jkt": other.prover.jkt}


@pytest.mark.spec("RFC 9449 §11.1")
async def test_a_proof_is_used_once_at_a_refresh_too(provider: Provider, visitor: Browser):
    holder, token = await connected(provider, visitor, "none")
    proof = {"dpop": holder.proof("POST", "/token")}
    assert (await holder.platform.refresh(token, headers=proof)).status == 200
    again = await holder.platform.refresh(token, headers=proof)
    assert (again.status, again.json()["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.spec("RFC 9700 §2.2.2")
async def test_a_public_client_that_comes_to_need_dpop_still_rotates(anybody: Registrant):
    """Its older tokens are bound to no key: unreplaced, a stolen one would work with any."""
    grant_types = ["authorization_code", "refresh_token"]
    told = await anybody.registered(token_endpoint_auth_method="none", grant_types=grant_types)
    platform = await anybody.platform(told)
    connection = await refreshing.connect(platform, anybody.provider.browser())
    changed = await anybody.manage("PUT", told, update(told, dpop_bound_access_tokens=True))
    assert changed.status == 200, changed.text
    holder, stolen = Holder(platform), connection.live
    answers = []
    for _ in range(2):
        headers = {"dpop": holder.proof("POST", "/token")}
        answers.append(await platform.refresh(stolen, headers=headers))
        anybody.provider.clock.advance(refreshing.GRACE)
    assert answers[0].json()["refresh_token"] != stolen
    assert refused(answers[1]) == "refresh_token_reused"
