"""Audience confusion: a token for one audience is worth nothing at another, and never widened."""

from urllib.parse import urlencode

import pytest

from idp.protocol.client_metadata import MetadataRefused
from tests.support.browser_like import Browser
from tests.support.jwt import parts, signed
from tests.support.logins import Platform, basic
from tests.support.provider import ISSUER, Provider
from tests.support.resources import SANDBOX_SCOPE, Api, ask, own_token

SANDBOX = f"{ISSUER}/sandbox/resource"


async def both_tokens(api: Api, shop: Platform, visitor: Browser) -> tuple[str, str]:
    """One login each: a token for the API, and one for userinfo."""
    found = []
    for audience in (api.identifier, ISSUER):
        code = await shop.code(visitor, scope=f"openid age {api.read}", remember=True)
        found.append((await shop.redeem(code, resource=audience)).json()["access_token"])
    return found[0], found[1]


@pytest.mark.spec("RFC 9068 §4")
@pytest.mark.spec("RFC 8707 §2")
async def test_a_token_works_at_its_own_audience_alone(provider: Provider, visitor: Browser):
    one, other = await Api.offered(provider), await Api.offered(provider)
    shop = await one.user()
    for_api, for_userinfo = await both_tokens(one, shop, visitor)
    program = (await own_token(await one.program(), scope=one.read)).json()["access_token"]

    assert (await shop.userinfo(for_userinfo)).status == 200
    for token in (for_api, program):
        answer = await shop.userinfo(token)
        assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
        assert (await ask(one, token)).json()["active"] is True
        assert (await ask(other, token)).json() == {"active": False}
    assert (await ask(one, for_userinfo)).json() == {"active": False}


@pytest.mark.spec("RFC 9068 §4")
@pytest.mark.parametrize(
    "audience",
    ["{api}/", "{api}#", "{api}?x", "{prefix}", ISSUER, ["{api}"], ["{api}", ISSUER], None, "", 7],
)
async def test_an_audience_that_is_nearly_right_is_wrong(
    provider: Provider, visitor: Browser, audience: object
):
    """Signed with our own key, to see that the very value is compared."""
    api = await Api.offered(provider)
    for_api, _ = await both_tokens(api, await api.user(), visitor)
    header, claims = parts(for_api)
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    assert (await ask(api, signed(ours, claims, **header))).json()["active"] is True

    def said(value: object) -> object:
        if isinstance(value, list):
            return [said(one) for one in value]
        if not isinstance(value, str):
            return value
        return value.replace("{api}", api.identifier).replace("{prefix}", api.identifier[:-1])

    forged = {name: value for name, value in (claims | {"aud": said(audience)}).items() if value}
    assert (await ask(api, signed(ours, forged, **header))).json() == {"active": False}


@pytest.mark.spec("RFC 8707 §2.2")
async def test_the_token_endpoint_widens_nothing(provider: Provider, visitor: Browser):
    """Neither by `resource` nor by `scope`, which a code's request does not have."""
    api, other = await Api.offered(provider), await Api.offered(provider)
    scope = f"openid {api.read} {api.write} {other.read} {SANDBOX_SCOPE}"
    shop = await Platform.register(provider, scope=scope)
    code = await shop.code(visitor, scope=api.read)
    for named in (ISSUER, other.identifier, SANDBOX, f"{api.identifier} {ISSUER}"):
        answer = await shop.redeem(code, resource=named)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_target")
    tokens = (await shop.redeem(code, scope=f"openid {api.read} {api.write}")).json()
    assert tokens["scope"] == api.read
    assert parts(tokens["access_token"])[1]["scope"] == api.read
    assert "id_token" not in tokens


@pytest.mark.spec("RFC 8707 §2")
async def test_several_resources_are_refused_not_guessed(provider: Provider, visitor: Browser):
    one, other = await Api.offered(provider), await Api.offered(provider)
    shop = await Platform.register(provider, scope=f"openid {one.read} {other.read}")
    for request in (
        {"scope": f"{one.read} {other.read}"},
        {"scope": f"{one.read} {other.read}", "resource": one.identifier},
        {"scope": one.read, "resource": other.identifier},
        {"scope": f"openid {one.read}", "resource": ISSUER},
        {"scope": one.read, "resource": f"{one.identifier} {other.identifier}"},
    ):
        answer = await shop.ask(visitor, **request)
        assert answer.location_query["error"] == "invalid_target"


@pytest.mark.spec("RFC 6749 §3.1")
async def test_resource_stands_once(provider: Provider, visitor: Browser):
    """RFC 8707 lets it stand several times; one token has one audience here."""
    api = await Api.offered(provider)
    shop = await api.user()
    request = shop.request(scope=api.read, resource=api.identifier)
    twice = urlencode([*request.items(), ("resource", ISSUER)])
    assert (await visitor.get(f"/authorize?{twice}")).status == 400
    code = await shop.code(visitor, scope=api.read)
    form = urlencode([*shop.token_form(code).items(), *2 * [("resource", api.identifier)]])
    answer = await visitor.send(
        "POST",
        "/token",
        body=form.encode(),
        headers=basic(shop.client_id, shop.secret)
        | {"content-type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


async def test_a_scope_never_moves_to_another_resource(provider: Provider, visitor: Browser):
    """Clients still have it in their registration, and a program would ask no person first."""
    api = await Api.offered(provider)
    shop, scope = await api.user(), api.read
    await shop.code(visitor, scope=scope, remember=True)
    await provider.services.clients.remove(api.client_id)
    answer = await shop.ask(visitor, scope=scope)
    assert answer.location_query["error"] == "invalid_scope"
    with pytest.raises(MetadataRefused, match="another resource has or had"):
        await Api.offered(provider, resource_scopes={scope: "Sell your records"})
