"""Authlib's own clients, as its manual shows them, against the running provider."""

from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError as AuthlibOAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.starlette_client import OAuth, OAuthError
from authlib.oidc.discovery import OpenIDProviderMetadata
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.domain import network_id
from tests.support.by_http import Person
from tests.support.live_demo import LiveDemo

PLATFORM = "https://platform.example"
CALLBACK = f"{PLATFORM}/callback"


def platform(demo: LiveDemo, registered: dict[str, Any], **options: Any) -> httpx2.AsyncClient:
    """A platform of Starlette and Authlib, and a browser that is at it."""
    oauth = OAuth()
    oauth.register(
        "network_id",
        client_id=registered["client_id"],
        client_secret=registered["client_secret"],
        server_metadata_url=f"{demo.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid age", "code_challenge_method": "S256"} | options,
    )

    async def login(request: Request) -> Response:
        redirect: Response = await oauth.network_id.authorize_redirect(request, CALLBACK)
        return redirect

    async def callback(request: Request) -> Response:
        try:
            token = await oauth.network_id.authorize_access_token(request)
        except OAuthError as error:
            return JSONResponse({"error": error.error}, 403)
        userinfo = await oauth.network_id.userinfo(token=token)
        return JSONResponse({"token": token, "userinfo": userinfo})

    app = Starlette(
        routes=[Route("/login", login), Route("/callback", callback)],
        middleware=[Middleware(SessionMiddleware, secret_key=generate_token(32))],
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PLATFORM)


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1")
async def test_a_starlette_platform_logs_a_person_in(demo: LiveDemo, registered: dict[str, Any]):
    async with platform(demo, registered) as at, Person(demo.issuer, "adult") as person:
        away = await at.get("/login")
        back = await person.open(away.headers["location"])
        answer = (await at.get(back)).json()
    claims, userinfo = answer["token"]["userinfo"], answer["userinfo"]
    assert network_id.parse(claims["sub"]) == claims["sub"] == userinfo["sub"]
    ages = {name: value for name, value in userinfo.items() if name != "sub"}
    assert ages == {
        "age_over_14": True,
        "age_over_16": True,
        "age_over_18": True,
        "age_over_65": False,
    }
    assert answer["token"]["token_type"].lower() == "bearer"


@pytest.mark.spec("RFC 6749 §4.1.2.1")
async def test_a_no_arrives_as_access_denied(demo: LiveDemo, registered: dict[str, Any]):
    async with platform(demo, registered) as at, Person(demo.issuer, "adult") as person:
        away = await at.get("/login")
        back = await person.open(away.headers["location"], decision="deny")
        answer = await at.get(back)
    assert answer.json() == {"error": "access_denied"}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.spec("RFC 6749 §2.3.1")
async def test_the_plain_oauth_client_gets_a_token_and_asks_userinfo(demo: LiveDemo, method: str):
    registered = demo.add_client(
        client_name="A platform", redirect_uris=[CALLBACK], token_endpoint_auth_method=method
    )
    verifier = generate_token(48)
    client = AsyncOAuth2Client(
        registered["client_id"],
        registered["client_secret"],
        token_endpoint_auth_method=method,
        scope="openid",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    async with client, Person(demo.issuer, "adult") as person:
        metadata = await discovered(demo)
        url, _ = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier
        )
        back = await person.open(url)
        token = await client.fetch_token(
            metadata["token_endpoint"], authorization_response=back, code_verifier=verifier
        )
        answer = await client.get(metadata["userinfo_endpoint"])
    assert answer.json().keys() == {"sub"}
    assert token["expires_in"] == 600


@pytest.mark.spec("OpenID Connect Core 1.0 §12")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_the_plain_oauth_client_stays_connected_until_it_gives_back_and_signs_out(
    demo: LiveDemo,
):
    registered = demo.add_client(
        client_name="A platform",
        redirect_uris=[CALLBACK],
        post_logout_redirect_uris=[PLATFORM],
        grant_types=["authorization_code", "refresh_token"],
        scope="openid offline_access",
    )
    verifier = generate_token(48)
    client = AsyncOAuth2Client(
        registered["client_id"],
        registered["client_secret"],
        scope="openid offline_access",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        revocation_endpoint_auth_method="client_secret_basic",
    )
    async with client, Person(demo.issuer, "adult") as person:
        metadata = await discovered(demo)
        at = metadata["token_endpoint"]
        url, _ = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier
        )
        back = await person.open(url)
        first = await client.fetch_token(at, authorization_response=back, code_verifier=verifier)
        before = (await client.get(metadata["userinfo_endpoint"])).json()
        second = await client.refresh_token(at, refresh_token=first["refresh_token"])
        assert second["access_token"] != first["access_token"]
        assert (await client.get(metadata["userinfo_endpoint"])).json() == before
        given_back = await client.revoke_token(
            metadata["revocation_endpoint"], second["refresh_token"]
        )
        assert given_back.status_code == 200
        with pytest.raises(AuthlibOAuthError, match="invalid_grant"):
            await client.refresh_token(at, refresh_token=second["refresh_token"])
        asked = {"id_token_hint": first["id_token"], "post_logout_redirect_uri": PLATFORM}
        leaving = add_params_to_uri(metadata["end_session_endpoint"], list(asked.items()))
        assert (await person.open(leaving)).rstrip("/") == PLATFORM


@pytest.mark.spec("OpenID Connect Discovery 1.0 §4")
async def test_the_metadata_is_valid_and_leads_only_to_the_issuer(demo: LiveDemo):
    metadata = await discovered(demo)
    metadata.validate()
    assert metadata["issuer"] == demo.issuer
    addresses = [value for value in metadata.values() if isinstance(value, str) and "//" in value]
    assert {urlsplit(one).netloc for one in addresses} == {urlsplit(demo.issuer).netloc}


async def discovered(demo: LiveDemo) -> OpenIDProviderMetadata:
    """The provider's metadata as Authlib reads it."""
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"{demo.issuer}/.well-known/openid-configuration")
    return OpenIDProviderMetadata(answer.json())
