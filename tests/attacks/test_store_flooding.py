"""Store flooding: a stranger's requests leave nothing behind but a count that is soon gone."""

import json

import pytest

from idp.domain.throttle import LIMITS, Act, Subject
from tests.support import pushing
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Browser, another_network
from tests.support.logins import Platform, basic
from tests.support.provider import Provider
from tests.support.registering import JSON, Registrant, bearer, update
from tests.support.registrants import anybody
from tests.support.shared_provider import dump, dump_but_counts

__all__ = ["anybody"]


@pytest.mark.parametrize(
    "credential", ["{}", "", "null", "x" * 1000], ids=["{}", "none", "null", "x"]
)
async def test_a_wrong_passkey_response_writes_nothing_but_a_count(
    provider: Provider, visitor: Browser, credential: str
):
    page = await visitor.get("/signin")
    before = dump_but_counts(provider)
    form = page.form("/signin/passkey") | {"credential": credential}
    answer = await visitor.post("/signin/passkey", form)
    assert answer.status == 400
    assert dump_but_counts(provider) == before


async def test_a_passkey_of_nobody_here_writes_nothing_but_a_count(
    provider: Provider, visitor: Browser
):
    authenticator = SoftAuthenticator()
    create = {"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": "AAAA"}
    page = await visitor.get("/signin")
    options = page.passkey_options()
    authenticator.create(create | {"pubKeyCredParams": [{"alg": -7}]}, provider.issuer)
    before = dump_but_counts(provider)
    form = page.form("/signin/passkey") | {
        "credential": authenticator.get(options, provider.issuer)
    }
    answer = await visitor.post("/signin/passkey", form)
    assert answer.status == 400
    assert dump_but_counts(provider) == before


async def test_starting_a_sign_in_writes_nothing(platform: Platform, visitor: Browser):
    before = dump(platform.provider)
    for _ in range(3):
        await platform.ask(visitor)
        await visitor.post("/authorize", platform.request())
    assert dump(platform.provider) == before


@pytest.mark.spec("RFC 9110 §9.3.2")
async def test_head_of_the_authorization_endpoint_stores_no_code(
    platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True)
    before = dump(platform.provider)
    answer = await visitor.send("HEAD", platform.address())
    assert answer.status == 405
    assert dump(platform.provider) == before


@pytest.mark.parametrize("page", ["/signin", "/consent", "/select-account", "/suspended"])
async def test_head_of_a_page_stores_no_code(platform: Platform, visitor: Browser, page: str):
    await platform.log_in(visitor, remember=True)
    shown = await platform.ask(platform.provider.browser())
    token = shown.form("/signin/persona")["interaction"]
    before = dump(platform.provider)
    answer = await visitor.send("HEAD", f"{page}?interaction={token}")
    assert answer.status == 405
    assert dump(platform.provider) == before


@pytest.mark.spec("RFC 9126 §7")
async def test_pushing_is_counted_where_the_client_proves_nothing(provider: Provider):
    """A public client's id is known to everybody, and each request is a row for some minutes."""
    public = await Platform.register(provider, token_endpoint_auth_method="none")
    known = await Platform.register(provider)
    busy = another_network()
    limit = LIMITS[Act.PUSH][Subject.NETWORK]
    for _ in range(limit.tries):
        caller = provider.services.throttle.caller("", busy, [])
        await provider.services.throttle.count(Act.PUSH, caller)

    flooder = Browser(provider.app, network=busy)
    answer = await flooder.post("/par", public.request())
    assert (answer.status, answer.json()["error_code"]) == (429, "too_many_tries")
    assert int(answer.headers["retry-after"]) <= limit.seconds
    assert (await provider.browser().post("/par", public.request())).status == 201
    headers = basic(known.client_id, known.secret)
    assert (await flooder.post("/par", known.request(), headers=headers)).status == 201


@pytest.mark.spec("RFC 9101 §10.4.1")
async def test_no_host_is_asked_as_often_as_a_stranger_likes(platform: Platform):
    """A request by reference makes this server fetch: counted before anything is looked at."""
    busy, throttle = another_network(), platform.provider.services.throttle
    for _ in range(LIMITS[Act.REQUEST_URI][Subject.NETWORK].tries):
        await throttle.count(Act.REQUEST_URI, throttle.caller("", busy, []))
    flooder = Browser(platform.provider.app, network=busy)
    answer = await flooder.get(platform.address(request_uri="https://shop.example/request"))
    assert (answer.status, answer.error_code()) == (429, "too_many_tries")
    pushed = await pushing.visit(platform, flooder, await pushing.request_uri(platform))
    assert pushed.url.startswith("/signin?")


async def test_a_client_that_changes_itself_is_counted(anybody: Registrant):
    """Each change has us fetch a document and a picture, from whatever hosts it names."""
    busy, told = another_network(), await anybody.registered()
    throttle = anybody.provider.services.throttle
    for _ in range(LIMITS[Act.REGISTRATION][Subject.NETWORK].tries):
        await throttle.count(Act.REGISTRATION, throttle.caller("", busy, []))
    headers = JSON | bearer(told["registration_access_token"])
    sent = (told["registration_client_uri"], json.dumps(update(told)).encode(), headers)
    for network, status in ((busy, 429), (another_network(), 200)):
        answer = await Browser(anybody.provider.app, network=network).send(
            "PUT", sent[0], body=sent[1], headers=sent[2]
        )
        assert answer.status == status
