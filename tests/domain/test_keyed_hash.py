import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import keyed_hash


@pytest.mark.spec("RFC 2104 §2")
@pytest.mark.parametrize(
    ("key", "message", "expected"),
    [  # RFC 4231 §4.2 to §4.5
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            bytes(range(1, 26)),
            b"\xcd" * 50,
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
    ],
)
def test_the_standards_own_examples(key: bytes, message: bytes, expected: str):
    assert keyed_hash.digest(key, message).hex() == expected


@given(st.binary(max_size=keyed_hash.BLOCK_BYTES), st.lists(st.binary(max_size=200), max_size=3))
def test_it_is_what_the_standard_library_makes_of_it(key: bytes, messages: list[bytes]):
    """Again and again under one key: nothing of a message stays in what is kept."""
    for message in messages:
        assert keyed_hash.digest(key, message) == hmac.digest(key, message, "sha256")


def test_a_key_that_would_have_to_be_hashed_first_is_refused():
    with pytest.raises(ValueError, match="64 bytes"):
        keyed_hash.digest(b"k" * 65, b"")
