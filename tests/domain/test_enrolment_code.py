from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.enrolment_code import (
    LENGTH,
    CodeFault,
    EnrolmentCodeInvalid,
    display,
    draw,
    parse,
)
from idp.domain.network_id import ALPHABET
from tests.support.time import SeededEntropy

CODE = draw(SeededEntropy(1))
CODES = st.integers(0, 10**6).map(lambda seed: draw(SeededEntropy(seed)))


def fault(text: str) -> CodeFault:
    with pytest.raises(EnrolmentCodeInvalid) as refused:
        parse(text)
    assert not text or text not in str(refused.value)
    return refused.value.reason


@given(CODES)
def test_a_code_is_ten_symbols_that_nobody_confuses_and_is_read_as_it_is_shown(code: str):
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert parse(display(code)) == parse(code) == code


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed(code: str, place: int, wrong: str):
    if wrong != code[place]:
        assert fault(code[:place] + wrong + code[place + 1 :]) is CodeFault.CHECK


@given(CODES, st.integers(0, LENGTH - 2))
def test_every_swap_of_two_neighbours_is_noticed(code: str, place: int):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        assert fault(swapped) is CodeFault.CHECK


@pytest.mark.parametrize(
    "spelling",
    [
        str.lower,
        display,
        lambda code: f"  {display(code)}\n",
        " ".join,
        lambda code: code.replace("1", "i").replace("0", "o"),
        lambda code: code.replace("1", "L").replace("0", "O"),
        lambda code: display(code).replace("-", "\u2013"),
    ],
)
def test_a_code_is_read_in_the_ways_people_type_it(spelling: Callable[[str], str]):
    code = next(code for seed in range(999) if {"0", "1"} <= set(code := draw(SeededEntropy(seed))))
    assert parse(spelling(code)) == code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", CodeFault.LENGTH),
        (CODE[:-1], CodeFault.LENGTH),
        (CODE + "0", CodeFault.LENGTH),
        ("0" * 1000, CodeFault.LENGTH),
        (CODE[:-1] + "U", CodeFault.SYMBOL),
        (CODE[:-1] + "*", CodeFault.SYMBOL),
        (CODE[:-1] + "\N{FULLWIDTH DIGIT ZERO}", CodeFault.SYMBOL),
        (CODE[:-1] + "\N{LATIN SMALL LETTER LONG S}", CodeFault.SYMBOL),
    ],
)
def test_what_can_be_no_code_is_refused_with_the_reason(text: str, reason: CodeFault):
    assert fault(text) is reason


def test_every_symbol_is_as_likely_as_any_other():
    entropy = SeededEntropy(3)
    drawn = "".join(draw(entropy)[:8] for _ in range(8000))
    counts = [drawn.count(symbol) for symbol in ALPHABET]
    assert 0.85 < min(counts) / (len(drawn) / 32) < max(counts) / (len(drawn) / 32) < 1.15
