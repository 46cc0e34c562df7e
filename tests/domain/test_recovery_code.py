"""Recovery codes: 80 random bits, read as people write them, a typing mistake noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import recovery_code
from idp.domain.network_id import ALPHABET, check_characters
from tests.support.time import SeededEntropy

CODES = recovery_code.draw_set(SeededEntropy(3))


def test_a_set_is_ten_different_codes_in_three_groups_of_six():
    assert len(set(CODES)) == 10
    for code in CODES:
        assert len(code) == 18
        assert set(code) <= set(ALPHABET)
        assert [len(group) for group in recovery_code.display(code).split("-")] == [6, 6, 6]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_drawn_can_be_read(seed: int):
    for code in recovery_code.draw_set(SeededEntropy(seed)):
        assert recovery_code.read(recovery_code.display(code)) == code


@pytest.mark.parametrize("code", CODES)
def test_reading_is_tolerant(code: str):
    shown = recovery_code.display(code)
    sloppy = shown.replace("0", "o").replace("1", "l")
    for text in (
        code,
        shown.lower(),
        f"  {shown}\n",
        shown.replace("-", " "),
        shown.replace("-", "\u2013"),
        sloppy,
        sloppy.upper(),
        " ".join(code),
    ):
        assert recovery_code.read(text) == code


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
@pytest.mark.parametrize("position", range(18))
def test_one_wrong_character_is_noticed(position: int):
    code = CODES[0]
    for symbol in set(ALPHABET) - {code[position]}:
        assert recovery_code.read(code[:position] + symbol + code[position + 1 :]) is None


@pytest.mark.parametrize("position", range(17))
def test_two_swapped_neighbours_are_noticed(position: int):
    code = CODES[0]
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert swapped == code or recovery_code.read(swapped) is None


@given(st.text(max_size=200))
def test_nothing_else_is_a_code_and_nothing_breaks(text: str):
    read = recovery_code.read(text)
    assert read is None or check_characters(read[:16]) == read[16:]


@pytest.mark.parametrize("text", ["", "-", "x" * 18, "\u017f" * 18, "9" * 10_000, CODES[0] + "0"])
def test_what_is_no_code_is_refused(text: str):
    assert recovery_code.read(text) is None
