"""Redirect URIs: which may be registered, which a request may name."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.mismatch import address
from idp.domain.refusal import Cause, Refusal
from idp.protocol import redirect_uri
from tests.support.values import cause_of

URI = "https://shop.example/callback"
LOOPBACK = "http://127.0.0.1/callback"


@pytest.mark.spec("RFC 6749 §3.1.2")
@pytest.mark.spec("RFC 8252 §7.1")
@pytest.mark.spec("RFC 8252 §7.3")
@pytest.mark.parametrize(
    "uri",
    [
        URI,
        "https://shop.example",
        "https://shop.example:8443/a?b=c",
        "https://xn--bcher-kva.example/",
        "https://[2001:db8::1]/cb",
        LOOPBACK,
        "http://localhost:3000",
        "http://[::1]:1/x",
        "com.example.app:/oauth",
        "com.example.app://callback",
    ],
)
def test_what_may_be_registered(uri: str):
    redirect_uri.check_registrable(uri)


@pytest.mark.spec("RFC 9700 §2.6")
@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §2")
@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "shop.example/callback",
        "//shop.example/callback",
        "http://shop.example/callback",
        "http://localhost.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://localhost:80@evil.example/cb",
        "https:///callback",
        "https://",
        "https:callback",
        "https://shop.example/cb#x",
        "https://shop.example/cb?code=planted",
        "https://shop.example/cb?a=b&state",
        "https://shop.example/cb#",
        "https://user@shop.example/cb",
        "https://user:pass@shop.example/cb",
        "https://shop.example\\@evil.example/",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shop.example/é",
        "https://[::1",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/cb",
        "myapp://cb",
        "ftp://shop.example/",
        "urn:ietf:wg:oauth:2.0:oob",
        "https://shop.example/" + "a" * 2000,
        "https://%73hop.example/cb",
        "https://shop.example%2eevil.example/cb",
        "https://evil.example%40shop.example/cb",
        "https://*.example/cb",
        "https://shop.example;evil.example/cb",
        "https://shop.example,evil.example/cb",
        "https://shop.example:443:evil.example/cb",
        "https://shop.example:x/cb",
        "https://shop.example:999999/cb",
        "https://[::1]evil.example/cb",
        "https://shop.example./cb",
    ],
)
def test_what_may_not(uri: str):
    with pytest.raises(ValueError, match=r"redirect URI|IPv6"):
        redirect_uri.check_registrable(uri)


@pytest.mark.spec("RFC 9700 §2.1")
@given(st.text(max_size=40) | st.sampled_from([URI + "/", URI[:-1], URI.upper(), URI + "?"]))
def test_only_the_very_same_text_matches(sent: str):
    assert redirect_uri.matches(sent, URI) == (sent == URI)


@pytest.mark.spec("RFC 8252 §7.3")
@given(st.integers(0, 99_999))
def test_any_port_of_loopback_matches(port: int):
    assert redirect_uri.matches(f"http://127.0.0.1:{port}/callback", LOOPBACK)
    assert not redirect_uri.matches(f"http://localhost:{port}/callback", LOOPBACK)
    assert not redirect_uri.matches(f"https://shop.example:{port}/callback", URI)


@pytest.mark.parametrize(("sent", "registered"), [("http://[::1]", "http://[::1]:8/")])
def test_a_missing_path_is_the_root(sent: str, registered: str):
    assert redirect_uri.matches(sent, registered)
    assert not redirect_uri.matches(sent + "/x", registered)


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
def test_choose_returns_what_was_sent_or_refuses():
    registered = (URI, LOOPBACK)
    assert redirect_uri.choose(URI, registered) == URI
    assert redirect_uri.choose("http://127.0.0.1:5/callback", registered).endswith(":5/callback")
    missing = cause_of(lambda: redirect_uri.choose(None, registered))
    assert missing is Cause.REDIRECT_URI_MISSING
    assert cause_of(lambda: redirect_uri.choose(URI, ())) is Cause.REDIRECT_URI_MISMATCH


def test_a_mismatch_holds_what_was_sent_and_what_is_registered():
    registered = ("https://other.example/", URI)
    with pytest.raises(Refusal) as refused:
        redirect_uri.choose("https://shop.example/callbacc", registered)
    found = refused.value.mismatch
    assert found == address("redirect_uri", "https://shop.example/callbacc", registered)


@given(st.text(), st.lists(st.text(), max_size=3))
def test_no_input_raises_anything_but_a_refusal(sent: str, registered: list[str]):
    cause_of(lambda: redirect_uri.choose(sent, tuple(registered)))


@given(st.dictionaries(st.sampled_from(["code", "state", "iss"]), st.text(min_size=1), min_size=1))
def test_parameters_are_added_and_nothing_else_changes(members: dict[str, str]):
    clean = {n: v.encode("utf-8", "replace").decode() for n, v in members.items()}
    for uri in (URI, URI + "?a=b", "com.example.app:/cb"):
        found = redirect_uri.with_parameters(uri, clean)
        assert found == f"{uri}{'&' if '?' in uri else '?'}{urlencode(clean)}"
        query = parse_qs(urlsplit(found).query, keep_blank_values=True)
        assert {name: query[name] for name in clean} == {n: [v] for n, v in clean.items()}
        assert urlsplit(found).netloc == urlsplit(uri).netloc


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        (URI, "https://shop.example"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_the_origin_is_what_a_policy_names(uri: str, origin: str):
    assert redirect_uri.origin(uri) == origin


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("http://localhost:8000/auth", "http://localhost:8000/callback"),
        ("http://127.0.0.1:8000/callback", "http://localhost:8000/callback"),
        ("http://localhost/auth", "http://localhost/callback"),
        ("https://localhost:8000/callback", "http://localhost/callback"),
    ],
)
@pytest.mark.spec("RFC 8252 §7.3")
def test_a_port_of_this_machine_is_not_told_as_what_differs(sent: str, taken: str) -> None:
    registered = ("http://localhost/callback", "http://localhost:1/callback", "https://a.example/")
    with pytest.raises(Refusal) as refused:
        redirect_uri.choose(sent, registered)
    found = refused.value.mismatch
    assert found is not None
    assert found.taken[0] == taken
    assert found.taken[-1] == "https://a.example/"


def test_an_address_that_goes_on_past_the_longest_is_never_shown_as_the_registered_one():
    registered = "https://shop.example/".ljust(redirect_uri.MAX_LENGTH, "a")
    with pytest.raises(Refusal) as refused:
        redirect_uri.choose(registered + "b" * 9, (registered,))
    assert refused.value.mismatch
    assert refused.value.mismatch.sent == registered + "b"
