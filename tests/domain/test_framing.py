from hypothesis import example, given
from hypothesis import strategies as st

from idp.domain.framing import framed

lists = st.lists(st.binary(max_size=12), max_size=6)


@given(lists, lists)
@example([b"ab", b"c"], [b"a", b"bc"])
@example([b""], [])
@example([b"\0\0\0\0"], [b"", b""])
def test_two_different_lists_never_frame_alike(parts: list[bytes], others: list[bytes]):
    assert (framed(*parts) == framed(*others)) is (parts == others)


def test_each_part_stands_after_its_length_in_four_bytes():
    assert framed(b"ab", b"") == b"\0\0\0\2ab\0\0\0\0"


@given(lists, st.binary(max_size=300))
def test_a_list_is_framed_as_its_parts_are(parts: list[bytes], last: bytes):
    """Stored tags and seals hang on it: what is framed once may be kept and continued."""
    assert framed(*parts, last) == framed(*parts) + len(last).to_bytes(4, "big") + last
