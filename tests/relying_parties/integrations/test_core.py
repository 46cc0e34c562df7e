"""Small rules of the integrations, by their tables."""

import pytest
from network_id.integrations.core.arriving import local_path
from network_id.integrations.core.settings import is_loopback
from network_id.integrations.core.words import choose_language, words


@pytest.mark.parametrize("path", ["/", "/a?b=c&d=%2F%2Fevil", "/a//b", "/@evil.example", "/a#b"])
def test_a_path_of_this_site_is_taken(path: str):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//x",
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
