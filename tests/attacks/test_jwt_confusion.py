"""JWT confusion: every kind of JWT at every place that reads one; only the diagonal is accepted."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import assertions
from tests.support.browser_like import Browser
from tests.support.dpop import Holder as KeyHolder
from tests.support.jwt import jwks, key, parts, signed
from tests.support.logins import Platform
from tests.support.platforms import Holder
from tests.support.provider import Provider
from tests.support.resources import SANDBOX_SCOPE, SIGNED, Api, own_token

KINDS = [
    "id_token_rs256",
    "id_token_es256",
    "access_token",
    "sandbox_token",
    "api_token",
    "program_token",
    "introspection",
    "dpop_proof",
    "signed_userinfo",
    "client_assertion",
    "logout_token",
    "consent_receipt",
]
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
SINKS = {
    "userinfo": {"access_token"},
    "sandbox_resource": {"sandbox_token"},
    "introspect": {"api_token", "program_token"},
    "dpop_proof": {"dpop_proof"},
    "id_token_hint": {"id_token_rs256", "id_token_es256"},
    "end_session_hint": {"id_token_rs256", "id_token_es256"},
    "client_assertion": {"client_assertion"},
    "code": set(),
    "interaction": set(),
}


class Scene:
    """A client that can do everything, and one JWT of each kind that is rightly its own."""

    def __init__(
        self, platform: Platform, api: Api, visitor: Browser, kinds: dict[str, str]
    ) -> None:
        self.platform = platform
        self.api = api
        self.visitor = visitor
        self.kinds = kinds

    @classmethod
    async def made(cls, provider: Provider, visitor: Browser) -> "Scene":
        api = await Api.offered(provider)
        platform = await assertions.register(
            provider,
            userinfo_signed_response_alg="ES256",
            scope=f"openid {SANDBOX_SCOPE} {api.read}",
        )
        kinds: dict[str, str] = {}
        code = await platform.code(visitor)
        form = assertions.with_assertion(platform, assertions.assertion(platform), code)
        tokens = (await platform.at_token_endpoint(form)).json()
        ours = {signer.alg: signer for signer in provider.parts.keystore.signers()}
        claims = parts(tokens["id_token"])[1]
        kinds["id_token_rs256"] = tokens["id_token"]
        kinds["id_token_es256"] = signed(ours["ES256"], claims)
        kinds["access_token"] = tokens["access_token"]
        kinds["signed_userinfo"] = (await platform.userinfo(tokens["access_token"])).text
        for kind, scope in (("sandbox_token", SANDBOX_SCOPE), ("api_token", api.read)):
            code = await platform.code(visitor, scope=scope)
            form = assertions.with_assertion(platform, assertions.assertion(platform), code)
            kinds[kind] = (await platform.at_token_endpoint(form)).json()["access_token"]
        program = await own_token(await api.program(), scope=api.read)
        kinds["program_token"] = program.json()["access_token"]
        kinds["introspection"] = (await api.introspect(kinds["api_token"], accept=SIGNED)).text
        kinds["dpop_proof"] = KeyHolder(platform).proof("POST", "/token")
        kinds["client_assertion"] = assertions.assertion(platform)
        kinds["logout_token"] = signed(
            ours["RS256"], claims | {"events": {LOGOUT: {}}}, typ="logout+jwt"
        )
        receipt = await Holder(provider, visitor).receipt(platform)
        kinds["consent_receipt"] = receipt["jws"]
        return cls(platform, api, visitor, kinds)

    async def userinfo(self, token: str) -> bool:
        return (await self.platform.userinfo(token)).status == 200

    async def sandbox_resource(self, token: str) -> bool:
        headers = {"authorization": f"Bearer {token}"}
        return (await self.visitor.get("/sandbox/resource", headers)).status == 200

    async def introspect(self, token: str) -> bool:
        return bool((await self.api.introspect(token)).json()["active"])

    async def dpop_proof(self, token: str) -> bool:
        form = assertions.with_assertion(self.platform, assertions.assertion(self.platform))
        answer = await self.platform.at_token_endpoint(form, {"dpop": token})
        return bool(answer.json()["error"] == "invalid_grant")

    async def id_token_hint(self, token: str) -> bool:
        answer = await self.visitor.get(self.platform.address(id_token_hint=token))
        return not answer.location.startswith(self.platform.redirect_uri)

    async def end_session_hint(self, token: str) -> bool:
        query = urlencode({"id_token_hint": token})
        return (await self.visitor.get(f"/logout?{query}")).status == 303

    async def client_assertion(self, token: str) -> bool:
        form = assertions.with_assertion(self.platform, token)
        answer = await self.platform.at_token_endpoint(form)
        return answer.status == 400 and answer.json()["error"] == "invalid_grant"

    async def code(self, token: str) -> bool:
        proof = assertions.assertion(self.platform)
        form = assertions.with_assertion(self.platform, proof, token)
        return (await self.platform.at_token_endpoint(form)).status == 200

    async def interaction(self, token: str) -> bool:
        return (await self.visitor.get(f"/continue?interaction={token}")).status != 400


@pytest.mark.spec("RFC 8725 §3.11")
@pytest.mark.spec("RFC 8725 §3.12")
@pytest.mark.parametrize("sink", SINKS)
async def test_a_jwt_of_one_kind_is_nothing_at_the_place_of_another(
    provider: Provider, visitor: Browser, sink: str
):
    scene = await Scene.made(provider, visitor)
    read = getattr(scene, sink)
    accepted = {kind for kind in KINDS if await read(scene.kinds[kind])}
    assert accepted == SINKS[sink]


@pytest.mark.spec("RFC 8725 §3.11")
@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "logout+jwt"])
async def test_a_receipt_with_another_type_is_no_token_either(
    provider: Provider, visitor: Browser, typ: str
):
    """Its type is not all that keeps it from being one: it lacks what each of the others needs."""
    scene = await Scene.made(provider, visitor)
    claims = parts(scene.kinds["consent_receipt"])[1]
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    retyped = signed(ours, claims, typ=typ)
    assert not [sink for sink in SINKS if await getattr(scene, sink)(retyped)]


@pytest.mark.spec("RFC 8725 §3.11")
async def test_a_client_cannot_make_its_own_assertion_pass_for_ours(
    provider: Provider, visitor: Browser
):
    """A client whose registered key is ours, or whose id is the issuer, would bridge the kinds."""
    scene = await Scene.made(provider, visitor)
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    thief = await assertions.register(provider, jwks=jwks(ours))
    for token in scene.kinds.values():
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
