"""Small rules of the integrations, by their tables."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from network_id.integrations.core.arriving import local_path, read_age
from network_id.integrations.core.cookies import Cookies, CookieTooLargeError
from network_id.integrations.core.leaving import is_own_form
from network_id.integrations.core.messages import Asked
from network_id.integrations.core.settings import Settings, is_loopback
from network_id.integrations.core.words import choose_language, words
from network_id.integrations.starlette import NetworkID


@pytest.mark.parametrize("path", ["/", "/a?b=c&d=%2F%2Fevil", "/a//b", "/@evil.example", "/a#b"])
def test_a_path_of_this_site_is_taken(path: str):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//x",
        "\\\\x",
        "/\t/x",
        "/\n",
        "javascript:alert(1)",
        "/\\x",
        "x",
        "",
        "/a b",
        "/\x00",
        "/\x7f",
        "https://x/",
        "/é",
        None,
        1,
        "/" + "a" * 512,
    ],
)
def test_anything_else_is_not(path: object):
    assert local_path(path) is None


@pytest.mark.parametrize(
    "age", ["", "0", "-1", "151", "9999", "18.0", "x", "18 ", "\uff11\uff18", None]
)
def test_an_age_that_is_none_is_not_read(age: str | None):
    assert read_age(age) is None


def test_an_age_is_read():
    assert (read_age("1"), read_age("18"), read_age("150")) == (1, 18, 150)


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),  # a page without a referrer
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, False),
        ({"origin": "http://localhost:8000"}, True),
        ({"origin": "null"}, False),
        ({"origin": "http://localhost:8001"}, False),
        ({}, True),
    ],
)
def test_whose_form_it_is(headers: dict[str, str], *, is_own: bool):
    network_id = NetworkID("https://id.example", "shop", "secret", url="http://localhost:8000")
    asked = Asked("POST", "/logout", "", headers, {})
    assert is_own_form(network_id.desk, asked) is is_own


@pytest.mark.parametrize(
    "alter", [lambda v: "A" * len(v), lambda v: v[:40], lambda _: "", lambda v: v]
)
def test_a_cookie_is_good_under_its_own_name_and_whole(alter: Callable[[str], str]):
    settings = Settings("https://id.example", "shop", "secret", "http://localhost:8000")
    cookies = Cookies(settings, "a secret")
    sealed = cookies.seal("one", {"a": 1}, 60)
    assert cookies.read("one", {"one": sealed.value}) == {"a": 1}
    assert cookies.read("another", {"another": alter(sealed.value)}) is None
    assert Cookies(settings, "a secret of others").read("one", {"one": sealed.value}) is None
    elsewhere = replace(settings, url="http://localhost:8001")
    assert Cookies(elsewhere, "a secret").read("one", {"one": sealed.value}) is None


def test_what_a_browser_would_drop_for_its_size_is_not_sent():
    cookies = Cookies(Settings("https://id.example", "shop", "s", "http://localhost"), "a secret")
    with pytest.raises(CookieTooLargeError, match="fewer claims"):
        cookies.seal("one", {"a": "x" * 3_000}, 60)


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("localhost", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_which_names_are_this_machine(host: str, *, is_it: bool):
    assert is_loopback(host) is is_it


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh", "zh-Hans"),
        ("zh-Hant-TW,en;q=0.5", "zh-Hans"),
        ("en;q=0.5,zh;q=0.9", "zh-Hans"),
        ("fr,de", "en"),
        ("zh;q=0", "en"),
        (";;;q=x,,", "en"),
        ("zh;q=nan", "en"),
        ("fr;q=nan," * 1000, "en"),
    ],
)
def test_a_person_reads_their_language_whatever_a_browser_sends(accepted: str, language: str):
    assert choose_language(accepted) == language


def test_both_languages_have_all_words():
    english, chinese = words("en"), words("zh-Hans")
    assert english.keys() == chinese.keys()
    assert all(chinese.values())
    assert all(("{age}" in english[name]) <= ("{age}" in chinese[name]) for name in english)
