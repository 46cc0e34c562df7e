"""Bad input, as the issue lists it: a stable code, a request id, what to do, nothing written."""

import pytest

from idp.web.programs import program_at
from tests.support import assertions
from tests.support.browser_like import Answer, Browser
from tests.support.jwt import key, parts, signed
from tests.support.logins import Platform, basic
from tests.support.provider import Provider
from tests.support.shared_provider import dump

MEBIBYTE = 1024 * 1024
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"}


def assert_explained(answer: Answer, status: int, code: str) -> None:
    """An error page: what happened, what to do, the code, and the id of this very request."""
    assert (answer.status, answer.error_code()) == (status, code)
    assert answer._test_id("request-id") == answer.headers["x-request-id"]
    heading = answer.text.partition("<h1>")[2].partition("</h1>")[0]
    assert heading
    assert answer.text.count("<p") >= 2
    assert "Traceback" not in answer.text


def assert_answered(answer: Answer, status: int, error: str, code: str) -> None:
    """A JSON answer (RFC 6749 §5.2), with our own stable code beside the standard one."""
    body = answer.json()
    assert (answer.status, body["error"], body["error_code"]) == (status, error, code)
    assert body["request_id"] == answer.headers["x-request-id"]
    description = body["error_description"]
    assert description
    assert set(description) <= {chr(c) for c in range(0x20, 0x7F)} - {'"', "\\"}
    assert answer.headers["cache-control"] == "no-store"


PAGES: dict[str, tuple[dict[str, str | None], int, str]] = {
    "unknown client": ({"client_id": "nobody"}, 400, "unknown_client"),
    "no client": ({"client_id": None}, 400, "client_id_missing"),
    "redirect URI": ({"redirect_uri": "https://shop.example/cb"}, 400, "redirect_uri_mismatch"),
    "no redirect URI": ({"redirect_uri": None}, 400, "redirect_uri_missing"),
    "oversized": ({"state": "x" * MEBIBYTE}, 413, "too_large"),
}


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
async def test_what_nobody_can_be_told_of_is_told_on_a_page(
    provider: Provider, platform: Platform, visitor: Browser, kind: str, method: str
):
    changes, status, code = PAGES[kind]
    before = dump(provider)
    if method == "get":
        answer = await visitor.get(platform.address(**changes))
    else:
        answer = await visitor.follow(await visitor.post("/authorize", platform.request(**changes)))
    assert_explained(answer, status, code)
    assert dump(provider) == before


TOLD: dict[str, tuple[dict[str, str | None], str]] = {
    "no response type": ({"response_type": None}, "invalid_request"),
    "implicit": ({"response_type": "id_token token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "no openid": ({"scope": "age"}, "invalid_scope"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "no method": ({"code_challenge_method": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "short challenge": ({"code_challenge": "x"}, "invalid_request"),
    "prompt": ({"prompt": "create"}, "invalid_request"),
    "prompts": ({"prompt": "none consent"}, "invalid_request"),
    "display": ({"display": "tv"}, "invalid_request"),
    "max age": ({"max_age": "soon"}, "invalid_request"),
    "claims": ({"claims": "{"}, "invalid_request"),
    "claims of another form": ({"claims": '{"id_token":{"sub":7}}'}, "invalid_request"),
    "claims twice": ({"claims": '{"id_token":{},"id_token":{}}'}, "invalid_request"),
    "long state": ({"state": "x" * 1025}, "invalid_request"),
    "long nonce": ({"nonce": "x" * 1025}, "invalid_request"),
    "hint": ({"id_token_hint": "x"}, "invalid_request"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
    "resource": ({"resource": "https://api.example"}, "invalid_target"),
}


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.6")
@pytest.mark.parametrize("kind", TOLD)
async def test_what_the_client_did_wrong_is_told_to_the_client(
    provider: Provider, platform: Platform, visitor: Browser, kind: str
):
    changes, error = TOLD[kind]
    before = dump(provider)
    answer = await visitor.get(platform.address(**changes))
    assert answer.status == 303
    assert answer.location.startswith(platform.redirect_uri + "?")
    assert answer.location_query["error"] == error
    assert answer.location_query["error_description"].isascii()
    assert dump(provider) == before


async def test_a_code_that_was_used_or_has_expired(
    provider: Provider, platform: Platform, visitor: Browser
):
    used, late = await platform.code(visitor), await platform.code(visitor)
    await platform.redeem(used)
    assert_answered(await platform.redeem(used), 400, "invalid_grant", "code_replayed")
    provider.clock.advance(60)
    before = dump(provider)
    assert_answered(await platform.redeem(late), 400, "invalid_grant", "code_expired")
    assert dump(provider) == before


async def test_a_wrong_verifier_client_or_method(
    provider: Provider, platform: Platform, visitor: Browser
):
    other = await Platform.register(provider)
    code = await platform.code(visitor)
    before = dump(provider)
    wrong = await platform.redeem(code, code_verifier="B" * 43)
    assert_answered(wrong, 400, "invalid_grant", "verifier_wrong")
    missing = await platform.redeem(code, code_verifier=None)
    assert_answered(missing, 400, "invalid_grant", "verifier_missing")
    assert_answered(await other.redeem(code), 400, "invalid_grant", "code_of_another_client")
    form = platform.token_form(code)
    secret = {"client_id": platform.client_id, "client_secret": platform.secret}
    answer = await platform.at_token_endpoint(form | secret)
    assert_answered(answer, 401, "invalid_client", "client_authentication_method")
    assert "client_secret_basic" in answer.json()["error_description"]
    assert "client_secret_post" in answer.json()["error_description"]
    answer = await platform.at_token_endpoint(form, basic(platform.client_id, "wrong"))
    assert_answered(answer, 401, "invalid_client", "client_authentication_failed")
    assert dump(provider) == before


async def test_an_assertion_of_the_wrong_kind_algorithm_audience_or_type(provider: Provider):
    platform = await assertions.register(provider)
    claims = assertions.claims(platform)
    wrong = {
        "assertion_malformed": "x",
        "assertion_audience": signed(key(), claims | {"aud": "https://evil.example"}),
        "assertion_refused": signed(key(), claims, typ="at+jwt"),
    }
    before = dump(provider)
    for code, proof in wrong.items():
        form = assertions.with_assertion(platform, proof)
        assert_answered(await platform.at_token_endpoint(form), 401, "invalid_client", code)
    rs256 = signed(key("RS256"), claims, kid=key().kid)
    form = assertions.with_assertion(platform, rs256)
    answer = await platform.at_token_endpoint(form)
    assert_answered(answer, 401, "invalid_client", "assertion_refused")
    assert dump(provider) == before


async def test_a_token_of_the_wrong_kind_audience_or_type(
    provider: Provider, platform: Platform, visitor: Browser
):
    tokens = await platform.tokens(visitor)
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    header, claims = parts(tokens["access_token"])
    wrong = [
        tokens["id_token"],
        signed(ours, claims, typ="JWT"),
        signed(ours, claims | {"aud": platform.client_id}, **header),
        signed(key(), claims, **header),
    ]
    before = dump(provider)
    for token in wrong:
        assert_answered(await platform.userinfo(token), 401, "invalid_token", "token_invalid")
    assert dump(provider) == before


async def test_a_body_that_is_no_form(platform: Platform, visitor: Browser):
    json_body = {"content-type": "application/json"}
    answer = await visitor.post("/token", body=b"{}", headers=json_body)
    assert_answered(answer, 400, "invalid_request", "not_a_form")
    answer = await visitor.post("/userinfo", body=b"{}", headers=json_body)
    assert_answered(answer, 400, "invalid_request", "not_a_form")
    answer = await visitor.post("/authorize", body=b"{}", headers=json_body)
    assert_explained(answer, 400, "not_a_form")


@pytest.mark.spec("RFC 9110 §15.5.6")
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/authorize", {"GET", "POST"}),
        ("/continue", {"GET"}),
        ("/token", {"POST", "OPTIONS"}),
        ("/userinfo", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/jwks", {"GET", "HEAD", "OPTIONS"}),
        ("/.well-known/openid-configuration", {"GET", "HEAD", "OPTIONS"}),
        ("/signin", {"GET", "HEAD"}),
        ("/signin/persona", {"POST"}),
        ("/consent", {"GET", "HEAD", "POST"}),
        ("/create", {"GET", "HEAD", "POST"}),
        ("/create/passkey", {"GET", "HEAD", "POST"}),
        ("/signout", {"GET", "HEAD", "POST"}),
        ("/", {"GET", "HEAD"}),
    ],
)
async def test_another_method_is_not_allowed_and_told_which_are(
    provider: Provider, visitor: Browser, path: str, methods: set[str]
):
    before = dump(provider)
    for method in METHODS - methods:
        answer = await visitor.send(method, path)
        assert answer.status == 405
        assert set(answer.headers["allow"].split(", ")) == methods
        if method == "HEAD":
            continue
        if program_at(path):
            assert answer.json()["error_code"] == "method_not_allowed"
        else:
            assert answer.error_code() == "method_not_allowed"
    assert dump(provider) == before


@pytest.mark.spec("RFC 9110 §9.3.2")
@pytest.mark.parametrize(
    "path", ["/", "/help", "/signin", "/jwks", "/.well-known/openid-configuration", "/healthz/live"]
)
async def test_head_answers_as_get_does(visitor: Browser, path: str):
    get, head = await visitor.get(path), await visitor.send("HEAD", path)
    assert (head.status, head.headers["content-type"]) == (get.status, get.headers["content-type"])


@pytest.mark.spec("RFC 9110 §9.3.2")
async def test_head_gives_no_code(provider: Provider, platform: Platform, visitor: Browser):
    """It would store a grant whose code nobody receives."""
    await platform.log_in(visitor, remember=True)
    before = dump(provider)
    answer = await visitor.send("HEAD", platform.address())
    assert answer.status == 405
    assert dump(provider) == before


async def test_every_answer_has_a_request_id_of_its_own(platform: Platform, visitor: Browser):
    paths = ["/", "/nowhere", "/token", "/jwks", "/userinfo", platform.address(), "/healthz/ready"]
    ids = [(await visitor.get(path)).headers["x-request-id"] for path in paths * 2]
    assert len(set(ids)) == len(ids)
