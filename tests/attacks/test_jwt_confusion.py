"""JWT confusion: every kind of JWT at every place that reads one; only the diagonal is accepted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support import assertions
from tests.support.browser_like import Browser
from tests.support.internet import Internet
from tests.support.jwt import jwks, key, parts, signed
from tests.support.jwt_kinds import JWTS, KINDS, Scene
from tests.support.jwt_sinks import SINKS, right, scene_of
from tests.support.logins import Platform
from tests.support.provider import Provider

MODULE = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene_of(tmp_path_factory.mktemp("kinds"), Internet()) as made:
        yield made


@MODULE
@pytest.mark.spec("RFC 8725 §3.11")
@pytest.mark.parametrize("sink", SINKS)
async def test_no_kind_passes_for_another_by_its_type_and_our_signature(scene: Scene, sink: str):
    """Its type is not all that keeps it from being one: it lacks what each of the others needs."""
    (kind, *_) = sorted(SINKS[sink].takes & set(JWTS)) or [""]
    if not kind or SINKS[sink].spoils:
        return
    target = await scene.good(kind)
    for other in sorted(set(JWTS) - SINKS[sink].takes):
        claims = parts(await right(scene, sink, other))[1]
        renamed = target.signed(target.header, claims)
        assert not await SINKS[sink].took(scene, renamed), other


@MODULE
@pytest.mark.spec("RFC 8725 §3.11")
@pytest.mark.spec("RFC 8725 §3.12")
@pytest.mark.parametrize("sink", SINKS)
async def test_a_text_of_one_kind_is_nothing_at_the_place_of_another(scene: Scene, sink: str):
    took, takes = SINKS[sink].took, SINKS[sink].takes
    kinds = sorted(KINDS, key=lambda kind: kind in takes)  # what is used up goes last
    accepted = {kind for kind in kinds if await took(scene, await right(scene, sink, kind))}
    assert accepted == takes


@pytest.mark.spec("RFC 8725 §3.11")
async def test_a_client_cannot_make_its_own_assertion_pass_for_ours(
    provider: Provider, visitor: Browser
):
    """A client whose registered key is ours, or whose id is the issuer, would bridge the kinds."""
    platform = await assertions.register(provider)
    code = await platform.code(visitor)
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    tokens = (await platform.at_token_endpoint(form)).json()
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    thief = await assertions.register(provider, jwks=jwks(ours))
    for token in (tokens["id_token"], tokens["access_token"]):
        form = assertions.with_assertion(thief, token) | {"client_id": thief.client_id}
        assert (await thief.at_token_endpoint(form)).json()["error"] == "invalid_client"


@pytest.mark.spec("RFC 9068 §4")
@pytest.mark.parametrize(
    ("header", "changes"),
    [
        ({"typ": "JWT"}, {}),
        ({"typ": None}, {}),
        ({"typ": "jwt+at"}, {}),
        ({"typ": "at+jwt "}, {}),
        ({"kid": None}, {}),
        ({"kid": "unknown"}, {}),
        ({"crit": ["exp"]}, {}),
        ({"b64": False}, {}),
        ({"jku": "https://evil.example/jwks"}, {}),
        ({"x5u": "https://evil.example/cert"}, {}),
        ({"zip": "DEF"}, {}),
        ({}, {"iss": "https://evil.example"}),
        ({}, {"iss": None}),
        ({}, {"aud": "https://evil.example"}),
        ({}, {"aud": "{client}"}),
        ({}, {"aud": ["http://localhost:8000"]}),
        ({}, {"aud": None}),
        ({}, {"exp": 0}),
        ({}, {"exp": None}),
        ({}, {"exp": "9999999999"}),
        ({}, {"scope": "age"}),
        ({}, {"scope": None}),
        ({}, {"jti": None}),
        ({}, {"jti": "x"}),
        ({}, {"jti": "AAAAAAAAAAAAAAAAAAAAAA.x"}),
        ({}, {"jti": 7}),
        ({}, {"sub": "ANOTHERNETWORKID"}),
        ({}, {"client_id": "another"}),
        ({}, {"client_id": "\ud800"}),
    ],
)
async def test_an_access_token_that_we_could_have_signed_but_did_not_is_refused(
    provider: Provider,
    platform: Platform,
    visitor: Browser,
    header: dict[str, Any],
    changes: dict[str, Any],
):
    """Signed with our own key, to see that each member is looked at."""
    token = (await platform.tokens(visitor))["access_token"]
    before, claims = parts(token)
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    changes = {k: platform.client_id if v == "{client}" else v for k, v in changes.items()}
    made = {name: value for name, value in (claims | changes).items() if value is not None}
    assert (await platform.userinfo(signed(ours, claims, **before))).status == 200
    answer = await platform.userinfo(signed(ours, made, **before | header))
    scope = "scope" in changes
    assert answer.status == (403 if scope else 401)
    assert answer.json()["error"] == ("insufficient_scope" if scope else "invalid_token")
    assert answer.headers["www-authenticate"].startswith('Bearer error="')


async def test_an_access_token_signed_with_our_other_key_is_refused(
    provider: Provider, platform: Platform, visitor: Browser
):
    """One algorithm per kind: the key of ID tokens signs no access token."""
    before, claims = parts((await platform.tokens(visitor))["access_token"])
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "RS256")
    assert (await platform.userinfo(signed(ours, claims, typ=before["typ"]))).status == 401


async def test_an_access_token_signed_by_a_client_is_refused(provider: Provider, visitor: Browser):
    platform = await assertions.register(provider)
    code = await platform.code(visitor)
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    token = (await platform.at_token_endpoint(form)).json()["access_token"]
    before, claims = parts(token)
    for header in ({"typ": before["typ"]}, before):
        assert (await platform.userinfo(signed(key(), claims, **header))).status == 401
