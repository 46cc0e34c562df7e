"""Hostile DPoP proofs: each way to be wrong, at every place that takes a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.support import assertions, pushing
from tests.support.dpop import Holder, Prover
from tests.support.hostile_proofs import (
    ADDRESSES,
    AT_RESOURCES,
    FINE,
    HOSTILE,
    NONCES,
    RIGHT_ADDRESSES,
    Sink,
)
from tests.support.provider import ISSUER
from tests.support.resources import SANDBOX_SCOPE

if TYPE_CHECKING:
    from tests.support.browser_like import Answer, Browser, Headers
    from tests.support.logins import Platform
    from tests.support.provider import Provider


async def at_token(platform: Platform, visitor: Browser) -> Sink:
    """The token endpoint, with a code that no wrong proof may burn."""
    code = await platform.code(visitor)

    async def send(proofs: tuple[str, ...]) -> Answer:
        proof = assertions.assertion(platform)
        form = assertions.with_assertion(platform, proof, code)
        return await platform.at_token_endpoint(form, {"dpop": proofs})

    return Sink(platform, "POST", "/token", send)


async def at_par(platform: Platform) -> Sink:
    async def send(proofs: tuple[str, ...]) -> Answer:
        return await pushing.push(platform, {"dpop": proofs})

    return Sink(platform, "POST", "/par", send)


async def at_resource(platform: Platform, visitor: Browser, method: str, path: str) -> Sink:
    code = await platform.code(visitor, scope=SCOPES[path])
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    holder = Holder(platform)
    token = (await holder.redeem(form)).json()["access_token"]

    async def send(proofs: tuple[str, ...]) -> Answer:
        headers: Headers = {"authorization": f"DPoP {token}", "dpop": proofs}
        return await visitor.send(method, path, headers=headers)

    return Sink(platform, method, path, send, token, holder.prover)


ACCEPTED: Final = (200, 201)
SCOPES: Final = {"/userinfo": "openid", "/sandbox/resource": SANDBOX_SCOPE}
SINKS: Final = ["/token", "/par", *(f"{way} {path}" for way in ("GET", "POST") for path in SCOPES)]


@pytest.fixture
async def sink(provider: Provider, visitor: Browser, request: pytest.FixtureRequest) -> Sink:
    platform = await assertions.register(provider, scope=f"openid {SANDBOX_SCOPE}")
    if request.param == "/token":
        return await at_token(platform, visitor)
    if request.param == "/par":
        return await at_par(platform)
    method, path = request.param.split(" ")
    return await at_resource(platform, visitor, method, path)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json().get("error", "")


@pytest.mark.spec("RFC 9449 §4.2", "RFC 9449 §4.3", "RFC 9449 §5", "RFC 9449 §7.1")
@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1", "FAPI 2.0 Security Profile §5.4.1")
@pytest.mark.parametrize("sink", SINKS, indirect=True)
async def test_a_proof_that_is_wrong_anywhere_is_refused_everywhere(sink: Sink):
    status = 400 if sink.token is None else 401
    cases = HOSTILE | ({} if sink.token is None else AT_RESOURCES)
    wrong = {
        name: answer
        for name, made in cases.items()
        if (answer := told(await sink.send((made(sink),)))) != (status, "invalid_dpop_proof")
    }
    for address in ADDRESSES:
        htu = address.replace("{}", ISSUER + sink.path).replace("{path}", sink.path)
        answer = told(await sink.send((sink.proof(htu=htu),)))
        if answer != (status, "invalid_dpop_proof"):
            wrong[address] = answer
    assert wrong == {}
    several = await sink.send((sink.proof(), sink.proof()))
    assert told(several) == (status, "invalid_dpop_proof")
    assert told(await sink.send((sink.proof(),)))[0] in ACCEPTED, "and a right one is taken yet"


@pytest.mark.spec("RFC 9449 §8", "RFC 9449 §9")
@pytest.mark.parametrize("sink", SINKS, indirect=True)
async def test_a_proof_of_a_wrong_time_is_told_a_nonce_to_come_back_with(sink: Sink):
    status = 400 if sink.token is None else 401
    for name, made in NONCES.items():
        answer = await sink.send((made(sink),))
        assert told(answer) == (status, "use_dpop_nonce"), name
        nonce = answer.headers["dpop-nonce"]
    assert told(await sink.send((sink.proof(nonce=nonce + "A"),))) == (status, "use_dpop_nonce")
    assert told(await sink.send((sink.proof(nonce=nonce, iat=0),)))[0] in ACCEPTED


@pytest.mark.spec("RFC 9449 §4.3", "RFC 3986 §6.2.2", "RFC 3986 §6.2.3")
@pytest.mark.parametrize("sink", ["GET /userinfo"], indirect=True)
async def test_what_is_right_in_another_spelling_is_accepted(sink: Sink):
    for address in RIGHT_ADDRESSES:
        htu = address.replace("{}", ISSUER + sink.path).replace("{path}", sink.path)
        assert told(await sink.send((sink.proof(htu=htu),)))[0] == 200, htu
    for name, made in FINE.items():
        assert told(await sink.send((made(sink),)))[0] == 200, name


@pytest.mark.spec("RFC 9449 §4.3")
@pytest.mark.parametrize("sink", ["GET /userinfo"], indirect=True)
async def test_the_address_is_ours_whatever_the_host_header_says(sink: Sink, visitor: Browser):
    visitor.host = "evil.example"
    theirs = sink.proof(htu=f"http://evil.example{sink.path}")
    assert told(await sink.send((theirs,))) == (401, "invalid_dpop_proof")
    assert (await sink.send((sink.proof(),))).status == 200


@pytest.mark.spec("RFC 9449 §4.2")
async def test_every_algorithm_that_is_offered_works(provider: Provider, visitor: Browser):
    for alg in ("ES256", "PS256", "Ed25519"):
        platform = await assertions.register(provider)
        holder = Holder(platform, Prover(alg))
        code = await platform.code(visitor)
        form = assertions.with_assertion(platform, assertions.assertion(platform), code)
        tokens = (await holder.redeem(form)).json()
        assert tokens["token_type"] == "DPoP"
        assert (await holder.call(tokens["access_token"])).status == 200, alg
