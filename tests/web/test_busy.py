"""What is told to whoever is refused because too many came."""

import json

import pytest

from idp.web import locales
from idp.web.busy import Busy
from idp.web.pages import Pages
from tests.support.time import SeededEntropy


@pytest.fixture(scope="module")
def busy() -> Busy:
    entropy = SeededEntropy()
    pages = Pages(issuer="https://id.example/identity", sandbox=False, entropy=entropy)
    return Busy(pages, entropy, issuer="https://id.example/identity")


def headers_of(head: bytes) -> dict[str, str]:
    status, *lines = head.decode().split("\r\n")
    assert status == "HTTP/1.1 503 Service Unavailable"
    return dict(line.split(": ", 1) for line in lines if line)


@pytest.mark.spec("RFC 9110 §10.2.3")
@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("base", ["", "/identity"])
def test_a_program_is_told_in_json_with_the_code_of_the_standard_and_when_to_come_back(
    busy: Busy, base: str
):
    head, body = busy.answer("POST", f"{base}/token", [])
    told, headers = json.loads(body), headers_of(head)
    assert (told["error"], told["error_code"]) == ("temporarily_unavailable", "overloaded")
    assert told["error_uri"] == "https://id.example/identity/errors/overloaded"
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"] == told["request_id"]
    assert int(headers["content-length"]) == len(body)
    assert int(headers["retry-after"]) > 0
    assert headers["cache-control"] == "no-store"
    assert headers["access-control-allow-origin"] == "*"


def test_what_no_other_origin_may_read_stays_so(busy: Busy):
    head, _ = busy.answer("POST", "/introspect", [])
    assert "access-control-allow-origin" not in headers_of(head)


def test_not_everybody_is_told_to_come_back_at_the_same_moment(busy: Busy):
    told = [headers_of(busy.answer("POST", "/token", [])[0]) for _ in range(20)]
    assert len({one["retry-after"] for one in told}) > 4
    assert len({one["x-request-id"] for one in told}) == 20


@pytest.mark.parametrize(
    ("headers", "tag"),
    [
        ([], "en"),
        ([(b"accept-language", b"zh-CN,zh;q=0.9,en;q=0.8")], "zh-Hans"),
        (
            [
                (b"accept-language", b"zh-CN"),
                (b"cookie", f"a=b; {locales.COOKIE}=en; c=d".encode()),
            ],
            "en",
        ),
        ([(b"accept-language", b"\xff\xfe")], "en"),
    ],
)
def test_a_person_is_told_in_their_language(
    busy: Busy, headers: list[tuple[bytes, bytes]], tag: str
):
    head, body = busy.answer("GET", "/authorize", headers)
    assert f'<html lang="{tag}"' in body.decode()
    assert int(headers_of(head)["content-length"]) == len(body)
    assert headers_of(head)["x-request-id"] in body.decode()
    assert "overloaded" in body.decode()


def test_a_page_can_be_asked_for_again_and_a_form_cannot_by_its_address(busy: Busy):
    assert b'data-testid="again"' in busy.answer("GET", "/signin", [])[1]
    assert b'data-testid="again"' not in busy.answer("POST", "/signin/persona", [])[1]


def test_no_link_of_the_page_leads_away_from_a_sign_in_that_was_begun(busy: Busy):
    """The language is the browser's, or the one chosen before."""
    assert b"/language" not in busy.answer("GET", "/authorize", [])[1]


def test_the_page_runs_nothing_and_loads_nothing_from_elsewhere(busy: Busy):
    head, body = busy.answer("GET", "/authorize", [])
    policy = headers_of(head)["content-security-policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert b"<script" not in body
    assert b"style=" not in body


def test_an_answer_to_head_has_no_body_and_says_how_long_it_would_be(busy: Busy):
    head, body = busy.answer("HEAD", "/authorize", [])
    assert body == b""
    assert int(headers_of(head)["content-length"]) > 1000
