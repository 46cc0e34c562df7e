"""What is told of an address that is not registered, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol import address

REGISTERED = (
    "https://intern.shop.example/callback",
    "https://shop.example/callback",
    "https://shop.example/other",
    "http://localhost/callback",
    "com.example.shop:/callback",
)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("https://shop.example/callbacc", [REGISTERED[1], REGISTERED[2]]),
        ("http://SHOP.example:8080/other/", [REGISTERED[2], REGISTERED[1]]),
        ("https://shop.example.evil.example/callback", []),
        ("https://shop.example@evil.example/callback", []),
        ("https://intern.shop.example", [REGISTERED[0]]),
        ("https://", []),
        ("https://[", []),
        ("", []),
        ("http://127.0.0.1:5000/cb", [REGISTERED[3]]),
        ("com.example.shop:/elsewhere", [REGISTERED[4]]),
        ("com.example", []),
    ],
)
def test_whoever_does_not_know_a_host_is_not_told_it(sent: str, shown: list[str]):
    assert list(address.seen(sent, REGISTERED, every=False)) == shown


def test_in_the_sandbox_all_are_shown_the_nearest_first():
    seen = address.seen("http://www.shop.example/other", REGISTERED, every=True)
    assert seen[:2] == (REGISTERED[2], REGISTERED[1])
    assert set(seen) == set(REGISTERED)


@pytest.mark.parametrize(
    ("sent", "registered", "told"),
    [
        ("https://a.example/cb/", "https://a.example/cb", "slash"),
        ("https://a.example/cb", "https://a.example/cb/", "slash"),
        ("http://a.example/cb", "https://a.example/cb", "scheme"),
        ("https://A.example/CB", "https://a.example/cb", "capital"),
        ("http://127.0.0.1:5000/cb", "http://localhost:5000/cb", "two addresses"),
        ("https://a.example:8443/cb", "https://a.example/cb", "port"),
        ("https://www.a.example/cb", "https://a.example/cb", "www."),
        ("https://a.example/cb", "https://www.a.example/cb", "www."),
        ("https://a.example/cb#top", "https://a.example/cb", "fragment"),
        ("https://a.example/cb?next=1", "https://a.example/cb", "state"),
        ("https://a.example/%63b", "https://a.example/cb", "encoded"),
        ("https%3A%2F%2Fa.example/cb", "https://a.example/cb", "encoded"),
        ("https://a.example/cb ", "https://a.example/cb", "invisible"),
        ("https://a.example/\u200bcb", "https://a.example/cb", "invisible"),
        ("https://b.example/x", "https://a.example/cb", ""),
        ("https://[", "https://a.example/cb", ""),
    ],
)
def test_the_usual_slip_is_named(sent: str, registered: str, told: str):
    found = address.slip(sent, registered)
    assert told in found
    assert bool(told) == bool(found)


@given(st.text(), st.text())
def test_no_text_breaks_the_telling(one: str, other: str):
    address.slip(one, other)
    address.seen(one, (other,), every=False)
    assert one[: address.common(one, other)] == other[: address.common(one, other)]
