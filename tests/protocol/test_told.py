"""What a refusal says to a program: to whoever sent the request, and to a client by redirect."""

import re

import pytest

from idp.domain import mismatch
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal
from idp.protocol import told
from idp.protocol.causes import outcome

ISSUER = "https://id.example/realm"
TEXT = '<script>alert("call +00 123")</script>\u202e'


def of_text() -> Refusal:
    return Refusal(
        Cause.PROMPT_UNKNOWN, mismatch.text("prompt", TEXT, ("login", "none"), Basis.SUPPORTED)
    )


@pytest.mark.spec("RFC 6749 §5.2")
def test_whoever_sent_a_request_reads_what_was_sent_and_what_would_be_taken():
    description = told.to_sender(of_text(), every=False)
    assert description.startswith(outcome(Cause.PROMPT_UNKNOWN).description)
    assert " Supported: login, none. Sent: <script>" in description
    assert re.fullmatch(r"[ !#-\[\]-~]+", description)


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("cause", [Cause.PROMPT_UNKNOWN, Cause.RESPONSE_TYPE_UNSUPPORTED])
def test_a_redirect_repeats_nothing_that_a_stranger_wrote(cause: Cause):
    found = mismatch.text("any", TEXT, ("login",), Basis.SUPPORTED)
    assert told.to_client(Refusal(cause, found, why=TEXT)) == outcome(cause).description


def test_a_redirect_names_the_scopes_of_ours_that_are_not_registered():
    found = mismatch.words("scope", ("age",), ("openid",), Basis.REGISTERED)
    description = told.to_client(Refusal(Cause.SCOPE_NOT_ALLOWED, found))
    assert description.endswith(" Registered: openid. Sent: age.")


@pytest.mark.parametrize(
    ("sent", "ending"),
    [
        (
            "https://shop.example/cb/",
            ". Registered: https://shop.example/cb. They differ from character 24 on.",
        ),
        (
            "https://guess.example/",
            " Sent: https://guess.example/. None is registered on this host.",
        ),
        (None, "redirect_uri is not one that the client registered."),
    ],
)
def test_of_addresses_those_on_the_same_host_are_told(sent: str | None, ending: str):
    found = mismatch.address("redirect_uri", sent, ("https://shop.example/cb",))
    refusal = Refusal(Cause.REDIRECT_URI_MISMATCH, found)
    assert told.to_sender(refusal, every=False).endswith(ending)


def test_a_client_without_addresses_hears_so():
    found = mismatch.address("redirect_uri", "https://a.example/", ())
    description = told.to_sender(Refusal(Cause.REDIRECT_URI_MISMATCH, found), every=False)
    assert description.endswith(" Registered: none. Sent: https://a.example/.")


@pytest.mark.parametrize("size", [1, 500, 100_000])
def test_a_description_is_short_whatever_came(size: int):
    refusal = Refusal(
        Cause.ASSERTION_AUDIENCE,
        mismatch.text("aud", ["x" * size], ("y" * size,), Basis.EXPECTED),
        why="z" * size,
    )
    assert len(told.to_sender(refusal, every=True)) <= 500


@pytest.mark.parametrize("sent", [None, 1, ["a"], {"a": float("inf")}, "a\ud800"])
def test_a_claim_of_any_type_can_be_told(sent: object):
    found = mismatch.text("aud", sent, ("a",), Basis.EXPECTED)
    assert told.to_sender(Refusal(Cause.ASSERTION_AUDIENCE, found), every=False).isascii()


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize("cause", Cause)
def test_every_error_leads_to_the_entry_of_its_code(cause: Cause):
    expected = "person_said_no" if cause is Cause.PERSON_SUSPENDED else cause.value
    assert told.reference(ISSUER, cause) == f"{ISSUER}/errors/{expected}"
    assert told.reference(f"{ISSUER}/", cause) == told.reference(ISSUER, cause)
