"""The way back from a logout: no open redirect, and no ID token but one that we signed for you."""

import pytest

from tests.support.browser_like import Browser
from tests.support.jwt import forge, hs256, key, parts, signed, unsigned
from tests.support.leaving import AFTER, choose, leaving_platform, logout_page
from tests.support.logins import Platform
from tests.support.provider import Provider

LOOPBACK = "http://localhost/after"
LOOK_ALIKE = (
    "https://evil.example/",
    "https://shop.example@evil.example/bye",
    "https://shop.example:pass@evil.example/bye",
    "https://shop.example\\@evil.example/bye",
    "https://evil.example\\.shop.example/bye",
    "https://shop%2eexample/bye",
    "https://evil.example%2f@shop.example/bye",
    "https://shop\u3002example/bye",
    "https://sh\u043ep.example/bye",
    "https://SHOP.example/bye",
    "https://shop.example.evil.example/bye",
    "https://shop.example:443/bye",
    "https://shop.example/bye/",
    "https://shop.example/bye?foo=bar",
    "https://shop.example/bye?",
    "https://shop.example/bye#x",
    "https://shop.example/bye ",
    "https://shop.example/x/../bye",
    "https://shop.example/by%65",
    "https://shop.example/",
    "https://shop.example/callback",  # a redirect URI is another list
    AFTER.replace("kept=1", "kept=2"),
    AFTER + "&state=chosen",
    "//shop.example/bye",
    "/bye",
    "javascript:alert(1)",
    "http://localhost:8080/after",  # no leeway: another port is somebody else
    "http://127.0.0.1/after",
    "http://localhost.evil.example/after",
)


@pytest.fixture
async def shop(provider: Provider) -> Platform:
    return await leaving_platform(
        provider, post_logout_redirect_uris=[AFTER, "https://shop.example/bye", LOOPBACK]
    )


async def test_an_address_that_only_looks_registered_is_never_gone_to(
    shop: Platform, visitor: Browser
):
    """Asked of somebody signed in and, as nobody is asked then, of a stranger."""
    hint = (await shop.tokens(visitor, remember=True))["id_token"]
    for browser in (visitor, shop.provider.browser()):
        for uri in LOOK_ALIKE:
            page = await logout_page(browser, hint, post_logout_redirect_uri=uri)
            assert (page.status, page.error_code()) == (400, "logout_address_mismatch"), uri
            assert "location" not in page.headers


async def test_a_hint_that_we_did_not_sign_for_this_client_leads_nowhere(
    provider: Provider, shop: Platform, visitor: Browser
):
    tokens = await shop.tokens(visitor, remember=True)
    header, claims = parts(tokens["id_token"])
    ours = next(one for one in provider.parts.keystore.signers() if one.alg == "RS256")
    rsa_text = ours.public_jwk["n"].encode()
    forged = {
        "access token": tokens["access_token"],
        "none": forge({"alg": "none", "typ": "JWT"}, claims, unsigned),
        "none, with our kid": forge({**header, "alg": "none"}, claims, unsigned),
        "changed": tokens["id_token"][:-8] + "AAAAAAAA",
        "without its signature": tokens["id_token"].rpartition(".")[0] + ".",
        "public key as secret": forge({**header, "alg": "HS256"}, claims, hs256(rsa_text)),
        "client secret": forge({"alg": "HS256"}, claims, hs256(shop.secret.encode())),
        "stranger's key": signed(key("RS256"), claims, kid=header["kid"]),
        "stranger's key inside": signed(key("RS256"), claims, jwk=dict(key("RS256").public_jwk)),
        "no type": signed(ours, claims, typ=None),
        "a logout token": signed(ours, claims, typ="logout+jwt"),
        "userinfo": signed(ours, {n: v for n, v in claims.items() if n != "exp"}),
        "another issuer": signed(ours, claims | {"iss": "https://evil.example"}),
        "audience in an array": signed(ours, claims | {"aud": [shop.client_id]}),
        "no audience": signed(ours, {n: v for n, v in claims.items() if n != "aud"}),
        "garbage": "eyJ.eyJ.x",
        "long": "a" * 9000,
    }
    for browser in (visitor, provider.browser()):
        for kind, hint in forged.items():
            page = await logout_page(browser, hint, post_logout_redirect_uri=AFTER)
            assert (page.status, page.error_code()) == (400, "logout_hint_invalid"), kind


async def test_an_id_token_of_another_client_opens_only_that_clients_way_back(
    provider: Provider, shop: Platform, visitor: Browser
):
    """Even of the same platform: each client has addresses of its own."""
    own = {"post_logout_redirect_uris": ["https://evil.example/after"]}
    same = shop.registered.client.platform
    for other in (await Platform.register(provider), await leaving_platform(provider, **own)):
        hint = (await other.tokens(visitor))["id_token"]
        page = await logout_page(visitor, hint, post_logout_redirect_uri=AFTER)
        assert page.error_code() == "logout_address_mismatch"
        page = await logout_page(visitor, hint, client_id=shop.client_id)
        assert page.error_code() == "logout_client_mismatch"
    sibling = await leaving_platform(provider, platform=same, **own)
    hint = (await sibling.tokens(visitor))["id_token"]
    assert (await logout_page(visitor, hint, post_logout_redirect_uri=AFTER)).status == 400


async def test_a_token_of_another_page_is_no_way_back(
    provider: Provider, shop: Platform, visitor: Browser
):
    """The sealed token of a sign-in does not open as that of a logout."""
    page = await shop.ask(visitor)
    interaction = page.form("/signin/persona")["interaction"]
    await provider.sign_in(visitor)
    answer = await choose(visitor, await visitor.get("/signout"), logout=interaction)
    assert answer.location == "/signed-out"


async def test_a_state_adds_no_parameter_and_no_header_of_its_own(shop: Platform, visitor: Browser):
    hint = (await shop.tokens(visitor, remember=True))["id_token"]
    state = "a&kept=2#b=c;d \t\n"
    page = await logout_page(visitor, hint, post_logout_redirect_uri=AFTER, state=state)
    answer = await choose(visitor, page)
    assert answer.location_query == {"kept": "1", "state": state}
    assert "\n" not in answer.location
