import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import compact_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(values)
def test_it_is_what_the_standard_library_writes_and_reads(value: object):
    """What older instances have sealed was written so, byte for byte."""
    try:
        plain = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        plain = b""
    if not plain:
        with pytest.raises(ValueError, match="surrogates"):
            compact_json.write(value)
        return
    assert compact_json.write(value) == plain
    assert compact_json.read(plain) == json.loads(plain) == value


@pytest.mark.parametrize("data", [b"", b"{", b'{"a":1}x', b"\xff", b'"\xed\xa0\x80"'])
def test_what_is_no_json_is_refused(data: bytes):
    with pytest.raises(ValueError, match=r"."):
        compact_json.read(data)
