"""A platform in FastAPI at the provider itself, which says when a session has ended."""

import httpx2
import pytest
from fastapi import Depends, FastAPI
from network_id import Options, SignIn
from network_id.integrations.starlette import NetworkID

from tests.support.accounts import Somebody
from tests.support.internet import Internet
from tests.support.listening import everything_told, listener
from tests.support.logins import Platform
from tests.support.loud_provider import internet, owner, provider
from tests.support.provider import Provider

__all__ = ["internet", "owner", "provider"]

HOME = "https://shop.example"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def application(provider: Provider, registered: Platform) -> FastAPI:
    transport = httpx2.ASGITransport(app=provider.app)
    options = Options(clock=provider.clock.now, transport=transport)
    network_id = NetworkID(
        provider.issuer,
        registered.client_id,
        registered.secret,
        url=HOME,
        session_secret="a secret that is long enough for this",
        options=options,
    )
    app = FastAPI()
    network_id.install(app)

    async def home(sign_in: SignIn | None = Depends(network_id.current)) -> str:  # noqa: B008
        return sign_in.display if sign_in else "nobody"

    async def cellar(_: SignIn = Depends(network_id.required.over(18))) -> str:  # noqa: B008
        return "cellar"

    app.get("/")(home)
    app.get("/cellar")(cellar)
    return app


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.7")
async def test_a_person_signs_in_proves_an_age_and_is_signed_out_by_the_provider(
    provider: Provider, internet: Internet, owner: Somebody
):
    registered = await listener(provider, internet)
    app = application(provider, registered)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=HOME) as at:
        first = await at.get("/cellar")
        asked = (await at.get(first.headers["location"])).headers["location"]
        page = await owner.browser.follow(await owner.browser.get(asked))
        if "/consent?" in page.url:
            page = await registered.decide(owner.browser, page, "allow")
        back = await at.get(page.location)
        assert back.headers["location"] == f"{HOME}/cellar"
        assert (await at.get("/cellar")).json() == "cellar"
        shown = (await at.get("/")).json()
        assert shown.count("-") == 4
        await provider.services.sessions.end_all(owner.person_id)
        await everything_told(provider)
        url = registered.registered.client.backchannel_logout_uri
        (token,) = [one.form["logout_token"] for one in internet.asked if one.url == url]
        told = await at.post("/backchannel-logout", data={"logout_token": token})
        assert told.status_code == 200
        assert (await at.get("/")).json() == "nobody"
