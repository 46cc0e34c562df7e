"""DPoP's pure rules: addresses in one spelling, nonces of one minute, times."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause, Refusal
from idp.protocol import dpop, key_binding
from idp.protocol.token_request import TokenRequest
from tests.support.dpop import Prover
from tests.support.values import ISSUER, NOW, cause_of, client, grant

KEY = bytes(32)
PROVER = Prover()
ADDRESS = f"{ISSUER}/token"


def expected(**changes: Any) -> dpop.Expected:
    ordinary: dict[str, Any] = {
        "method": "POST",
        "address": ADDRESS,
        "now": NOW,
        "nonce_keys": (KEY,),
        "nonce_demanded": False,
    }
    return dpop.Expected(**ordinary | changes)


def read(claims: dict[str, Any] | None = None, **changes: Any) -> dpop.Proof | None:
    return dpop.read([PROVER.proof("POST", ADDRESS, NOW, **(claims or {}))], expected(**changes))


def lives(claims: dict[str, Any], later: int) -> bool:
    return cause_of(lambda: read(claims, now=NOW + later)) is None


@pytest.mark.spec("RFC 9449 §4.3", "RFC 3986 §6.2.2", "RFC 3986 §6.2.3")
@pytest.mark.parametrize(
    ("address", "normal"),
    [
        ("https://id.example/token", "https://id.example/token"),
        ("HTTPS://ID.Example:443/token?a=b#c", "https://id.example/token"),
        ("https://id.example:/token", "https://id.example/token"),
        ("http://id.example:80", "http://id.example/"),
        ("https://id.example:80/", "https://id.example:80/"),
        ("https://id.example/%74oken%2f", "https://id.example/token%2F"),
        ("https://id.example/a/./b/../token", "https://id.example/a/token"),
        ("https://id.example/../token", "https://id.example/token"),
        ("https://id.example/a/..", "https://id.example/"),
        ("https://id.example/a/.", "https://id.example/a/"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("https://id.example//token", "https://id.example//token"),
        ("https://user@id.example/token", None),
        ("https://id.example/to\nken", None),
        ("https://id.example/tokén", None),
        ("ftp://id.example/token", None),
        ("https:///token", None),
        ("https://id.example:99999/", None),
        ("https://[::1/token", None),
        ("x" * 3000, None),
        ("", None),
    ],
)
def test_addresses_are_compared_in_one_spelling(address: str, normal: str | None):
    assert dpop.normal(address) == normal


@given(st.text(max_size=40) | st.from_regex(r"https?://[a-z.\[\]:@%/]{0,30}"))
def test_no_address_raises(address: str):
    found = dpop.normal(address)
    assert found is None or dpop.normal(found) == found


@pytest.mark.spec("RFC 9449 §4.3")
def test_a_request_without_proofs_has_none():
    assert dpop.read([], expected()) is None


@pytest.mark.spec("RFC 9449 §11.1")
def test_a_proof_is_spent_as_its_key_its_target_and_its_name():
    proof = read({"jti": "once"})
    assert proof is not None
    assert (proof.jkt, proof.once) == (PROVER.jkt, f"POST {ADDRESS} once")


@pytest.mark.spec("RFC 9449 §8")
def test_a_nonce_is_of_one_minute_and_lives_for_two_at_least():
    nonce = dpop.nonce(KEY, NOW)
    assert len(nonce) == 22
    assert nonce not in {
        dpop.nonce(bytes([1]) * 32, NOW),
        dpop.nonce(KEY, NOW + 60),
    }
    lived = [later for later in range(0, 400, 10) if lives({"nonce": nonce, "iat": 0}, later)]
    assert lived == list(range(0, 180 - NOW % 60, 10))
    of_a_node_that_is_ahead = dpop.nonce(KEY, NOW + 60)
    assert lives({"nonce": of_a_node_that_is_ahead, "iat": 0}, 0)
    assert not lives({"nonce": dpop.nonce(KEY, NOW + 120), "iat": 0}, 0)


@pytest.mark.spec("RFC 9449 §8")
@pytest.mark.parametrize("demanded", [False, True])
def test_a_nonce_is_asked_for_of_everybody_or_where_a_clock_is_off(demanded: bool):
    fresh = cause_of(lambda: read(nonce_demanded=demanded))
    assert fresh is (Cause.DPOP_NONCE_NEEDED if demanded else None)
    with pytest.raises(Refusal) as refusal:
        read({"iat": NOW - 61}, nonce_demanded=demanded)
    assert refusal.value.cause is Cause.DPOP_NONCE_NEEDED
    nonce = refusal.value.detail["dpop_nonce"]
    proof = read({"iat": NOW - 61, "nonce": nonce}, nonce_demanded=demanded)
    assert proof is not None
    assert proof.next_nonce == nonce


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
@pytest.mark.parametrize("ahead", [11, 60, 61, 3600])
def test_a_minute_ahead_is_too_far_even_with_a_nonce(ahead: int):
    nonce = dpop.nonce(KEY, NOW)
    cause = cause_of(lambda: read({"iat": NOW + ahead, "nonce": nonce}))
    assert cause is (Cause.DPOP_PROOF_REFUSED if ahead > 60 else None)


def test_a_spent_proof_is_remembered_for_as_long_as_any_lives():
    nonce = dpop.nonce(KEY, NOW)
    for claims in ({"iat": NOW + 10}, {"iat": NOW + 60, "nonce": nonce}):
        assert lives(claims, 0)
        assert not lives(claims, dpop.SPENT_SECONDS)


def request(
    proof: dpop.Proof | None, *, bound: bool = False, jkt: str | None = None
) -> TokenRequest:
    return TokenRequest(
        sent={},
        authorization=None,
        now=NOW,
        issuer=ISSUER,
        client=client(dpop_bound=bound),
        grant=grant(dpop_jkt=jkt),
        proof=proof,
    )


MINE, OTHER = (dpop.Proof(jkt, "once") for jkt in ("mine", "other"))


@pytest.mark.spec("RFC 9449 §5.2")
@pytest.mark.parametrize("bound", [False, True])
def test_a_client_with_bound_tokens_only_brings_a_proof(bound: bool):
    check = key_binding.proof_is_there_where_due
    assert cause_of(lambda: check(request(MINE, bound=bound))) is None
    without = cause_of(lambda: check(request(None, bound=bound)))
    assert without is (Cause.DPOP_PROOF_MISSING if bound else None)


@pytest.mark.spec("RFC 9449 §10")
@pytest.mark.parametrize(
    ("proof", "promised", "cause"),
    [
        (None, None, None),
        (MINE, None, None),
        (MINE, "mine", None),
        (OTHER, "mine", Cause.DPOP_KEY_OF_CODE),
        (None, "mine", Cause.DPOP_PROOF_MISSING),
    ],
)
def test_a_code_is_redeemed_with_the_key_that_was_named(
    proof: dpop.Proof | None, promised: str | None, cause: Cause | None
):
    check = key_binding.key_is_the_one_of_the_code
    assert cause_of(lambda: check(request(proof, jkt=promised))) is cause


@pytest.mark.spec("RFC 9449 §10")
@pytest.mark.parametrize(
    "value", ["", "x", "x" * 42, "x" * 44, "x" * 42 + "=", "x" * 42 + "\n", "ü" * 43]
)
def test_what_is_no_thumbprint_is_refused(value: str):
    assert cause_of(lambda: dpop.check_jkt(value)) is Cause.DPOP_JKT_MALFORMED
    dpop.check_jkt(None)
    dpop.check_jkt(PROVER.jkt)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(["jti", "htm", "htu", "iat", "exp", "nbf", "nonce", "ath"])


@given(st.dictionaries(NAMES, VALUES | st.lists(st.text())))
def test_no_claims_raise_anything_but_a_refusal(claims: dict[str, Any]):
    cause_of(lambda: read(claims))


@given(st.text(max_size=80))
def test_no_text_raises_anything_but_a_refusal(text: str):
    assert cause_of(lambda: dpop.read([text], expected())) is Cause.DPOP_PROOF_REFUSED
