"""What two good sign-ins tell without any fault."""

from dataclasses import replace
from typing import Any

import pytest
from network_id_simulator.checker.observing import Seen, SignInSeen, bits, observe
from network_id_simulator.checker.verdict import Verdict

SECRET = "the-secret-of-the-shop"


def sign_in(mark: str) -> SignInSeen:
    request = {
        "response_type": "code",
        "redirect_uri": "https://shop.example/callback",
        "state": f"a-long-and-random-state-{mark}",
        "nonce": f"a-long-and-random-nonce-{mark}",
        "code_challenge": f"challenge-{mark}",
        "code_challenge_method": "S256",
    }
    return SignInSeen(
        request,
        ("https://shop.example/login", "https://shop.example/"),
        "https://shop.example/",
        {"session": "before"},
        {"session": "after"},
    )


GOOD = Seen(sign_in("one"), sign_in("two"), SECRET, frozenset({"discovery", "token"}))


def asking(**changes: str | None) -> Seen:
    """Return two sign-ins whose requests differ from good ones; None leaves a parameter out."""

    def changed(one: SignInSeen) -> SignInSeen:
        request = {**one.request, **changes}
        return replace(one, request={n: v for n, v in request.items() if v is not None})

    return replace(GOOD, one=changed(GOOD.one), two=changed(GOOD.two))


def ending(**changes: Any) -> Seen:
    return replace(GOOD, one=replace(GOOD.one, **changes))


def told(seen: Seen) -> dict[str, Verdict]:
    return {line.name: line.verdict for line in observe(seen) if line.verdict is not Verdict.RIGHT}


def test_a_platform_that_does_everything_hears_nothing():
    assert told(GOOD) == {}


@pytest.mark.spec("RFC 9700 §2.1.1")
def test_a_sign_in_without_pkce_is_advised_against_and_without_nonce_too_is_refused():
    assert told(asking(code_challenge=None)) == {"pkce": Verdict.ADVICE}
    assert told(asking(code_challenge=None, nonce=None)) == {
        "nonce": Verdict.WRONG,
        "pkce": Verdict.WRONG,
    }


@pytest.mark.parametrize("name", ["state", "nonce"])
def test_a_value_that_should_be_random_and_is_not_is_found(name: str):
    assert told(asking(**{name: "the-same-in-every-browser"})) == {name: Verdict.WRONG}
    assert told(asking(**{name: None})) == {name: Verdict.ADVICE}
    short = replace(
        GOOD,
        one=replace(GOOD.one, request={**GOOD.one.request, name: "100001"}),
        two=replace(GOOD.two, request={**GOOD.two.request, name: "100002"}),
    )
    assert told(short) == {name: Verdict.WRONG}


def test_the_same_code_challenge_twice_and_the_plain_method_are_found():
    assert told(asking(code_challenge="the-same")) == {"pkce": Verdict.WRONG}
    assert told(asking(code_challenge_method="plain")) == {"pkce": Verdict.ADVICE}


def test_a_redirect_uri_that_changes_is_found():
    two = replace(GOOD.two, request={**GOOD.two.request, "redirect_uri": "https://a.example/"})
    assert told(replace(GOOD, two=two)) == {"redirect-uri": Verdict.WRONG}


def test_tokens_through_the_browser_are_found():
    assert told(asking(response_type="id_token token")) == {"response-type": Verdict.WRONG}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"urls": (f"https://id.example/authorize?key={SECRET}",)}, Verdict.WRONG),
        ({"urls": ("https://id.example/authorize?client_secret=test",)}, Verdict.WRONG),
        ({"urls": ("https://shop.example/#id_token=eyJhbGci.eyJpc3Mi.x",)}, Verdict.WRONG),
        ({"end": "https://shop.example/callback?code=abc&state=x"}, Verdict.ADVICE),
    ],
)
def test_secrets_and_tokens_in_addresses_are_found(changes: dict[str, Any], verdict: Verdict):
    assert told(ending(**changes)) == {"url-secret": verdict}


def test_a_short_secret_that_stands_in_an_address_by_chance_is_no_finding():
    short = ending(urls=("https://id.example/authorize?client_id=test",))
    assert told(replace(short, client_secret="test")) == {}


def test_another_kind_of_code_in_an_address_is_no_finding():
    assert told(ending(end="https://shop.example/?promo_code=SPRING")) == {}


def test_a_session_that_keeps_its_identifier_is_told():
    assert told(ending(after={"session": "before"})) == {"session": Verdict.ADVICE}


def test_a_session_that_scripts_can_read_is_told():
    assert told(ending(open_cookies=frozenset({"session"}))) == {"cookie": Verdict.ADVICE}


def test_metadata_that_were_not_asked_for_while_one_looked_prove_nothing():
    assert told(replace(GOOD, asked=frozenset())) == {"discovery": Verdict.NOT_MET}


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("123456", 19, 20), ("0123456789abcdef", 64, 64), ("A1b2C3d4E5f6G7h8I9j0k_", 128, 132)],
)
def test_the_bits_of_a_value_are_counted_by_its_characters(text: str, least: int, most: int):
    assert least <= bits(text) <= most
