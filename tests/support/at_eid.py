"""A person's way to the electronic identity and back, over HTTP."""

from typing import Any, Final
from urllib.parse import urlsplit

from idp.storage import people
from idp.web.words import NOTICES
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.live_eid import LiveEid, http
from tests.support.provider import Provider

CALLBACK: Final = "http://localhost:8000/enrol/upstream/city/callback"


async def steer(provider: Provider, eid: LiveEid, **control: Any) -> None:
    """Let the eID know our key, our address and our time, and misbehave as told."""
    jwks = (await provider.browser().get("/enrol/upstream/jwks.json")).json()
    ordinary = {"jwks": jwks, "redirect_uris": [CALLBACK], "now": provider.clock.now()}
    eid.steer(**ordinary | control)


async def leave(browser: Browser, upstream_id: str = "city") -> str:
    """Choose the eID; return where it sends the browser."""
    page = await browser.get("/enrol")
    form = page.form("/enrol/upstream") | {"upstream": upstream_id}
    answer = await browser.post("/enrol/upstream", form)
    assert answer.status == 303, answer.text
    return answer.location


def answer_there(address: str, answer: str = "yes") -> str:
    """Press a button at the eID; return the address it sends the browser back to."""
    with http() as there:
        page = there.get(address)
        assert page.status_code == 200, page.text
        handle = page.text.partition("name=handle value=")[2].partition(">")[0]
        url = urlsplit(address)
        done = f"{url.scheme}://{url.netloc}/done"
        return there.post(done, data={"handle": handle, "answer": answer}).headers["location"]


async def go(browser: Browser, answer: str = "yes") -> Answer:
    """The whole way there and back; return where it ends."""
    return await browser.follow(await browser.get(answer_there(await leave(browser), answer)))


async def enrol(provider: Provider, browser: Browser, page: Answer) -> Answer:
    credential = SoftAuthenticator().create(page.passkey_options(), provider.issuer)
    form = page.form("/enrol/passkey") | {"credential": credential}
    return await browser.post("/enrol/passkey", form)


def notice(page: Answer) -> str | None:
    """Which notice a page shows."""
    return next((name for name, text in NOTICES.items() if text in page.text), None)


async def headcount(provider: Provider) -> int:
    return await people.count(provider.parts.database, sandbox=False)
