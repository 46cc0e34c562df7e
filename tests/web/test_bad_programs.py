"""Whatever a program sends wrongly, at every endpoint for programs: the RFC's own answer."""

import re
from typing import Final

import pytest

from idp.web.programs import PROGRAMS, Challenge
from tests.support.browser_like import Answer
from tests.support.logins import Platform, basic
from tests.support.provider import Provider
from tests.support.shared_provider import dump_but_counts

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
POSTED: Final = [
    path for path in PROGRAMS if path in {"/token", "/par", "/revoke", "/introspect", "/userinfo"}
]
# What is sent, as which type; the status and the stable code that answer it.
BAD_FORMS: Final[dict[str, tuple[bytes, str, int, str]]] = {
    "JSON": (b'{"token": "x"}', JSON, 400, "not_a_form"),
    "a form called JSON": (b"token=x", JSON, 400, "not_a_form"),
    "multipart": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400, "not_a_form"),
    "plain text": (b"token=x", "text/plain", 400, "not_a_form"),
    "no type": (b"token=x", "", 400, "not_a_form"),
    "XML": (b"<a/>", "application/xml", 400, "not_a_form"),
    "broken escape": (b"token=%zz", FORM, 400, "malformed_parameters"),
    "cut escape": (b"token=a%2", FORM, 400, "malformed_parameters"),
    "NUL": (b"token=a%00b", FORM, 400, "malformed_parameters"),
    "a raw NUL": (b"token=a\x00b", FORM, 400, "malformed_parameters"),
    "not UTF-8": (b"token=%ff%fe", FORM, 400, "malformed_parameters"),
    "a lone surrogate": (b"token=%ed%a0%80", FORM, 400, "malformed_parameters"),
    "raw bytes": (b"token=\xe7\xbd\x91", FORM, 400, "malformed_parameters"),
    "twice the same": (b"token=x&token=x", FORM, 400, "duplicated_parameter"),
    "twice": (b"client_id=a&client_id=b", FORM, 400, "duplicated_parameter"),
    "twice, once escaped": (b"token=a&tok%65n=b", FORM, 400, "duplicated_parameter"),
    "twice, once empty": (b"grant_type=a&grant_type=", FORM, 400, "duplicated_parameter"),
    "many fields": (b"&".join(b"f%d=1" % n for n in range(101)), FORM, 413, "too_large"),
    "oversize": (b"token=" + b"x" * 96 * 1024, FORM, 413, "too_large"),
    "a megabyte of nothing": (b"&" * 1024 * 1024, FORM, 413, "too_large"),
}
BAD_DOCUMENTS: Final[dict[str, tuple[bytes, str, int, str]]] = {
    "a form": (b"client_name=x", FORM, 400, "client_metadata_refused"),
    "no type": (b"{}", "", 400, "client_metadata_refused"),
    "nothing": (b"", JSON, 400, "client_metadata_refused"),
    "a list": (b"[]", JSON, 400, "client_metadata_refused"),
    "text": (b'"x"', JSON, 400, "client_metadata_refused"),
    "cut": (b'{"redirect_uris": ["https://', JSON, 400, "client_metadata_refused"),
    "twice": (b'{"scope": "a", "scope": "b"}', JSON, 400, "client_metadata_refused"),
    "NaN": (b'{"default_max_age": NaN}', JSON, 400, "client_metadata_refused"),
    "not UTF-8": (b'{"client_name": "\xff"}', JSON, 400, "client_metadata_refused"),
    "UTF-16": ('{"client_name": "x"}'.encode("utf-16"), JSON, 400, "client_metadata_refused"),
    "a surrogate": (b'{"client_name": "\\ud800"}', JSON, 400, "client_metadata_refused"),
    "deep": (b'{"jwks":' * 3000, JSON, 400, "client_metadata_refused"),
    "deep and whole": (
        b'{"jwks":' * 1500 + b"1" + b"}" * 1500,
        JSON,
        400,
        "client_metadata_refused",
    ),
    "a number without end": (
        b'{"default_max_age": 1' + b"0" * 5000 + b"}",
        JSON,
        400,
        "client_metadata_refused",
    ),
    "oversize": (b'{"client_name": "' + b"x" * 1024 * 1024, JSON, 413, "too_large"),
}
MISSING: Final = {
    "/token": (401, "client_authentication_missing"),
    "/par": (401, "client_authentication_missing"),
    "/revoke": (401, "client_authentication_missing"),
    "/introspect": (401, "client_authentication_missing"),
    "/userinfo": (401, "token_missing"),
    "/sandbox/resource": (401, "token_missing"),
    "/register/somebody": (401, "registration_token_missing"),
}


def assert_answered(answer: Answer, path: str, status: int, code: str) -> None:
    """JSON by RFC 6749 §5.2, kept by nobody, with a challenge where one is due and nowhere else."""
    body, program = answer.json(), PROGRAMS[path]
    assert (answer.status, body["error_code"]) == (status, code)
    assert body["request_id"] == answer.headers["x-request-id"]
    assert re.fullmatch(r"[ !#-\[\]-~]+", body["error_description"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    challenge = answer.headers.get("www-authenticate", "")
    assert bool(challenge) == (status == 401 or is_told_by_challenge(path, body.get("error")))
    schemes = {
        Challenge.CLIENT: ("Basic ",),
        Challenge.TOKEN: ("Bearer", "DPoP"),
        Challenge.BEARER: ("Bearer",),
        Challenge.NONE: ("",),
    }
    assert not challenge or challenge.startswith(schemes[program.challenge])
    assert answer.headers.get("access-control-allow-origin") == ("*" if program.cors else None)


def is_told_by_challenge(path: str, error: str | None) -> bool:
    """RFC 6750 §3.1: a resource tells even of an invalid request by its challenge."""
    return PROGRAMS[path].challenge is not Challenge.CLIENT and error == "invalid_request"


@pytest.mark.spec("RFC 6749 §5.2", "RFC 6750 §3", "RFC 7009 §2.2.1", "RFC 9126 §2.3")
@pytest.mark.parametrize("path", POSTED)
async def test_a_form_that_is_none_is_an_invalid_request(provider: Provider, path: str):
    before = dump_but_counts(provider)
    for sent, content_type, status, code in BAD_FORMS.values():
        headers = {"content-type": content_type} if content_type else {"content-type": ""}
        answer = await provider.browser().post(path, body=sent, headers=headers)
        assert_answered(answer, path, status, code)
        assert answer.json()["error"] == "invalid_request"
    assert dump_but_counts(provider) == before


@pytest.mark.spec("RFC 6749 §5.2", "RFC 9126 §2.3")
@pytest.mark.parametrize("path", POSTED)
async def test_a_client_that_proves_itself_hears_the_same(
    provider: Provider, platform: Platform, path: str
):
    proof = basic(platform.client_id, platform.secret)
    if path == "/userinfo":
        proof = {"authorization": "Bearer x"}
    for sent, content_type, status, code in BAD_FORMS.values():
        headers = {"content-type": content_type} | proof
        answer = await provider.browser().post(path, body=sent, headers=headers)
        assert_answered(answer, path, status, code)


@pytest.mark.spec("RFC 7591 §3.2.2")
async def test_a_document_that_is_none_registers_nothing(provider: Provider):
    before = dump_but_counts(provider)
    for name, (sent, content_type, status, code) in BAD_DOCUMENTS.items():
        headers = {"content-type": content_type}
        answer = await provider.browser().post("/register", body=sent, headers=headers)
        assert_answered(answer, "/register", status, code)
        expected = "invalid_request" if status == 413 else "invalid_client_metadata"
        assert answer.json()["error"] == expected, name
    assert dump_but_counts(provider) == before


@pytest.mark.spec("RFC 9110 §15.5.2")
@pytest.mark.parametrize("path", MISSING)
async def test_who_sends_nothing_at_all_is_told_how_to_prove_themselves(
    provider: Provider, path: str
):
    status, code = MISSING[path]
    browser, row = provider.browser(), path.replace("somebody", "")
    answer = await (browser.get(path) if row == "/register/" else browser.post(path))
    assert_answered(answer, row, status, code)


HEADERS: Final[dict[str, str]] = {
    "no base64": "Basic %%%",
    "no colon": "Basic eA==",
    "no name": "Basic OnNlY3JldA==",
    "not UTF-8": "Basic /////w==",
    "nothing": "Basic ",
    "another scheme": "Digest username=x",
    "only a scheme": "Bearer",
    "a NUL": "Bearer a\x00b",
    "raw bytes": "Bearer \xff\xfe",
    "long": "Bearer " + "x" * 20_000,
    "a comma": "Bearer a, Bearer b",
    "empty": "",
}


@pytest.mark.spec("RFC 6749 §2.3.1", "RFC 6750 §2.1")
@pytest.mark.parametrize("path", MISSING)
async def test_a_header_that_proves_nothing_is_answered_as_such(provider: Provider, path: str):
    row, before = path.replace("somebody", ""), dump_but_counts(provider)
    for name, value in HEADERS.items():
        method = "GET" if row == "/register/" else "POST"
        headers = {"authorization": value, "content-type": FORM}
        answer = await provider.browser().send(method, path, headers=headers)
        assert answer.status in {400, 401}, name
        assert_answered(answer, row, answer.status, answer.json()["error_code"])
    assert dump_but_counts(provider) == before


DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES: Final = ["password", "implicit", DEVICE, "网", "x" * 900]


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize("grant_type", GRANT_TYPES, ids=ascii)
async def test_a_grant_type_that_nobody_knows_is_unsupported(
    provider: Provider, platform: Platform, grant_type: str
):
    answer = await platform.as_client("/token", {"grant_type": grant_type})
    assert_answered(answer, "/token", 400, "grant_type_unsupported")
    assert answer.json()["error"] == "unsupported_grant_type"


MISSING_PARAMETERS: Final = [
    ("/token", {}, "grant_type_missing"),
    ("/token", {"grant_type": "authorization_code"}, "code_missing"),
    ("/token", {"grant_type": "refresh_token"}, "refresh_token_missing"),
    ("/revoke", {}, "revocation_token_missing"),
    ("/introspect", {}, "introspected_token_missing"),
    ("/par", {"request_uri": "urn:x"}, "pushed_request_nested"),
    ("/par", {}, "redirect_uri_missing"),
]


@pytest.mark.parametrize(("path", "form", "code"), MISSING_PARAMETERS)
async def test_a_parameter_that_is_missing_is_named(
    provider: Provider, path: str, form: dict[str, str], code: str
):
    grants = ["authorization_code", "refresh_token"]
    platform = await Platform.register(provider, grant_types=grants)
    if path == "/par":
        form = {"client_id": platform.client_id} | form
    answer = await platform.as_client(path, form)
    assert_answered(answer, path, 400, code)
