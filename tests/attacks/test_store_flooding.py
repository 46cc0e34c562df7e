"""Store flooding: a stranger's requests leave nothing behind but a count that is soon gone."""

import pytest

from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump, dump_but_counts


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
