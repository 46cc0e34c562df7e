"""The simulator cannot drift: the same requests get the same shapes from the provider itself."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from network_id_simulator import Config, jws, logout, personas, refusals
from network_id_simulator.clients import Client, is_registrable

from idp.domain import age
from idp.domain.refusal import Cause
from idp.protocol import causes, logout_token, redirect_uri
from tests.support.logins import REDIRECT_URI, STATE, Platform
from tests.support.provider import running
from tests.support.simulator import LOGOUT_URI, World
from tests.support.time import FrozenClock

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLAIMS = {"id_token": {"age_over_18": None, "age_over_65": None}, "userinfo": {"age_over_14": None}}
ASKED = {"scope": "openid age offline_access", "claims": json.dumps(CLAIMS), "max_age": "600"}


@dataclass
class Both:
    """One client, registered at the provider and configured at the simulator."""

    real: Platform
    simulated: World


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with running(tmp_path_factory.mktemp("provider")) as provider:
        real = await Platform.register(
            provider,
            grant_types=["authorization_code", "refresh_token"],
            backchannel_logout_uri=LOGOUT_URI,
            post_logout_redirect_uris=["https://shop.example/bye"],
        )
        client = Client(
            client_id=real.client_id,
            client_secret=real.secret,
            auth_method="client_secret_basic",
            redirect_uris=(REDIRECT_URI,),
            backchannel_logout_uri=LOGOUT_URI,
        )
        config = Config(persona="adult", clients={real.client_id: client})
        yield Both(real, World(FrozenClock(), config=config))


async def real_tokens(both: Both, persona: str = "adult") -> dict[str, Any]:
    return await both.real.tokens(both.real.provider.browser(), persona, remember=False, **ASKED)


async def simulated_tokens(both: Both, persona: str = "adult") -> dict[str, Any]:
    both.simulated.simulator.config.persona = persona
    answer = await both.simulated.http.get("/authorize", params=both.real.request(**ASKED))
    code = dict(answer.next_request.url.params)["code"] if answer.next_request else ""
    form, auth = both.real.token_form(code), (both.real.client_id, both.real.secret)
    return dict((await both.simulated.http.post("/token", data=form, auth=auth)).json())


def without_own_values(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an error without what is each side's own, and the first sentence of its description.

    After that the provider says what was sent beside what would have been taken.
    """
    own = {"iss": "", "request_id": "", "error_uri": answer["error_uri"].partition("/errors/")[2]}
    first = answer["error_description"].partition(". ")[0].rstrip(".")
    return {**answer, **{n: v for n, v in own.items() if n in answer}, "error_description": first}


def shape(value: Any) -> Any:
    """Return names and types, and the values that do not differ from one login to the next."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(member) for member in value[:1]]
    return value if isinstance(value, bool) else type(value)


@pytest.mark.parametrize("persona", ["adult", "minor", "elder"])
async def test_tokens_say_the_same_of_a_persona(both: Both, persona: str):
    real, simulated = await real_tokens(both, persona), await simulated_tokens(both, persona)
    assert shape(simulated) == shape(real)
    assert simulated["expires_in"] == real["expires_in"]
    assert simulated["scope"] == real["scope"]
    for name in ("id_token", "access_token"):
        (header, claims), (real_header, real_claims) = (
            jws.read(t[name]) for t in (simulated, real)
        )
        assert shape(claims) == shape(real_claims)
        assert {**header, "kid": ""} == {**real_header, "kid": ""}
        assert claims["exp"] - claims["iat"] == real_claims["exp"] - real_claims["iat"]
        assert claims.get("acr") == real_claims.get("acr")


async def test_userinfo_says_the_same(both: Both):
    real, simulated = await real_tokens(both), await simulated_tokens(both)
    bearer = {"authorization": f"Bearer {simulated['access_token']}"}
    answer = await both.simulated.http.get("/userinfo", headers=bearer)
    found = await both.real.userinfo(real["access_token"])
    assert shape(answer.json()) == shape(found.json())


async def test_userinfo_asks_for_a_token_in_the_same_words(both: Both):
    for headers in ({}, {"authorization": "Bearer unknown"}):
        simulated = await both.simulated.http.get("/userinfo", headers=headers)
        real = await both.real.provider.browser().get("/userinfo", headers)
        assert simulated.headers["www-authenticate"] == real.headers["www-authenticate"]


async def test_a_refreshed_token_says_the_same(both: Both):
    real, simulated = await real_tokens(both), await simulated_tokens(both)
    form = {"grant_type": "refresh_token", "refresh_token": simulated["refresh_token"]}
    auth = (both.real.client_id, both.real.secret)
    answer = (await both.simulated.http.post("/token", data=form, auth=auth)).json()
    found = (await both.real.refresh(real["refresh_token"])).json()
    assert shape(answer) == shape(found)
    assert shape(jws.read(answer["id_token"])[1]) == shape(jws.read(found["id_token"])[1])


async def test_the_response_has_the_same_members(both: Both):
    browser = both.real.provider.browser()
    real = (await both.real.log_in(browser)).location_query
    both.simulated.simulator.config.persona = "adult"
    answer = await both.simulated.http.get("/authorize", params=both.real.request())
    assert answer.next_request
    simulated = dict(answer.next_request.url.params)
    assert simulated.keys() == real.keys()
    assert simulated["state"] == real["state"] == STATE
    assert answer.status_code == 303


async def test_no_is_told_in_the_same_words(both: Both):
    real = await both.real.log_in(both.real.provider.browser(), prompt="none")
    both.simulated.simulator.config.persona = None
    answer = await both.simulated.http.get("/authorize", params=both.real.request(prompt="none"))
    assert answer.next_request
    told = dict(answer.next_request.url.params)
    assert without_own_values(told) == without_own_values(real.location_query)


async def test_the_metadata_tell_of_less_and_of_nothing_else(both: Both):
    path = "/.well-known/openid-configuration"
    real = (await both.real.provider.browser().get(path)).json()
    simulated = (await both.simulated.http.get(path)).json()
    base, real_base = simulated["issuer"], real["issuer"]
    assert simulated.keys() <= real.keys()
    for name, value in simulated.items():
        if isinstance(value, list):
            assert set(value) <= set(real[name]), name
        elif isinstance(value, str):
            assert value.replace(base, real_base) == real[name], name
        elif name not in {"request_parameter_supported", "request_uri_parameter_supported"}:
            assert value == real[name], name


async def test_keys_have_the_same_members(both: Both):
    real = (await both.real.provider.browser().get("/jwks")).json()["keys"]
    simulated = (await both.simulated.http.get("/jwks")).json()["keys"]
    members = {key["alg"]: set(key) for key in real}
    assert all(set(key) == members[key["alg"]] for key in simulated)


TOKEN_MISTAKES: dict[str, dict[str, str | None]] = {
    "no grant type": {"grant_type": None},
    "another grant type": {"grant_type": "password"},
    "no code": {"code": None},
    "an unknown code": {"code": "unknown"},
    "another redirect URI": {"redirect_uri": "https://shop.example/other"},
    "no verifier": {"code_verifier": None},
    "a short verifier": {"code_verifier": "short"},
    "another verifier": {"code_verifier": "v" * 43},
    "no refresh token": {"grant_type": "refresh_token"},
    "an unknown refresh token": {"grant_type": "refresh_token", "refresh_token": "unknown"},
}


def wrong_form(both: Both, code: str, mistake: str) -> dict[str, str]:
    members = {**both.real.token_form(code), **TOKEN_MISTAKES[mistake]}
    return {name: value for name, value in members.items() if value is not None}


@pytest.mark.parametrize("mistake", TOKEN_MISTAKES)
async def test_a_wrong_token_request_gets_the_same_answer(both: Both, mistake: str):
    code = await both.real.code(both.real.provider.browser())
    real = await both.real.as_client("/token", wrong_form(both, code, mistake))
    both.simulated.simulator.config.persona = "adult"
    answer = await both.simulated.http.get("/authorize", params=both.real.request())
    assert answer.next_request
    code = dict(answer.next_request.url.params)["code"]
    form = wrong_form(both, code, mistake)
    auth = (both.real.client_id, both.real.secret)
    simulated = await both.simulated.http.post("/token", data=form, auth=auth)
    assert simulated.status_code == real.status
    assert without_own_values(simulated.json()) == without_own_values(real.json())


BESIDE: dict[str, tuple[str, dict[str, str]]] = {
    "another method": ("/token", {"grant_type": "authorization_code"}),
    "a plain challenge": ("/par", {"code_challenge_method": "plain"}),
}


@pytest.mark.parametrize("mistake", BESIDE)
async def test_what_was_sent_is_told_beside_what_would_be_taken(both: Both, mistake: str):
    path, changed = BESIDE[mistake]
    real, simulated = both.real, both.simulated
    if path == "/par":
        found = await real.as_client(path, {**real.request(), **changed})
        auth = (real.client_id, real.secret)
        answer = await simulated.http.post(path, data={**real.request(), **changed}, auth=auth)
    else:
        form = {**changed, "client_id": real.client_id, "client_secret": real.secret}
        found = await real.provider.browser().post(path, form)
        answer = await simulated.http.post(path, data=form)
    assert " Sent: " in found.json()["error_description"]
    assert answer.json()["error_description"] == found.json()["error_description"]


REQUEST_MISTAKES: dict[str, dict[str, str | None]] = {
    "no response type": {"response_type": None},
    "another response type": {"response_type": "token"},
    "no scope": {"scope": None},
    "no challenge": {"code_challenge": None, "code_challenge_method": None},
    "a plain challenge": {"code_challenge_method": "plain"},
    "a challenge without method": {"code_challenge_method": None},
    "a short challenge": {"code_challenge": "short"},
    "an unknown prompt": {"prompt": "nothing"},
    "a contradictory prompt": {"prompt": "none login"},
    "max_age is no number": {"max_age": "-1"},
    "claims are no object": {"claims": "[]"},
    "a long nonce": {"nonce": "n" * 600},
    "registration": {"registration": "{}"},
    "an unknown response mode": {"response_mode": "fragment"},
}


@pytest.mark.parametrize("mistake", REQUEST_MISTAKES)
async def test_a_wrong_authorization_request_gets_the_same_answer(both: Both, mistake: str):
    real = await both.real.ask(both.real.provider.browser(), **REQUEST_MISTAKES[mistake])
    request = both.real.request(**REQUEST_MISTAKES[mistake])
    simulated = await both.simulated.http.get("/authorize", params=request)
    assert simulated.next_request
    told = dict(simulated.next_request.url.params)
    assert without_own_values(told) == without_own_values(real.location_query)


PAGE_MISTAKES: dict[str, dict[str, str | None]] = {
    "no client": {"client_id": None},
    "an unknown client": {"client_id": "nobody"},
    "no redirect URI": {"redirect_uri": None},
    "another redirect URI": {"redirect_uri": "https://shop.example/other"},
    "an unknown request_uri": {"request_uri": "urn:ietf:params:oauth:request_uri:unknown"},
}


@pytest.mark.parametrize("mistake", PAGE_MISTAKES)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(both: Both, mistake: str):
    real = await both.real.ask(both.real.provider.browser(), **PAGE_MISTAKES[mistake])
    request = both.real.request(**PAGE_MISTAKES[mistake])
    simulated = await both.simulated.http.get("/authorize", params=request)
    assert simulated.status_code == real.status
    cause = both.simulated.simulator.journal.entries("authorize")[-1].refused
    assert cause
    assert cause in real.text
    assert cause in simulated.text


async def test_every_refusal_has_the_words_of_the_provider():
    for name, answer in refusals.TABLE.items():
        told = causes.TABLE[Cause(name)]
        assert answer == (told.status, told.code, told.description), name


async def test_a_logout_token_has_the_same_members(both: Both):
    await simulated_tokens(both)
    await logout.send(both.simulated.simulator)
    header, claims = jws.read(both.simulated.logout_tokens[-1])
    assert header["typ"] == logout_token.TYP
    assert claims.keys() == {"iss", "aud", "iat", "exp", "jti", "events", "sid"}
    assert claims["events"] == {logout_token.EVENT: {}}
    assert claims["exp"] - claims["iat"] == logout_token.LIFETIME_SECONDS


ADDRESSES = (
    *(
        "https://shop.example/cb",
        "https://[2001:db8::1]/cb",
        "http://[::1]:1/x",
        "http://localhost",
    ),
    *("com.example.app:/oauth", "http://127.0.0.1:3000/cb?x=1", "http://127.0.0.1?x", "urn:a:b"),
    *("https://[", "https://例え.example/", "https://shop.example/é", "http://127.0.0.1/\u2028"),
    *("https://a.example/\r\nx: y", "https://a.example/a b", "https://a.example\\@b.example/"),
    *("https://a.example:x/", "https:///cb", "https://a@b.example/", "https://a.example/#"),
    *("https://a.example/?code=1", "https://a.example/?a=b&state", "javascript:alert(1)"),
    *("java.script:alert(1)", "http://shop.example/", "https://a.example/" + 2000 * "a", ""),
)


@pytest.mark.parametrize("uri", ADDRESSES)
async def test_the_same_addresses_could_be_registered(uri: str):
    try:
        redirect_uri.check_registrable(uri)
    except ValueError:
        assert not is_registrable(uri)
    else:
        assert is_registrable(uri)


async def test_the_same_ages_are_told():
    assert dict(personas.AGE_CLAIMS) == dict(age.CLAIM_NAMES)
