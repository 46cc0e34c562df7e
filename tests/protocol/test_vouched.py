"""What is remembered of tokens saves one look at their signature, and decides nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import base64url
from idp.protocol import jose
from idp.protocol.vouched import Vouched
from tests.support.jwt import jwks, key, signed

EC, OTHER = key("ES256"), key("ES256", "other")
CLAIMS = {"sub": "x"}
TOKEN = signed(EC, CLAIMS)


def keys(*signers: Any) -> jose.PublicKeys:
    return jose.PublicKeys(jwks(*signers), vouched=Vouched())


def read(token: str, by: jose.PublicKeys, typ: str = "jwt") -> Any:
    return jose.verify(token, by, algs=("ES256",), typs=(typ,)).claims


def other_signature(token: str) -> str:
    return token.rpartition(".")[0] + "." + base64url.encode(b"\1" * 64)


def test_a_token_that_was_vouched_for_is_not_verified_again():
    """Shown by a signature that would not hold."""
    ours, token = keys(EC), other_signature(TOKEN)
    with pytest.raises(jose.JwtRefused, match="signature"):
        read(token, ours)
    ours.vouch(token)
    assert read(token, ours) == CLAIMS


def test_what_has_held_once_is_vouched_for():
    vouched = Vouched()
    assert read(TOKEN, jose.PublicKeys(jwks(EC), vouched=vouched)) == CLAIMS
    assert TOKEN in vouched


def test_what_does_not_hold_is_not():
    vouched = Vouched()
    with pytest.raises(jose.JwtRefused):
        read(other_signature(TOKEN), jose.PublicKeys(jwks(EC), vouched=vouched))
    assert other_signature(TOKEN) not in vouched


@given(st.integers(0, len(TOKEN) - 1), st.characters(max_codepoint=127))
def test_with_one_other_character_it_is_verified(place: int, character: str):
    ours, changed = keys(EC), TOKEN[:place] + character + TOKEN[place + 1 :]
    ours.vouch(TOKEN)
    if changed != TOKEN:
        with pytest.raises(jose.JwtRefused):
            read(changed, ours)


@pytest.mark.spec("RFC 8725 §3.11")
def test_key_and_type_are_judged_all_the_same():
    """A stolen key that has gone takes with it what was vouched for."""
    without = keys(OTHER)
    without.vouch(TOKEN)
    with pytest.raises(jose.JwtRefused, match="unknown kid"):
        read(TOKEN, without)
    ours = keys(EC)
    ours.vouch(TOKEN)
    with pytest.raises(jose.JwtRefused, match="type"):
        read(TOKEN, ours, typ="at+jwt")


def test_of_many_the_newest_are_remembered_and_never_more_than_that():
    vouched = Vouched(most=10)
    tokens = [str(number) for number in range(100)]
    for token in tokens:
        vouched.add(token)
    remembered = [token for token in tokens if token in vouched]
    assert remembered == tokens[-len(remembered) :]
    assert 5 <= len(remembered) <= 10
