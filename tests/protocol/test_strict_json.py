"""JSON that somebody else wrote."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol.strict_json import load_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.spec("RFC 8259 §4")
@pytest.mark.spec("RFC 7519 §4")
@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"x":{"a":1,"a":2}}',
        '{"x":[{"a":1,"a":2}]}',
        '{"a":{},"a":{}}',
    ],
)
def test_a_member_that_stands_twice_is_refused_at_any_depth(text: str):
    with pytest.raises(ValueError, match="twice"):
        load_object(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[]",
        '"a"',
        "1",
        "{",
        "{}{}",
        "{'a':1}",
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":-Infinity}',
        '{"a":01}',
        '{"a":1,}',
        '{"a":"\n"}',
        '{"a":' * 5000,
        '{"a":' + "[" * 100_000,
        '{"a":' + "9" * 5000 + "}",
        "\ufeff{}",
        '{"a":"\ud800"}',
        '{"a":"\\ud800"}',
        '{"\\udfff":[{"a":1}]}',
        '{"a":1e999}',
        '{"a":-1e999}',
        '{"a":' + "9" * 301 + "}",
        '{"a":' + "[" * 64 + "]" * 64 + "}",
        '{"a":' * 65 + "1" + "}" * 65,
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_json_object_is_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        load_object(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"\\ud83d\\ude00"}',
        '{"a":1e308,"b":' + "9" * 300 + "}",
        '{"a":' + "[" * 63 + "]" * 63 + "}",
        '{"a":[' + "[],{}," * 500 + "1]}",
    ],
    ids=lambda text: text[:20],
)
def test_what_can_be_written_again_counted_and_walked_is_read(text: str):
    assert load_object(json.dumps(load_object(text), ensure_ascii=False)) == json.loads(text)


@pytest.mark.parametrize(
    "data", [b"\xff{}", '{"a":"é"}'.encode("latin-1"), "{}".encode("utf-16"), b"\xef\xbb\xbf{}"]
)
def test_bytes_are_utf_8_without_a_mark(data: bytes):
    with pytest.raises(ValueError, match=r"."):
        load_object(data)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_an_object_comes_back(value: dict[str, Any]):
    assert load_object(json.dumps(value)) == value
    assert load_object(json.dumps(value).encode()) == value


@given(st.binary(max_size=60) | st.text('{}[]":,0123456789.eE+-\\untrfals ', max_size=60))
def test_nothing_raises_anything_but_value_error(data: bytes | str):
    with suppress(ValueError):
        assert isinstance(load_object(data), dict)
