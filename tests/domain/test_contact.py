"""What may become the recipient of a mail."""

import pytest

from idp.domain.contact import CODE_SECONDS, CODE_TRIES, Asked, Contact, clean_address, read_code


@pytest.mark.parametrize(
    "address",
    ["a@example.org", "first.last+tag@mail.example.co.uk", "o'neil@example.org", "1@2.example.org"],
)
@pytest.mark.spec("RFC 5321 §4.1.2")
def test_an_ordinary_address_is_taken_as_it_is(address: str):
    assert clean_address(f" {address}\n") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@example.org",
        "a@",
        "a@localhost",
        "a@-example.org",
        "a@example..org",
        "a@example.org.",
        "a b@example.org",
        "a@exa mple.org",
        "a@example.org, b@example.org",
        "a@example.org;b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\nb",
        "a\x00@example.org",
        '"a b"@example.org',
        "<a@example.org>",
        "A <a@example.org>",
        "a@b@example.org",
        "a@[127.0.0.1]",
        "ä@example.org",
        "=?us-ascii?q?=0d=0a?=@example.org",
        "=?utf-8?q?b=40example.com=2c?=@example.org",
        "a@exämple.org",
        "x" * 65 + "@example.org",
        "a@" + "x" * 250 + ".org",
    ],
)
def test_what_could_be_a_header_or_a_second_recipient_is_refused(address: str):
    assert clean_address(address) is None


@pytest.mark.parametrize("text", ["K7M2-QX9T", " k7m2qx9t ", "K7M2 QX9T", "k7m2-qx9t\n"])
def test_a_code_is_read_tolerantly(text: str):
    assert read_code(text) == "K7M2QX9T"


@pytest.mark.parametrize("text", ["", "x" * 100_000, "\u017f" * 8])
def test_nonsense_is_no_code_and_breaks_nothing(text: str):
    assert len(read_code(text)) <= 64


def test_a_code_ends_with_its_time_and_with_its_tries():
    asked = Asked(Contact("a@example.org", "en"), b"", until=CODE_SECONDS)
    assert asked.is_open(CODE_SECONDS - 1)
    assert not asked.is_open(CODE_SECONDS)
    assert not Asked(asked.contact, b"", CODE_SECONDS, tries=CODE_TRIES).is_open(0)
