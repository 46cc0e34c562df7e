import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import base64url
from idp.domain.sealing import (
    NONCE_BYTES,
    OVERHEAD_BYTES,
    TOKEN_STEP_BYTES,
    VERSION_BYTES,
    SealBroken,
    Sealer,
    sealed_length,
)
from idp.domain.secret_key import VersionedSecret
from tests.support.time import SeededEntropy

SIZE = 48
KEYS = {version: SeededEntropy(version).bytes(32) for version in (1, 2, 3)}
PLACE = {"table": "pseudonym", "column": "person", "row": b"row-1"}


def sealer(*versions: int, seed: int = 0) -> Sealer:
    """Make a sealer whose live versions are these, the last one active."""
    live = {version: KEYS[version] for version in versions}
    return Sealer(VersionedSecret(live, active=versions[-1]), SeededEntropy(seed))


def seal(plain: bytes, table: str, column: str, row: bytes) -> bytes:
    return sealer(1).seal(plain, table=table, column=column, row=row, size=SIZE)


def open_at(sealed: bytes, table: str, column: str, row: bytes) -> bytes:
    return sealer(1).open(sealed, table=table, column=column, row=row)


@given(st.binary(max_size=SIZE), st.text(), st.text(), st.binary())
def test_what_was_sealed_opens_in_its_own_place(plain: bytes, table: str, column: str, row: bytes):
    assert open_at(seal(plain, table, column, row), table, column, row) == plain


places = st.tuples(st.text(max_size=8), st.text(max_size=8), st.binary(max_size=8))


@pytest.mark.spec("NIST SP 800-38D §5.2.2")
@given(places, places)
def test_a_sealed_value_opens_in_no_other_place(home: tuple[str, str, bytes], away: object):
    sealed = seal(b"person", *home)
    if away != home:
        table, column, row = away  # type: ignore[misc]
        with pytest.raises(SealBroken):
            open_at(sealed, table, column, row)  # type: ignore[has-type]


@pytest.mark.spec("NIST SP 800-38D §5.2.2")
@pytest.mark.parametrize(
    "away",
    [
        ("pseudonym", "person", b"row-2"),
        ("pseudonym", "session", b"row-1"),
        ("session", "person", b"row-1"),
        # One long run of characters cut elsewhere: joined without lengths they would be equal.
        ("pseudonymp", "erson", b"row-1"),
        ("pseudonym", "personr", b"ow-1"),
        ("", "pseudonymperson", b"row-1"),
    ],
)
def test_a_value_moved_to_another_row_column_or_table_is_refused(away: tuple[str, str, bytes]):
    sealed = seal(b"person", "pseudonym", "person", b"row-1")
    with pytest.raises(SealBroken):
        open_at(sealed, *away)


@pytest.mark.spec("NIST SP 800-38D §7.2")
def test_every_flipped_bit_is_refused():
    sealed = seal(b"person", "pseudonym", "person", b"row-1")
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            open_at(bytes(altered), "pseudonym", "person", b"row-1")


def test_every_shortened_or_lengthened_value_is_refused():
    sealed = seal(b"person", "pseudonym", "person", b"row-1")
    shortened = (sealed[:length] for length in range(len(sealed)))
    for altered in itertools.chain(shortened, [sealed + b"\0", sealed + sealed]):
        with pytest.raises(SealBroken):
            open_at(altered, "pseudonym", "person", b"row-1")


@given(st.binary(max_size=200))
def test_bytes_that_were_never_sealed_are_refused(noise: bytes):
    with pytest.raises(SealBroken):
        open_at(noise, "pseudonym", "person", b"row-1")


def test_all_values_of_a_column_have_one_length():
    lengths = {len(seal(b"x" * length, "t", "c", b"r")) for length in range(SIZE + 1)}
    assert lengths == {SIZE + OVERHEAD_BYTES} == {sealed_length(SIZE)}


def test_trailing_zeros_of_a_value_are_kept():
    assert open_at(seal(b"a\0\0", "t", "c", b"r"), "t", "c", b"r") == b"a\0\0"


def test_a_value_longer_than_its_column_is_refused_and_not_quoted():
    with pytest.raises(ValueError, match="holds 48 bytes, got 49") as raised:
        seal(b"x" * (SIZE + 1), "t", "c", b"r")
    assert "xx" not in str(raised.value)


@pytest.mark.spec("NIST SP 800-38D §8.2.2")
def test_one_value_sealed_twice_shares_no_nonce_and_no_ciphertext():
    one_sealer = sealer(1)
    sealed = [one_sealer.seal(b"same", **PLACE, size=SIZE) for _ in range(1000)]  # type: ignore[arg-type]
    head = VERSION_BYTES + NONCE_BYTES
    assert len({value[VERSION_BYTES:head] for value in sealed}) == 1000
    assert len({value[head : head + 16] for value in sealed}) == 1000


def test_old_values_open_while_their_version_lives_and_new_ones_use_the_active_version():
    old = sealer(1).seal(b"old", **PLACE, size=SIZE)  # type: ignore[arg-type]
    rotated = sealer(1, 2)
    new = rotated.seal(b"new", **PLACE, size=SIZE)  # type: ignore[arg-type]
    assert rotated.open(old, **PLACE) == b"old"  # type: ignore[arg-type]
    assert rotated.open(new, **PLACE) == b"new"  # type: ignore[arg-type]
    assert (old[:2], new[:2]) == (b"\0\1", b"\0\2")


def test_a_value_under_an_unknown_version_is_refused():
    sealed = sealer(3).seal(b"later", **PLACE, size=SIZE)  # type: ignore[arg-type]
    with pytest.raises(SealBroken, match="key version that is not live"):
        sealer(1, 2).open(sealed, **PLACE)  # type: ignore[arg-type]


def test_a_value_that_claims_another_live_version_is_refused():
    sealed = sealer(1).seal(b"old", **PLACE, size=SIZE)  # type: ignore[arg-type]
    with pytest.raises(SealBroken, match="altered"):
        sealer(1, 2).open(b"\0\2" + sealed[2:], **PLACE)  # type: ignore[arg-type]


@given(st.binary(max_size=2000), st.text())
def test_a_token_opens_for_its_own_purpose(plain: bytes, purpose: str):
    assert sealer(1).open_token(purpose, sealer(1).seal_token(purpose, plain)) == plain


@given(st.text(), st.text())
def test_a_token_opens_for_no_other_purpose(purpose: str, other: str):
    token = sealer(1).seal_token(purpose, b"challenge")
    if purpose != other:
        with pytest.raises(SealBroken):
            sealer(1).open_token(other, token)


def test_a_tokens_length_shows_only_steps_of_256_bytes():
    lengths = [len(sealer(1).seal_token("p", b"x" * length)) for length in range(600)]
    assert len(set(lengths)) == 3
    assert lengths == sorted(lengths)
    assert len(set(lengths[: TOKEN_STEP_BYTES - 4 + 1])) == 1


@pytest.mark.spec("RFC 4648 §5")
def test_a_token_needs_no_escaping_in_a_url():
    token = sealer(1).seal_token("p", b"x" * 500)
    assert token.replace("-", "").replace("_", "").isalnum()
    assert token.isascii()


def test_a_token_with_any_character_changed_is_refused():
    token = sealer(1).seal_token("p", b"challenge")
    for place, right in enumerate(token):
        wrong = "A" if right != "A" else "B"
        with pytest.raises(SealBroken):
            sealer(1).open_token("p", token[:place] + wrong + token[place + 1 :])


@pytest.mark.parametrize("tail", ["=", "==", "\n", " ", "A", "\0", "é"])
def test_a_second_spelling_of_a_token_is_refused(tail: str):
    token = sealer(1).seal_token("p", b"challenge")
    with pytest.raises(SealBroken):
        sealer(1).open_token("p", token + tail)


@given(st.text(max_size=400))
def test_text_that_was_never_a_token_is_refused(text: str):
    with pytest.raises(SealBroken):
        sealer(1).open_token("p", text)


def test_a_field_never_opens_as_a_token():
    sealed = seal(b"person", "t", "c", b"r")
    for purpose in ("t", "tc", "tcr", ""):
        with pytest.raises(SealBroken, match="another place"):
            sealer(1).open_token(purpose, base64url.encode(sealed))


def test_a_refusal_quotes_neither_plain_text_nor_key():
    sealed = bytearray(seal(b"canary-person", "t", "c", b"r"))
    sealed[-1] ^= 1
    with pytest.raises(SealBroken) as raised:
        open_at(bytes(sealed), "t", "c", b"r")
    assert "canary" not in repr(raised.value)
    assert raised.value.__cause__ is None
    assert KEYS[1].hex() not in repr(vars(sealer(1)))
