"""Form-encoded parameters, read strictly."""

from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause, Refusal
from idp.protocol import parameters
from tests.support.values import cause_of

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=", {}),
        (b"a", {}),
        (b"&&a=1&", {"a": "1"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a=x+y%20z%2B", {"a": "x y z+"}),
        (b"a=%E7%BD%91", {"a": "网"}),
        (b"%61=1", {"a": "1"}),
        (b"a=%0d%0a%09", {"a": "\r\n\t"}),
    ],
)
def test_what_is_well_formed_is_read(raw: bytes, found: dict[str, str]):
    assert parameters.parse(raw) == found


@pytest.mark.spec("RFC 3629 §3")
@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"a=%ff", Cause.MALFORMED_PARAMETERS),
        (b"a=%c0%80", Cause.MALFORMED_PARAMETERS),
        (b"a=%ed%a0%80", Cause.MALFORMED_PARAMETERS),
        (b"a=\xff", Cause.MALFORMED_PARAMETERS),
        (b"%ff=a", Cause.MALFORMED_PARAMETERS),
        (b"a=%", Cause.MALFORMED_PARAMETERS),
        (b"a=%4", Cause.MALFORMED_PARAMETERS),
        (b"a=%4g", Cause.MALFORMED_PARAMETERS),
        (b"a=%u0041", Cause.MALFORMED_PARAMETERS),
        (b"a=% 41", Cause.MALFORMED_PARAMETERS),
        (b"a=%00", Cause.MALFORMED_PARAMETERS),
        (b"a=%1b", Cause.MALFORMED_PARAMETERS),
        (b"a=1&a=1", Cause.DUPLICATED_PARAMETER),
        (b"a=1&a=", Cause.DUPLICATED_PARAMETER),
        (b"a&a", Cause.DUPLICATED_PARAMETER),
        (b"a=1&%61=2", Cause.DUPLICATED_PARAMETER),
        (b"=1&=2", Cause.DUPLICATED_PARAMETER),
        (b"a=" + b"x" * parameters.MAX_QUERY_BYTES, Cause.TOO_LARGE),
        (b"&".join(b"%d=1" % i for i in range(parameters.MAX_FIELDS + 1)), Cause.TOO_LARGE),
    ],
)
def test_what_is_not_is_refused(raw: bytes, cause: Cause):
    assert cause_of(lambda: parameters.parse(raw)) is cause


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes):
    cause_of(lambda: parameters.parse(raw))


@given(st.text("a=&%+;0123456789abcdefABCDEF \x00é", max_size=40))
def test_no_text_that_looks_like_parameters_raises_anything_but_a_refusal(text: str):
    cause_of(lambda: parameters.parse(text.encode()))


PIECES = [
    "a",
    "b",
    "=",
    "&",
    "+",
    " ",
    ";",
    "?",
    "%3D",
    "%26",
    "%2b",
    "%25",
    "%c3%a9",
    "%0A",
    "%7e",
]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_whatever_is_read_is_read_as_by_the_standard_library(text: str):
    pairs = parse_qsl(text, keep_blank_values=True)
    if len(dict(pairs)) == len(pairs):
        assert parameters.parse(text.encode()) == {name: value for name, value in pairs if value}
    else:
        assert cause_of(lambda: parameters.parse(text.encode())) is Cause.DUPLICATED_PARAMETER


@given(st.dictionaries(TEXT, TEXT, max_size=10))
def test_what_was_encoded_comes_back(given_parameters: dict[str, str]):
    assert parameters.parse(urlencode(given_parameters).encode()) == given_parameters


@given(TEXT, TEXT, TEXT)
def test_a_name_that_stands_twice_is_refused_however_it_is_spelled(name: str, one: str, two: str):
    every_byte = "".join(f"%{byte:02X}" for byte in name.encode())
    raw = f"{quote_plus(name)}={quote_plus(one)}&{every_byte}={quote_plus(two)}".encode()
    assert cause_of(lambda: parameters.parse(raw)) is Cause.DUPLICATED_PARAMETER


def test_a_refusal_names_a_parameter_in_bounds_and_never_a_value():
    with pytest.raises(Refusal) as refused:
        parameters.parse(b"n" * 500 + b"=secret&" + b"n" * 500 + b"=secret")
    assert refused.value.detail == {"parameter": "n" * 64}


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize(
    ("value", "words"),
    [(None, ()), ("", ()), ("a", ("a",)), ("b a b", ("b", "a")), ("openid age", ("openid", "age"))],
)
def test_a_list_keeps_its_order_and_drops_repeats(value: str | None, words: tuple[str, ...]):
    assert parameters.words(value) == words


def test_a_required_parameter_is_there_or_refused():
    assert parameters.required({"a": "1"}, "a", Cause.CODE_MISSING) == "1"
    missing = cause_of(lambda: parameters.required({}, "a", Cause.CODE_MISSING))
    assert missing is Cause.CODE_MISSING
