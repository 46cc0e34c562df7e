import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import base64url


@pytest.mark.spec("RFC 7515 §C")
def test_the_standards_own_example():
    assert base64url.encode(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"
    assert base64url.decode("A-z_4ME") == bytes([3, 236, 255, 224, 193])


@pytest.mark.spec("RFC 4648 §5")
@given(st.binary())
def test_what_was_written_reads_back(value: bytes):
    assert base64url.decode(base64url.encode(value)) == value


@pytest.mark.spec("RFC 4648 §3.5")
@pytest.mark.parametrize(
    "text", ["QQ==", "QR", "QQ\n", " QQ", "Q Q", "+/8", "Q", "QQQQQ", "é", "QQ=", "====", "\ud800"]
)
def test_every_spelling_but_the_canonical_one_is_refused(text: str):
    with pytest.raises(ValueError, match="not base64url"):
        base64url.decode(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_one_value_has_one_spelling(text: str):
    try:
        value = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(value) == text


def plainly_read(text: str) -> bytes | None:
    """As the standard library's own reader for it would, were it as strict."""
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return value if base64.urlsafe_b64encode(value).rstrip(b"=").decode() == text else None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,9}[=+/]?", fullmatch=True))
def test_it_reads_what_the_standard_library_reads_in_one_spelling(text: str):
    try:
        value = base64url.decode(text)
    except ValueError:
        value = None
    assert value == plainly_read(text)
