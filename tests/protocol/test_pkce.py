"""Proof Key for Code Exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause
from idp.protocol import pkce
from tests.support.values import VERIFIER, cause_of

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


@pytest.mark.spec("RFC 7636 §4.2")
@pytest.mark.spec("RFC 7636 §Appendix B")
def test_the_published_example():
    assert pkce.s256(VERIFIER) == CHALLENGE
    pkce.check_challenge(CHALLENGE, "S256", required=True)
    pkce.check_verifier(VERIFIER, CHALLENGE)


@pytest.mark.spec("RFC 7636 §4.3")
@pytest.mark.parametrize(
    ("challenge", "method", "required", "cause"),
    [
        (CHALLENGE, "S256", True, None),
        (CHALLENGE, "S256", False, None),
        (None, None, False, None),
        (None, None, True, Cause.PKCE_REQUIRED),
        (None, "S256", True, Cause.PKCE_REQUIRED),
        (None, "S256", False, Cause.PKCE_CHALLENGE_MALFORMED),
        (CHALLENGE, None, True, Cause.PKCE_METHOD_MISSING),
        (CHALLENGE, None, False, Cause.PKCE_METHOD_MISSING),
        (CHALLENGE, "plain", False, Cause.PKCE_METHOD_UNSUPPORTED),
        (CHALLENGE, "s256", True, Cause.PKCE_METHOD_UNSUPPORTED),
        (CHALLENGE[:-1], "S256", True, Cause.PKCE_CHALLENGE_MALFORMED),
        (CHALLENGE + "A", "S256", True, Cause.PKCE_CHALLENGE_MALFORMED),
        (CHALLENGE[:-1] + "=", "S256", True, Cause.PKCE_CHALLENGE_MALFORMED),
        (CHALLENGE[:-1] + "+", "S256", True, Cause.PKCE_CHALLENGE_MALFORMED),
        (CHALLENGE[:-1] + "\n", "S256", True, Cause.PKCE_CHALLENGE_MALFORMED),
        (CHALLENGE[:-1] + "é", "S256", True, Cause.PKCE_CHALLENGE_MALFORMED),
    ],
)
def test_a_challenge_is_s256_or_nothing(
    challenge: str | None, method: str | None, required: bool, cause: Cause | None
):
    assert cause_of(lambda: pkce.check_challenge(challenge, method, required=required)) is cause


@pytest.mark.spec("RFC 7636 §4.1")
@pytest.mark.spec("RFC 7636 §4.6")
@pytest.mark.parametrize(
    ("verifier", "challenge", "cause"),
    [
        (None, None, None),
        (VERIFIER, None, Cause.VERIFIER_UNEXPECTED),
        (None, CHALLENGE, Cause.VERIFIER_MISSING),
        ("A" * 42, pkce.s256("A" * 42), Cause.VERIFIER_MALFORMED),
        ("A" * 129, pkce.s256("A" * 129), Cause.VERIFIER_MALFORMED),
        ("A" * 42 + "+", pkce.s256("A" * 42 + "+"), Cause.VERIFIER_MALFORMED),
        ("A" * 43 + "\n", pkce.s256("A" * 43 + "\n"), Cause.VERIFIER_MALFORMED),
        ("é" * 43, CHALLENGE, Cause.VERIFIER_MALFORMED),
        ("A" * 43, CHALLENGE, Cause.VERIFIER_WRONG),
        (CHALLENGE, CHALLENGE, Cause.VERIFIER_WRONG),
        ("A" * 43, pkce.s256("A" * 43), None),
        ("A" * 128, pkce.s256("A" * 128), None),
        ("-._~" * 11, pkce.s256("-._~" * 11), None),
    ],
)
def test_a_verifier_answers_its_challenge_or_is_refused(
    verifier: str | None, challenge: str | None, cause: Cause | None
):
    assert cause_of(lambda: pkce.check_verifier(verifier, challenge)) is cause


@given(st.text(UNRESERVED, min_size=43, max_size=128), st.text(UNRESERVED, min_size=43))
def test_only_the_verifier_itself_answers(verifier: str, other: str):
    challenge = pkce.s256(verifier)
    pkce.check_challenge(challenge, "S256", required=True)
    pkce.check_verifier(verifier, challenge)
    refused = cause_of(lambda: pkce.check_verifier(other, challenge))
    assert (refused is None) == (other == verifier)


@given(st.text(), st.text(), st.booleans())
def test_no_input_raises_anything_but_a_refusal(one: str, other: str, required: bool):
    cause_of(lambda: pkce.check_challenge(one, other, required=required))
    cause_of(lambda: pkce.check_verifier(one, pkce.s256(VERIFIER)))
