"""Client authentication: exactly one method, and it is the registered one."""

from base64 import b64decode, b64encode

import pytest

from idp.protocol.client_authentication import ASSERTION_TYPE
from tests.support import assertions
from tests.support.browser_like import Answer, Browser
from tests.support.jwt import jwks, key
from tests.support.logins import Platform, basic
from tests.support.provider import Provider
from tests.support.shared_provider import dump

METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


def presenting(platform: Platform, method: str) -> tuple[dict[str, str], dict[str, str]]:
    """Form members and headers that use `method`, with the best proof this client could have."""
    secret = platform.registered.secret or "invented"
    proof = assertions.assertion(platform)
    forms = {
        "client_secret_basic": {},
        "client_secret_post": {"client_id": platform.client_id, "client_secret": secret},
        "private_key_jwt": {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof},
        "none": {"client_id": platform.client_id},
    }
    headers = basic(platform.client_id, secret) if method == "client_secret_basic" else {}
    return forms[method], headers


async def of_method(provider: Provider, method: str) -> Platform:
    keys = {"jwks": jwks(key())} if method == "private_key_jwt" else {}
    return await Platform.register(provider, token_endpoint_auth_method=method, **keys)


async def present(platform: Platform, code: str, *methods: str) -> Answer:
    form, headers = platform.token_form(code), dict[str, str]()
    for method in methods:
        members, more = presenting(platform, method)
        form, headers = form | members, headers | more
    return await platform.at_token_endpoint(form, headers)


@pytest.mark.spec("OpenID Connect Core 1.0 §9")
@pytest.mark.parametrize("registered", METHODS)
@pytest.mark.parametrize("used", METHODS)
async def test_the_registered_method_works_and_another_is_refused_by_name(
    provider: Provider, visitor: Browser, registered: str, used: str
):
    platform = await of_method(provider, registered)
    code = await platform.code(visitor)
    before = dump(provider)
    answer = await present(platform, code, used)
    if used == registered:
        assert answer.status == 200, answer.text
        return
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_description"].endswith(f"Registered: {registered}. Sent: {used}.")
    assert dump(provider) == before
    assert (await present(platform, code, registered)).status == 200


@pytest.mark.spec("RFC 6749 §2.3")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("client_secret_basic", "client_secret_post"),
        ("client_secret_basic", "private_key_jwt"),
        ("client_secret_post", "private_key_jwt"),
    ],
)
async def test_two_methods_at_once_are_refused(
    provider: Provider, visitor: Browser, one: str, other: str
):
    for registered in (one, other):
        platform = await of_method(provider, registered)
        code = await platform.code(visitor)
        answer = await present(platform, code, one, other)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
        assert answer.json()["error_code"] == "client_authentication_repeated"


def pair(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        pair("no colon"),
        pair(":"),
        pair(":secret"),
        pair("{id}:"),
        pair("{id}:{secret}x"),
        pair("{id}: {secret}"),
        pair("{id}:{other}"),
        pair("{id}%00:{secret}"),
        pair("nobody:{secret}"),
        "Bearer {secret}",
        "{secret}",
        "Digest username={id}",
        "\xff\xfe",
    ],
)
async def test_a_header_that_proves_nothing_is_refused(
    provider: Provider, platform: Platform, authorization: str
):
    other = await Platform.register(provider)
    names = {"id": platform.client_id, "secret": platform.secret, "other": other.secret}
    answer = await platform.at_token_endpoint(
        platform.token_form("no code"), {"authorization": filled(authorization, names)}
    )
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.headers["cache-control"] == "no-store"


def filled(authorization: str, names: dict[str, str]) -> str:
    """Fill the names in, inside the base64 of a Basic header too."""
    scheme, _, value = authorization.partition(" ")
    try:
        plain = b64decode(value, validate=True).decode()
    except ValueError:
        return authorization.format(**names) if "{" in authorization else authorization
    if scheme != "Basic" or not plain:
        return authorization
    return pair(plain.format(**names))


@pytest.mark.parametrize("secret", ["", " ", "0", "null", "x" * 10_000])
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_a_wrong_or_empty_secret_is_refused(
    provider: Provider, visitor: Browser, secret: str, method: str
):
    platform = await of_method(provider, method)
    code = await platform.code(visitor)
    form, headers = platform.token_form(code), basic(platform.client_id, secret)
    assert (await platform.at_token_endpoint(form, headers)).status == 401
    posted = form | {"client_id": platform.client_id, "client_secret": secret}
    answer = await platform.at_token_endpoint(posted)
    # RFC 6749 §3.1: an empty parameter is none, which is all that a public client sends.
    assert answer.status == (200 if method == "none" and not secret else 401)


async def test_a_client_without_any_authentication_is_refused(platform: Platform, visitor: Browser):
    code = await platform.code(visitor)
    for form in (
        platform.token_form(code),
        platform.token_form(code) | {"client_id": platform.client_id},
        platform.token_form(code) | {"client_secret": platform.secret},
    ):
        answer = await platform.at_token_endpoint(form)
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


async def test_the_client_named_in_the_body_is_the_one_that_proves_itself(
    provider: Provider, platform: Platform, visitor: Browser
):
    victim = await Platform.register(provider)
    code = await victim.code(visitor)
    form = victim.token_form(code) | {"client_id": victim.client_id}
    answer = await platform.at_token_endpoint(form, basic(platform.client_id, platform.secret))
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


async def test_an_unknown_client_and_a_wrong_secret_look_alike(
    provider: Provider, platform: Platform
):
    form = platform.token_form("no code")
    told = []
    for name in (platform.client_id, "nobody"):
        answer = await platform.at_token_endpoint(form, basic(name, "wrong"))
        body = answer.json()
        del body["request_id"]
        told.append((answer.status, body))
    assert told[0] == told[1]


async def test_a_secret_is_drawn_with_256_bits_and_only_its_digest_is_kept(
    provider: Provider, platform: Platform
):
    assert len(platform.secret) == 43
    assert platform.secret not in repr(dump(provider))
    assert platform.secret not in repr(await provider.services.clients.show(platform.client_id))


@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.spec("RFC 7617 §2")
async def test_the_scheme_is_read_in_any_case(platform: Platform, visitor: Browser):
    code = await platform.code(visitor)
    headers = basic(platform.client_id, platform.secret)
    shouting = {"authorization": headers["authorization"].replace("Basic", "bAsIc")}
    assert (await platform.at_token_endpoint(platform.token_form(code), shouting)).status == 200
