"""Another provider says who somebody is: a real one, in its own process, over HTTP."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio

from idp.keystore.memory import MemoryKeystore
from idp.proofing import upstream
from idp.services.upstreams import SIGN_IN_SECONDS
from idp.storage import people
from idp.web.words import NOTICES
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.eid import BORN, CLIENT_ID, DETAILS, GOSSIP, NUMBER, VERIFICATION, VERIFIED
from tests.support.live_eid import FLAT, LiveEid, running_eid, write_settings
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump
from tests.support.time import SeededEntropy

CALLBACK = "http://localhost:8000/enrol/upstream/city/callback"


@pytest.fixture(scope="module")
def eid() -> Iterator[LiveEid]:
    with running_eid() as started:
        yield started


@pytest.fixture(scope="module")
def keystore() -> MemoryKeystore:
    return MemoryKeystore.create(SeededEntropy(11))


@pytest.fixture
async def provider(
    tmp_path: Path, eid: LiveEid, keystore: MemoryKeystore
) -> AsyncIterator[Provider]:
    file = write_settings(tmp_path, eid.settings())
    async with running(tmp_path, sandbox=False, upstreams_file=file, keystore=keystore) as started:
        await steer(started, eid)
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, eid: LiveEid, keystore: MemoryKeystore
) -> AsyncIterator[Provider]:
    """One instance for all that is refused, since nothing of it stays."""
    folder = tmp_path_factory.mktemp("shared")
    file = write_settings(folder, eid.settings())
    async with running(folder, sandbox=False, upstreams_file=file, keystore=keystore) as started:
        yield started


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
    with httpx2.Client(trust_env=False) as there:
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


@pytest.mark.spec("OpenID Connect Core 1.0 §9")
@pytest.mark.spec("RFC 7636 §4.5")
async def test_what_the_eid_says_becomes_an_account(provider: Provider, eid: LiveEid):
    browser = provider.browser()
    page = await go(browser)
    assert page.url.startswith("/enrol/passkey?enrolment=")
    assert (await enrol(provider, browser, page)).location == "/created"
    assert await headcount(provider) == 1
    [asked] = [one for one in eid.seen() if one.get("redirect_uri") == CALLBACK and "scope" in one][
        -1:
    ]
    assert (asked["client_id"], asked["scope"]) == (CLIENT_ID, "openid")


async def test_nothing_it_says_beside_is_kept_or_shown(
    provider: Provider, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    browser = provider.browser()
    page = await go(browser)
    done = await enrol(provider, browser, page)
    shown = page.text + page.url + done.text + str(done.headers) + caplog.text
    stored = repr(dump(provider))
    for secret in (NUMBER, BORN, "citizen-4711", *GOSSIP.values()):
        assert secret not in shown
        assert secret not in stored


async def test_a_code_of_an_office_and_the_eid_find_one_account(provider: Provider):
    first, second = provider.browser(), provider.browser()
    assert (await enrol(provider, first, await go(first))).status == 303
    answer = await enrol(provider, second, await go(second))
    assert "You already have a network ID" in answer.text
    assert await headcount(provider) == 1


async def test_a_no_there_leads_back_to_all_the_ways(provider: Provider):
    page = await go(provider.browser(), "no")
    assert (page.status, notice(page)) == (400, "upstream_cancelled")
    assert 'href="/enrol/code"' in page.text


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "iss": {"claims": {"iss": "https://evil.example"}},
    "iss of another spelling": {"claims": {"iss": "http://127.0.0.1/"}},
    "aud": {"claims": {"aud": "somebody-else"}},
    "aud missing": {"claims": {"aud": None}},
    "aud with others": {"claims": {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID}},
    "azp": {"claims": {"azp": "somebody-else"}},
    "nonce": {"claims": {"nonce": "another"}},
    "nonce missing": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": 1_767_225_600 - 61}},
    "exp missing": {"claims": {"exp": None}},
    "exp as text": {"claims": {"exp": "9999999999"}},
    "iat in the future": {"claims": {"iat": 1_767_225_600 + 61}},
    "iat long past": {"claims": {"iat": 1_767_225_600 - 601}},
    "iat missing": {"claims": {"iat": None}},
    "sub missing": {"claims": {"sub": None}},
    "signature": {"signed": "brokenly"},
    "signed by a stranger": {"signed": "by a stranger"},
    "alg none": {"header": {"alg": "none"}},
    "alg HS256": {"header": {"alg": "HS256"}},
    "typ": {"header": {"typ": "at+jwt"}},
    "kid": {"header": {"kid": "unknown"}},
    "key in the header": {"header": {"jwk": {"kty": "EC"}}},
    "verified_claims missing": {"claims": {"verified_claims": None}},
    "verified_claims empty": {"claims": {"verified_claims": {}}},
    "trust framework": {
        "claims": {
            "verified_claims": VERIFIED | {"verification": VERIFICATION | {"trust_framework": "x"}}
        }
    },
    "level too low": {
        "claims": {
            "verified_claims": VERIFIED
            | {"verification": VERIFICATION | {"assurance_level": "low"}}
        }
    },
    "level unknown": {
        "claims": {
            "verified_claims": VERIFIED
            | {"verification": VERIFICATION | {"assurance_level": "excellent"}}
        }
    },
    "number missing": {
        "claims": {
            "verified_claims": VERIFIED
            | {
                "verification": VERIFICATION
                | {
                    "evidence": [
                        {
                            "type": "document",
                            "document_details": DETAILS | {"document_number": None},
                        }
                    ]
                }
            }
        }
    },
    "birth date of somebody else": {
        "claims": {"verified_claims": VERIFIED | {"claims": {"birthdate": "1950-01-01"}}}
    },
    "response of another issuer": {"response": {"iss": "https://evil.example"}},
    "response without issuer": {"response": {"iss": None}},
    "code of nobody": {"response": {"code": "made-up"}},
    "token endpoint: garbage": {"token": "garbage"},
    "token endpoint: a list": {"token": "list"},
    "token endpoint: no ID token": {"token": "empty"},
}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.spec("RFC 9207 §2.4")
@pytest.mark.parametrize("name", WRONG_CLAIMS)
async def test_evidence_that_proves_nothing_is_refused(provider: Provider, eid: LiveEid, name: str):
    await steer(provider, eid, **WRONG_CLAIMS[name])
    before = dump(provider)["enrolment.vouchers"]
    page = await go(provider.browser())
    assert (page.status, notice(page)) == (400, "upstream_refused")
    assert dump(provider)["enrolment.vouchers"] == before == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("token", ["huge", "packed", "redirect", "broken", "slow"])
async def test_an_answer_without_bounds_is_not_waited_for(
    shared: Provider, eid: LiveEid, monkeypatch: pytest.MonkeyPatch, token: str
):
    monkeypatch.setattr(upstream, "SECONDS", 1.0 if token == "slow" else 30.0)
    await steer(shared, eid, token=token)
    page = await go(shared.browser())
    assert (page.status, notice(page)) == (400, "upstream_unavailable")
    assert await headcount(shared) == 0


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"jwks_uri": "http://169.254.169.254/latest"},
        {"jwks_uri": "http://127.0.0.1:1/jwks"},
        {"token_endpoint": None},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
    ],
)
async def test_metadata_that_leads_elsewhere_is_not_followed(
    shared: Provider, eid: LiveEid, metadata: dict[str, Any]
):
    await steer(shared, eid, metadata=metadata)
    shared.services.upstreams._adapters["city"]._known = None
    browser = shared.browser()
    form = (await browser.get("/enrol")).form("/enrol/upstream") | {"upstream": "city"}
    page = await browser.post("/enrol/upstream", form)
    assert (page.status, notice(page)) == (400, "upstream_unavailable")


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_is_taken_once(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    browser = shared.browser()
    back = answer_there(await leave(browser))
    assert (await browser.get(back)).location.startswith("/enrol/passkey")
    page = await browser.get(back)
    assert (page.status, notice(page)) == (400, "upstream_expired")


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_is_taken_in_the_browser_that_asked_alone(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    back = answer_there(await leave(shared.browser()))
    victim = shared.browser()
    await victim.get("/enrol")
    page = await victim.get(back)
    assert (page.status, notice(page)) == (400, "upstream_expired")


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_to_a_head_request_uses_nothing_up(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    browser = shared.browser()
    back = answer_there(await leave(browser))
    assert (await browser.send("HEAD", back)).status == 405
    assert (await browser.get(back)).status == 303


async def test_an_answer_that_comes_late_is_not_taken(provider: Provider):
    browser = provider.browser()
    back = answer_there(await leave(browser))
    provider.clock.advance(SIGN_IN_SECONDS)
    assert notice(await browser.get(back)) == "upstream_expired"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("state", ["", "made up", "A" * 400])
async def test_a_state_that_is_not_ours_is_refused(shared: Provider, eid: LiveEid, state: str):
    await steer(shared, eid)
    page = await shared.browser().get(f"{CALLBACK}?code=a&state={state.replace(' ', '+')}")
    assert (page.status, notice(page)) == (400, "upstream_expired")


@pytest.mark.spec("RFC 9700 §4.4")
async def test_a_code_of_one_provider_is_never_sent_to_another(tmp_path: Path, eid: LiveEid):
    """Mix-up: the browser is sent to the callback of another provider with this one's answer."""
    with running_eid() as other:
        entries = [eid.settings(), other.settings(id="other", name="Other eID")]
        file = write_settings(tmp_path, *entries)
        async with running(tmp_path, sandbox=False, upstreams_file=file) as provider:
            await steer(provider, eid)
            browser = provider.browser()
            back = answer_there(await leave(browser))
            page = await browser.get(back.replace("/city/", "/other/"))
            assert (page.status, notice(page)) == (400, "upstream_expired")
            assert other.seen() == []


@pytest.mark.asyncio(loop_scope="module")
async def test_no_two_sign_ins_have_anything_in_common_that_we_drew(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    found = [parse_qs(urlsplit(await leave(shared.browser())).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert found[0][name] != found[1][name]
    assert found[0]["code_challenge_method"] == ["S256"]


async def test_a_provider_that_does_not_answer_leaves_the_other_ways(tmp_path: Path, eid: LiveEid):
    file = write_settings(tmp_path, eid.settings(issuer="http://127.0.0.1:9"))
    async with running(tmp_path, sandbox=False, upstreams_file=file) as provider:
        browser = provider.browser()
        form = (await browser.get("/enrol")).form("/enrol/upstream") | {"upstream": "city"}
        page = await browser.post("/enrol/upstream", form)
        assert (page.status, notice(page)) == (400, "upstream_unavailable")
        page = await browser.post("/enrol/upstream", form | {"upstream": "nobody"})
        assert (page.status, notice(page)) == (400, "upstream_unavailable")


async def test_flat_claims_do_as_well(tmp_path: Path, eid: LiveEid):
    file = write_settings(tmp_path, eid.settings(claims=FLAT))
    async with running(tmp_path, sandbox=False, upstreams_file=file) as provider:
        flat = {"citizen_number": NUMBER, "birthdate": BORN, "acr": "https://eid.example/high"}
        await steer(provider, eid, claims=flat)
        browser = provider.browser()
        assert (await enrol(provider, browser, await go(browser))).location == "/created"
        for missing in flat:
            await steer(provider, eid, claims=flat | {missing: None})
            assert notice(await go(provider.browser())) == "upstream_refused"


async def test_the_sign_in_that_asked_goes_on_afterwards(provider: Provider):
    platform = await provider.add_client()
    browser = provider.browser()
    query = (
        f"client_id={platform.client.client_id}&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback"
        "&response_type=code&scope=openid&code_challenge_method=S256"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    page = await browser.follow(await browser.get(f"/authorize?{query}"))
    link = page.text.partition('href="/enrol?')[2].partition('"')[0]
    form = (await browser.get(f"/enrol?{link}")).form("/enrol/upstream") | {"upstream": "city"}
    address = (await browser.post("/enrol/upstream", form)).location
    page = await browser.follow(await browser.get(answer_there(address)))
    assert (await enrol(provider, browser, page)).location.startswith("/created?interaction=")
