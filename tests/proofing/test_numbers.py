"""Numbers that can be, numbers that cannot, and one spelling for each person."""

from datetime import date

import pytest

from idp.domain.document import COUNTRIES, Document
from idp.proofing import numbers
from idp.proofing.proof import EvidenceRefused, Fault

BORN = date(1990, 5, 17)


def refusal(country: str, document: str, number: str, born: date) -> Fault:
    with pytest.raises(EvidenceRefused) as refused:
        numbers.checked(country, document, number, born)
    assert number.strip() not in str(refused.value) or not number.strip()
    assert refused.value.__cause__ is None
    return refused.value.fault


@pytest.mark.parametrize(
    ("country", "spellings", "born"),
    [
        ("CN", ["11010519491231002X", "110105 19491231 002x"], date(1949, 12, 31)),
        ("SE", ["880320-0016", "8803200016", "198803200016", "19880320-0016"], date(1988, 3, 20)),
        ("EE", ["36805280109"], date(1968, 5, 28)),
        ("PL", ["44051401458", "440514 01458"], date(1944, 5, 14)),
        ("IT", ["RCCMNL83S18D969H", "rccmnl83s18d969h"], date(1983, 11, 18)),
        ("BE", ["85.07.30-033 28", "85073003328"], date(1985, 7, 30)),
        ("ES", ["54362315-K", "54362315k"], BORN),
        ("TR", ["17291716060"], BORN),
        ("IN", ["2341 2341 2346"], BORN),
        ("NL", ["1112.22.333", "111222333"], BORN),
        ("PE", ["10117410", "10117410-2", "10117410-G", "101174102"], BORN),
        ("AR", ["2.313.087", "2313087", "02313087"], BORN),
        ("CL", ["7.353.042-3", "73530423", "073530423", "07.353.042-3"], BORN),
    ],
)
def test_every_spelling_of_a_valid_number_becomes_one(
    country: str, spellings: list[str], born: date
):
    found = {numbers.checked(country, Document.NATIONAL_ID, text, born) for text in spellings}
    assert len(found) == 1
    assert found.pop().isalnum()


@pytest.mark.parametrize(
    ("country", "number", "born"),
    [
        ("CN", "110105194912310029", date(1949, 12, 31)),
        ("SE", "880320-0018", date(1988, 3, 20)),
        ("EE", "36805280108", date(1968, 5, 28)),
        ("PL", "44051401457", date(1944, 5, 14)),
        ("IT", "RCCMNL83S18D967H", date(1983, 11, 18)),
        ("ES", "54362315Z", BORN),
        ("TR", "17291716092", BORN),
        ("IN", "234123412347", BORN),
        ("NL", "111252333", BORN),
        ("CN", "12345678", BORN),
    ],
)
def test_a_number_whose_check_digit_is_wrong_is_refused(country: str, number: str, born: date):
    assert refusal(country, Document.NATIONAL_ID, number, born) is Fault.NUMBER


@pytest.mark.parametrize(
    ("country", "number", "born"),
    [
        ("CN", "11010519491231002X", date(1949, 12, 30)),
        ("CN", "11010519491231002X", date(2049, 12, 31)),
        ("SE", "880320-0016", date(1988, 3, 21)),
        ("SE", "198803200016", date(1989, 3, 20)),
        ("EE", "36805280109", date(1868, 5, 28)),
        ("IT", "RCCMNL83S18D969H", date(1984, 11, 18)),
        ("BE", "85073003328", date(1985, 7, 31)),
    ],
)
def test_a_birth_date_that_is_not_the_numbers_is_refused(country: str, number: str, born: date):
    assert refusal(country, Document.NATIONAL_ID, number, born) is Fault.BIRTH_DATE_AND_NUMBER


def test_a_year_of_two_digits_leaves_the_century_to_the_document():
    for born in (date(1983, 11, 18), date(2083, 11, 18)):
        assert numbers.checked("IT", Document.NATIONAL_ID, "RCCMNL83S18D969H", born)


@pytest.mark.parametrize("document", [*Document, "library_card"])
@pytest.mark.parametrize(
    "number",
    ["", "   ", "AB1", "-" * 9, "ABCDEFGH", "1" * 25, "1" * 5000, "AB\u0661\u0662\u0416", "12é456"],
)
def test_what_looks_like_no_number_is_refused_everywhere(document: str, number: str):
    assert refusal("GB", document, number, BORN) is Fault.NUMBER


def test_other_documents_and_unknown_countries_are_only_looked_at():
    assert numbers.checked("CN", Document.PASSPORT, " e-1234 5678 ", BORN) == "E12345678"
    assert numbers.checked("GB", Document.NATIONAL_ID, "qq 12 34 56 c", BORN) == "QQ123456C"


def test_every_known_country_is_one():
    assert set(numbers.NATIONAL) <= COUNTRIES
    assert len(COUNTRIES) == 250


@pytest.mark.parametrize("country", sorted(numbers.NATIONAL))
def test_every_country_that_is_known_has_its_rules(country: str):
    """They are read when its first number comes, which would be late to find a wrong name."""
    assert refusal(country, Document.NATIONAL_ID, "1111-", BORN) is Fault.NUMBER
