"""What somebody types for somebody else to read says the same to both."""

import pytest

from idp.domain.wording import WordingRefused, one_line, several_lines

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  A court  ", "A court"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("tab\there", "tab here"),
        (PERSIAN, PERSIAN),  # needs its joiner
        ("e\u0301", "é"),
        ("👩\u200d💻 法院", "👩\u200d💻 法院"),
    ],
)
def test_lines_are_kept_and_everything_around_is_tidied(typed: str, kept: str):
    assert several_lines(typed, most=50) == kept


def test_one_line_has_no_lines():
    assert one_line(" District\n Court\t2 ", most=50) == "District Court 2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "x" * 51,
        "pay \u202eno\u202c",  # reads another way round than it is written
        "a\u200bb",
        "a\ufeffb",
        "a\x00b",
        "a\x1b[2Jb",
        "a\ud800b",
        "a\ue000b",
    ],
)
def test_what_is_empty_long_or_not_to_be_seen_is_refused(text: str):
    with pytest.raises(WordingRefused):
        several_lines(text, most=50)
    with pytest.raises(WordingRefused):
        one_line(text, most=50)


def test_a_refusal_does_not_quote_the_text():
    with pytest.raises(WordingRefused) as refused:
        one_line("secret\x00", most=50)
    assert "secret" not in str(refused.value)
