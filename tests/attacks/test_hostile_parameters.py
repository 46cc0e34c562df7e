"""Oversized, malformed and non-UTF-8 input: a clear refusal, nothing written, never a 5xx."""

from urllib.parse import quote, urlencode

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform, basic
from tests.support.shared_provider import dump

MEBIBYTE = 1024 * 1024
# What stands in a query or a form, and the stable code that answers it.
MALFORMED = {
    "not UTF-8": (b"state=%ff%fe", "malformed_parameters"),
    "overlong UTF-8": (b"state=%c0%af", "malformed_parameters"),
    "lone surrogate": (b"state=%ed%a0%80", "malformed_parameters"),
    "raw bytes": (b"state=\xe7\xbd\x91", "malformed_parameters"),
    "raw bytes that are no text": (b"state=\xff\xfe", "malformed_parameters"),
    "broken escape": (b"state=%zz", "malformed_parameters"),
    "cut escape": (b"state=abc%e", "malformed_parameters"),
    "lone percent": (b"state=100%", "malformed_parameters"),
    "full-width escape": ("state=%\uff14\uff11".encode(), "malformed_parameters"),
    "NUL": (b"state=a%00b", "malformed_parameters"),
    "NUL in a name": (b"st%00ate=a", "malformed_parameters"),
    "escape": (b"state=%1b[31m", "malformed_parameters"),
    "delete": (b"state=%7f", "malformed_parameters"),
    "many fields": ("&".join(f"f{i}=1" for i in range(101)).encode(), "too_large"),
    "twice": (b"state=a&state=b", "duplicated_parameter"),
}


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.spec("RFC 3629 §3")
@pytest.mark.parametrize("kind", MALFORMED)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/authorize", "/token", "/userinfo", "/signin/persona"])
async def test_malformed_parameters_are_refused_by_name(
    platform: Platform, visitor: Browser, kind: str, method: str, path: str
):
    raw, code = MALFORMED[kind]
    before = dump(platform.provider)
    if method == "post":
        answer = await visitor.post(path, body=raw, headers=basic(platform.client_id, "x"))
        if path == "/userinfo":
            answer = await visitor.post(path, body=raw)
        assert code_of(answer) == code
    elif path == "/authorize":
        answer = await visitor.get(f"{path}?{raw.decode('latin-1')}")
        assert code_of(answer) == code
    else:
        answer = await visitor.get(f"{path}?{raw.decode('latin-1')}")
    assert answer.status in {400, 401, 405, 413}
    assert "location" not in answer.headers
    assert dump(platform.provider) == before


@pytest.mark.spec("RFC 9110 §15.5.14")
@pytest.mark.parametrize(
    "path", ["/authorize", "/token", "/userinfo", "/signin/persona", "/consent", "/signout"]
)
@pytest.mark.parametrize("size", [MEBIBYTE, 96 * 1024 + 1])
async def test_a_body_that_is_too_large_is_refused(
    platform: Platform, visitor: Browser, path: str, size: int
):
    before = dump(platform.provider)
    answer = await visitor.post(path, body=b"a=" + b"x" * (size - 2))
    assert (answer.status, code_of(answer)) == (413, "too_large")
    assert dump(platform.provider) == before


@pytest.mark.parametrize("path", ["/authorize", "/signin", "/continue", "/language", "/create"])
async def test_a_query_that_is_too_large_is_refused(visitor: Browser, path: str):
    answer = await visitor.get(f"{path}?a={'x' * MEBIBYTE}")
    assert (answer.status, code_of(answer)) == (413, "too_large")


@pytest.mark.parametrize(("parameter", "most"), [("state", 1024), ("nonce", 512)])
async def test_what_is_kept_or_returned_is_bounded(
    platform: Platform, visitor: Browser, parameter: str, most: int
):
    answer = await visitor.get(platform.address(**{parameter: "x" * (most + 1)}))
    assert answer.location_query["error"] == "invalid_request"
    page = await platform.ask(visitor, **{parameter: "x" * most})
    assert page.status == 200


@pytest.mark.parametrize("letter", ["x", "\u7f51", "\U0001f600"], ids=ascii)
@pytest.mark.parametrize("name", ["login_hint", "acr_values", "ui_locales", "unknown"])
@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_request_that_is_accepted_can_be_gone_on_with(
    platform: Platform, visitor: Browser, name: str, letter: str, method: str
):
    """What `/authorize` takes must not end in a dead end on the page after it.

    Letters grow when they are escaped: a count of characters alone would be too kind.
    """
    taken = []
    for length in (15_000, 8_100, 3_300, 2_500, 1_200, 600, 300):
        request = platform.request(**{name: letter * length})
        if method == "post":
            first = await visitor.post("/authorize", request)
        else:
            first = await visitor.get(f"/authorize?{urlencode(request, quote_via=quote)}")
        if first.status != 303:
            assert (first.status, code_of(first)) == (413, "too_large")
            continue
        page = await visitor.follow(first)
        if page.status == 303:  # the client is told
            assert page.location_query["error"] == "invalid_request"
            continue
        assert page.status == 200, code_of(page)
        interaction = page.form("/signin/persona")["interaction"]
        choosing = await visitor.get(f"/create?interaction={interaction}")
        form = choosing.form("/create") | {"citizen": "citizen-01"}
        assert (await visitor.follow(await visitor.post("/create", form))).status == 200
        taken.append(length)
    assert taken


@pytest.mark.parametrize(
    "path", ["/authorize", "/token", "/signin/persona", "/consent", "/signout"]
)
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded-not",
        "",
        "\xff",
    ],
)
async def test_a_body_that_is_no_form_is_refused(visitor: Browser, path: str, content_type: str):
    answer = await visitor.post(path, body=b'{"a": 1}', headers={"content-type": content_type})
    assert (answer.status, code_of(answer)) == (400, "not_a_form")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED ; x"],
)
async def test_a_form_may_name_its_charset(platform: Platform, visitor: Browser, content_type: str):
    code = await platform.code(visitor)
    headers = basic(platform.client_id, platform.secret) | {"content-type": content_type}
    answer = await visitor.post("/token", platform.token_form(code), headers=headers)
    assert answer.status == 200


PATHS = [
    "/%00",
    "/\x00",
    "/clients/%00/logo.png",
    "/clients/\x00/logo.png",
    "/clients/../../etc/passwd/logo.png",
    "/clients/网号/logo.png",
    "/static/../../settings.env",
    "/static/%2e%2e/%2e%2e/settings.env",
    "/.well-known/../token",
    "/" + "a" * 8000,
    "/signin/",
    "/AUTHORIZE",
]


@pytest.mark.parametrize("path", PATHS, ids=ascii)
async def test_a_strange_path_is_not_found(visitor: Browser, path: str):
    answer = await visitor.get(path)
    assert (answer.status, answer.error_code()) == (404, "not_found")


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "network_id=\xff; ;;=;"},
        {"cookie": "=" * 5000},
        {"cookie": 'a="\\777\\'},
        {"accept-language": "\xff" * 500},
        {"accept-language": ",;q=,;" * 500},
        {"authorization": "\xff"},
        {"content-type": "\xff"},
        {"x-request-id": "forged\nline"},
        {"x-forwarded-proto": "javascript"},
    ],
    ids=ascii,
)
async def test_a_strange_header_breaks_nothing(
    platform: Platform, visitor: Browser, headers: dict[str, str]
):
    for path in ("/", "/signin", platform.address(), "/userinfo", "/nowhere"):
        answer = await visitor.get(path, headers)
        assert answer.status < 500
        assert answer.headers["x-request-id"] != "forged\nline"


def code_of(answer: Answer) -> str:
    """The stable code, on a page or in JSON."""
    if answer.headers["content-type"] == "application/json":
        body = answer.json()
        assert body["request_id"] == answer.headers["x-request-id"]
        return str(body["error_code"])
    return answer.error_code()
