"""Reading a network ID as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_id.network_id import (
    ALPHABET,
    InvalidNetworkIdError,
    display,
    has_right_check_characters,
    is_wire_form,
    parse,
)

from tests.support.simulated_provider import NETWORK_ID


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
def test_the_standards_own_example() -> None:
    assert has_right_check_characters("ISO793W")
    assert not has_right_check_characters("ISO793X")


def test_the_designs_own_example() -> None:
    assert display(parse("by7q2-ywsgq-nfedc-vvcmn-1xmfn")) == "BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN"


@pytest.mark.parametrize("text", [NETWORK_ID.lower(), display(NETWORK_ID), f" {NETWORK_ID}\n"])
def test_reading_is_tolerant(text: str) -> None:
    assert parse(text) == NETWORK_ID


def test_lookalikes_are_read() -> None:
    assert parse("BY7Q2YWSGQNFEDCVVCMNlXMFN") == "BY7Q2YWSGQNFEDCVVCMN1XMFN"


@given(st.integers(0, 24), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_caught(at: int, character: str) -> None:
    wrong = NETWORK_ID[:at] + character + NETWORK_ID[at + 1 :]
    assert is_wire_form(wrong) == (wrong == NETWORK_ID)


@pytest.mark.parametrize("text", ["", "A", NETWORK_ID + "0", "U" * 25, "é" * 25, "\u0131" * 25])
def test_what_is_no_network_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidNetworkIdError):
        parse(text)


@given(st.text(max_size=40))
def test_no_text_makes_it_crash(text: str) -> None:
    assert is_wire_form(text) in {True, False}
    try:
        parse(text)
    except InvalidNetworkIdError:
        return
