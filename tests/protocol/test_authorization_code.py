"""The request for a code's tokens against its grant, one check at a time."""

from collections.abc import Mapping
from typing import Any

import pytest

from idp.domain.refusal import Cause
from idp.protocol import authorization_code as rules
from idp.protocol.token_request import TokenRequest
from tests.support.values import ISSUER, NOW, VERIFIER, cause_of, client, grant


def request(
    sent: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
    now: int = NOW,
) -> TokenRequest:
    return TokenRequest(
        sent=sent or {},
        authorization=None,
        now=now,
        issuer=ISSUER,
        client=client(),
        grant=grant(**facts or {}),
    )


def test_the_code_has_to_be_there():
    assert cause_of(lambda: rules.code_is_present(request())) is Cause.CODE_MISSING
    assert cause_of(lambda: rules.code_is_present(request({"code": "x"}))) is None


@pytest.mark.spec("RFC 6749 §4.1.3")
def test_the_code_is_the_clients_own():
    assert cause_of(lambda: rules.code_belongs_to_client(request())) is None
    theirs = request(facts={"client_id": "another"})
    assert cause_of(lambda: rules.code_belongs_to_client(theirs)) is Cause.CODE_OF_ANOTHER_CLIENT


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.parametrize(("used", "cause"), [(False, None), (True, Cause.CODE_REPLAYED)])
def test_the_code_is_used_once(used: bool, cause: Cause | None):
    assert cause_of(lambda: rules.code_is_unused(request(facts={"code_used": used}))) is cause


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.parametrize(
    ("facts", "now", "cause"),
    [
        ({}, NOW + 59, None),
        ({}, NOW + 60, Cause.CODE_EXPIRED),
        ({}, NOW + 61, Cause.CODE_EXPIRED),
        ({"revoked": True}, NOW, Cause.CODE_REVOKED),
    ],
)
def test_the_code_is_alive(facts: dict[str, Any], now: int, cause: Cause | None):
    assert cause_of(lambda: rules.code_is_alive(request(None, facts, now))) is cause


@pytest.mark.spec("RFC 6749 §4.1.3")
@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        ({"redirect_uri": "https://shop.example/callback"}, None),
        ({"redirect_uri": "https://shop.example/callback/"}, Cause.CODE_REDIRECT_URI),
        ({"redirect_uri": "https://SHOP.example/callback"}, Cause.CODE_REDIRECT_URI),
        ({"redirect_uri": "é"}, Cause.CODE_REDIRECT_URI),
        ({}, Cause.CODE_REDIRECT_URI),
    ],
)
def test_the_redirect_uri_is_the_same(sent: dict[str, str], cause: Cause | None):
    assert cause_of(lambda: rules.redirect_uri_is_the_same(request(sent))) is cause


@pytest.mark.spec("RFC 7636 §4.6")
@pytest.mark.parametrize(
    ("facts", "sent", "cause"),
    [
        ({}, {"code_verifier": VERIFIER}, None),
        ({}, {}, Cause.VERIFIER_MISSING),
        ({}, {"code_verifier": "B" * 43}, Cause.VERIFIER_WRONG),
        ({"code_challenge": None}, {}, None),
        ({"code_challenge": None}, {"code_verifier": VERIFIER}, Cause.VERIFIER_UNEXPECTED),
    ],
)
def test_the_verifier_answers(facts: dict[str, Any], sent: dict[str, str], cause: Cause | None):
    assert cause_of(lambda: rules.verifier_answers_challenge(request(sent, facts))) is cause


def test_a_check_that_runs_too_early_refuses_rather_than_passes():
    """Were the order of the list ever wrong, it must fail closed."""
    empty = TokenRequest(sent={}, authorization=None, now=NOW, issuer=ISSUER)
    for check in (
        rules.code_belongs_to_client,
        rules.code_is_unused,
        rules.code_is_alive,
        rules.redirect_uri_is_the_same,
        rules.verifier_answers_challenge,
    ):
        assert cause_of(lambda check=check: check(empty)) is not None  # type: ignore[misc]
