import hashlib
import hmac
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.blind_index import (
    TAG_BYTES,
    activity_tag,
    canonical_number,
    code_tag,
    consent_tag,
    dedup_tag,
    holder_tag,
    items_tag,
    network_id_tag,
    throttle_tag,
)
from tests.support.time import SeededEntropy

KEY = SeededEntropy(1).bytes(32)
OTHER_KEY = SeededEntropy(2).bytes(32)


def test_a_holder_tag_is_hmac_sha_256_over_label_sector_and_person():
    parts = (b"network-id/holder-tag/1", b"shop", b"person-1")
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert holder_tag(KEY, "shop", b"person-1") == hmac.new(KEY, message, hashlib.sha256).digest()


def test_a_dedup_tag_is_hmac_sha_256_over_label_country_document_and_number():
    parts = (b"network-id/dedup-tag/1", b"AT", b"PASSPORT", b"P1234567")
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    expected = hmac.new(KEY, message, hashlib.sha256).digest()
    assert dedup_tag(KEY, "AT", "passport", "P 123-4567") == expected


@pytest.mark.spec("OpenID Connect Core 1.0 §8.1")
@given(st.text(), st.text(), st.binary(), st.binary())
def test_two_sectors_or_two_people_never_share_a_tag(
    sector: str, other_sector: str, person: bytes, other_person: bytes
):
    same = (sector, person) == (other_sector, other_person)
    assert (holder_tag(KEY, sector, person) == holder_tag(KEY, other_sector, other_person)) is same


def test_a_tag_of_one_kind_is_never_a_tag_of_another():
    """One key, the same parts, seven kinds: what one table holds says nothing in another."""
    text, some = "a" * 25, b"a" * 25
    tags = [
        holder_tag(KEY, text, some),
        consent_tag(KEY, text, some),
        activity_tag(KEY, text, some),
        items_tag(KEY, some, text),
        network_id_tag(KEY, text),
        code_tag(KEY, text, text),
        throttle_tag(KEY, text, some, 1),
    ]
    assert len(set(tags)) == len(tags)
    assert {len(tag) for tag in tags} == {TAG_BYTES}


def test_the_items_of_two_consents_have_nothing_in_common():
    shop, forum = (consent_tag(KEY, client, b"person") for client in ("shop", "forum"))
    assert items_tag(KEY, shop, "openid") != items_tag(KEY, forum, "openid")


def test_tries_of_two_windows_are_counted_apart():
    assert throttle_tag(KEY, "code", b"device", 1) != throttle_tag(KEY, "code", b"device", 2)


def test_a_sector_and_a_person_cut_elsewhere_give_another_tag():
    assert holder_tag(KEY, "shop", b"1person") != holder_tag(KEY, "shop1", b"person")
    assert dedup_tag(KEY, "A", "TP", "1") != dedup_tag(KEY, "AT", "P", "1")
    assert dedup_tag(KEY, "AT", "P1", "2") != dedup_tag(KEY, "AT", "P", "12")


def test_another_key_gives_another_tag():
    assert holder_tag(KEY, "shop", b"1") != holder_tag(OTHER_KEY, "shop", b"1")
    assert dedup_tag(KEY, "AT", "P", "1") != dedup_tag(OTHER_KEY, "AT", "P", "1")


def test_a_tag_is_32_bytes():
    assert len(holder_tag(KEY, "", b"")) == TAG_BYTES == 32
    assert len(dedup_tag(KEY, "AT", "P", "1")) == 32


@pytest.mark.parametrize(
    "number",
    [
        "AB 123 456",
        "ab-123-456",
        "AB.123/456",
        " AB123456 ",
        "AB123456<<<",
        "\uff21\uff22\uff11\uff12\uff13\uff14\uff15\uff16",
        "AB\u0661\u0662\u0663\u0664\u0665\u0666",
        "AB\u00a0123\u202f456",
        "AB\u200b123\u00ad456",
        "AB\u2010123\u2013456",
    ],
)
@pytest.mark.parametrize("country", ["AT", "at", " At ", "\uff21\uff34"])
@pytest.mark.parametrize("document", ["identity card", "IDENTITY  CARD", "\tIdentity Card\n"])
def test_one_document_gives_one_tag_however_it_is_written(country: str, document: str, number: str):
    expected = dedup_tag(KEY, "AT", "IDENTITY CARD", "AB123456")
    assert dedup_tag(KEY, country, document, number) == expected


@pytest.mark.parametrize(
    ("country", "document", "number"),
    [
        ("DE", "PASSPORT", "AB123456"),
        ("AT", "IDENTITY CARD", "AB123456"),
        ("AT", "PASSPORT", "AB123457"),
        ("AT", "PASSPORT", "0AB123456"),
        ("AT", "PASSPORT", "\u0391B123456"),  # a Greek capital alpha: a look-alike stays different
    ],
)
def test_another_document_gives_another_tag(country: str, document: str, number: str):
    tag = dedup_tag(KEY, "AT", "PASSPORT", "AB123456")
    assert dedup_tag(KEY, country, document, number) != tag


@given(st.text())
def test_the_canonical_form_of_a_canonical_form_is_itself(number: str):
    once = canonical_number(number)
    assert canonical_number(once) == once


def test_the_canonical_form_is_stable_for_every_character_there_is():
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.normalize("NFKC", character).upper() != character:
            once = canonical_number(character)
            assert canonical_number(once) == once, hex(ord(character))
            assert canonical_number(character.upper()) == once, hex(ord(character))


def test_upper_case_and_lower_case_meet_where_upper_case_takes_letters_apart():
    # Iota with dialytika and tonos is one lower-case character and two upper-case ones.
    assert canonical_number("\u0390") == canonical_number("\u03aa\u0301") == "\u03aa"


@pytest.mark.parametrize(
    ("country", "document", "number"),
    [("", "P", "1"), ("AT", " ", "1"), ("AT", "P", ""), ("AT", "P", " -<./ ")],
)
def test_a_document_without_country_kind_or_number_is_refused(
    country: str, document: str, number: str
):
    with pytest.raises(ValueError, match="are needed"):
        dedup_tag(KEY, country, document, number)


@pytest.mark.parametrize("key", [b"", b"short", KEY + b"\0"])
def test_a_key_that_is_not_32_bytes_is_refused_and_not_quoted(key: bytes):
    with pytest.raises(ValueError, match="is 32 bytes") as raised:
        holder_tag(key, "shop", b"1")
    assert "short" not in str(raised.value)
    with pytest.raises(ValueError, match="is 32 bytes"):
        dedup_tag(key, "AT", "P", "1")


def test_one_key_for_two_kinds_of_tag_gives_unrelated_tags():
    # Same parts after the label, were there none to tell them apart.
    assert holder_tag(KEY, "AT", b"P") not in {dedup_tag(KEY, "AT", "P", n) for n in ("1", "P")}
