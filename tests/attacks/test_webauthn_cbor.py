"""Attack: CBOR that says the same in other bytes, so that another reader would see another key.

Each value here is read without complaint by a lenient reader, as what it was before.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import cbor2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from idp.protocol.webauthn import PasskeyReason
from tests.support.authenticator import ED, SoftAuthenticator, cose_key, decode, encode
from tests.support.ceremonies import CREATION, ORIGIN, REQUEST, refusal_of, register, sign_in

R = PasskeyReason
DEVICE = SoftAuthenticator()
REGISTRATION = json.loads(DEVICE.create(CREATION, ORIGIN))
OBJECT = decode(REGISTRATION["response"]["attestationObject"])
DATA = cbor2.loads(OBJECT)["authData"]
PASSKEY = register(json.dumps(REGISTRATION))
KEY = cose_key(DEVICE.passkeys[0].key)
fuzz = settings(max_examples=300, deadline=None)


def registered(attestation: bytes) -> PasskeyReason | None:
    response = REGISTRATION["response"] | {"attestationObject": encode(attestation)}
    text = json.dumps(REGISTRATION | {"response": response})
    return refusal_of(lambda: register(text))


def attesting(data: bytes) -> bytes:
    return cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})


def head(kind: int, count: int, width: int) -> bytes:
    """The head of a value in at least ``width`` bytes, one (0) to nine (8)."""
    least = 0 if count < 24 else next(size for size in (1, 2, 4, 8) if count < 1 << 8 * size)
    size = max(width, least)
    if size == 0:
        return bytes([kind << 5 | count])
    return bytes([kind << 5 | 24 + (1, 2, 4, 8).index(size)]) + count.to_bytes(size, "big")


def spelt(value: Any, widths: Iterator[int]) -> bytes:
    """The value in CBOR, each head as wide as told: 0 as short as can be."""
    width = next(widths)
    if isinstance(value, int):
        return head(0, value, width) if value >= 0 else head(1, -1 - value, width)
    if isinstance(value, bytes):
        return head(2, len(value), width) + value
    if isinstance(value, str):
        return head(3, len(value), width) + value.encode()
    inner = b"".join(spelt(name, widths) + spelt(part, widths) for name, part in value.items())
    return head(5, len(value), width) + inner


def pattern(chosen: list[int]) -> Iterator[int]:
    yield from chosen
    while True:
        yield 0


WIDTHS = st.lists(st.sampled_from([0, 1, 2, 4, 8]), min_size=1, max_size=11)


@pytest.mark.spec("WebAuthn L3 §2.4")
@fuzz
@given(WIDTHS)
def test_an_attestation_object_has_one_spelling(widths: list[int]):
    parts = {"fmt": "none", "attStmt": {}, "authData": DATA}
    again = spelt(parts, pattern(widths))
    assert cbor2.loads(again) == parts
    assert registered(again) is (None if again == OBJECT else R.ATTESTATION_MALFORMED)


@pytest.mark.spec("WebAuthn L3 §2.4")
@fuzz
@given(WIDTHS)
def test_a_key_has_one_spelling(widths: list[int]):
    """At registration, and at sign-in too, should such a key ever have been stored."""
    again = spelt(KEY, pattern(widths))
    assume(again != PASSKEY.public_key)
    assert cbor2.loads(again) == KEY
    data = DATA.replace(PASSKEY.public_key, again)
    assert registered(attesting(data)) is R.AUTHENTICATOR_DATA_MALFORMED
    assertion = DEVICE.get(REQUEST, ORIGIN)
    stored = replace(PASSKEY, public_key=again)
    assert refusal_of(lambda: sign_in(stored, assertion)) is R.PUBLIC_KEY_MALFORMED


@pytest.mark.spec("WebAuthn L3 §2.4")
@fuzz
@given(WIDTHS)
def test_extensions_have_one_spelling(widths: list[int]):
    extensions = {"credProtect": 2, "uvm": {"a": b"\1"}}
    again = spelt(extensions, pattern(widths))
    response = DEVICE.get(REQUEST, ORIGIN, set_flags=ED, data_bytes=lambda data: data + again)
    expected = None if again == cbor2.dumps(extensions) else R.AUTHENTICATOR_DATA_MALFORMED
    assert refusal_of(lambda: sign_in(PASSKEY, response)) is expected


ODD: dict[str, Callable[[bytes], bytes]] = {
    "byte_after": lambda raw: raw + b"\0",
    "another_object_after": lambda raw: raw + raw,
    "length_unknown": lambda raw: b"\xbf" + raw[1:] + b"\xff",
    "text_in_pieces": lambda raw: raw.replace(b"\x64none", b"\x7f\x62no\x62ne\xff"),
    "data_in_pieces": lambda raw: raw.replace(b"authData\x58", b"authData\x5f\x58") + b"\xff",
    "data_ends_early": lambda raw: raw[:-1],
    "tagged_as_cbor": lambda raw: b"\xd9\xd9\xf7" + raw,
    "tagged_as_shared": lambda raw: b"\xd8\x1c" + raw,
    "format_tagged": lambda raw: raw.replace(b"\x64none", b"\xd8\x20\x64none"),
    "format_twice": lambda raw: b"\xa4" + raw[1:10] + raw[1:],
    "one_label_promised_more": lambda raw: b"\xa4" + raw[1:],
    "one_label_promised_less": lambda raw: b"\xa2" + raw[1:],
}


@pytest.mark.spec("WebAuthn L3 §2.4")
@pytest.mark.parametrize("edit", ODD.values(), ids=ODD)
def test_an_attestation_object_in_other_bytes_is_refused(edit: Callable[[bytes], bytes]):
    again = edit(OBJECT)
    assert again != OBJECT
    assert registered(again) is R.ATTESTATION_MALFORMED


def test_authenticators_may_order_labels_as_they_like():
    backwards = cbor2.dumps(dict(reversed(cbor2.loads(OBJECT).items())))
    assert backwards != OBJECT
    assert registered(backwards) is None
    key = cbor2.dumps(dict(reversed(KEY.items())))
    assert registered(attesting(DATA.replace(PASSKEY.public_key, key))) is None


TAGGED = {
    "date": b"\xc1\x01",
    "large_number": b"\xc2\x49\x01" + bytes(8),
    "endless_decimal": b"\xc4\x82\x1b" + b"\x3f" * 8 + b"\x01",
    "regular_expression": b"\xd8\x23\x66(a+)+$",
    "mail": b"\xd8\x24\x63foo",
    "shared_with_itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "unknown": b"\xd9\xff\xff\x00",
}


@pytest.mark.spec("WebAuthn L3 §2.4")
@pytest.mark.parametrize("value", TAGGED.values(), ids=TAGGED)
def test_a_tag_is_refused_before_anything_is_made_of_it(value: bytes):
    extensions = b"\xa1\x61x" + value
    data = DEVICE.get(REQUEST, ORIGIN, set_flags=ED, data_bytes=lambda raw: raw + extensions)
    assert refusal_of(lambda: sign_in(PASSKEY, data)) is R.AUTHENTICATOR_DATA_MALFORMED


DEEP = {
    "lists": b"\x81",
    "maps": b"\xa1\x00",
    "labels": b"\xa1",
    "endless": b"\x9f",
    "tags": b"\xc1",
    "large_lists": b"\x9b" + b"\x7f" * 8,
    "large_maps": b"\xbb" + b"\x7f" * 8,
}


@pytest.mark.parametrize("opening", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("times", [1, 99, 399, 400, 401, 1700])
def test_what_is_deep_or_promises_much_is_refused_wherever_it_stands(opening: bytes, times: int):
    hostile = opening * times
    assert registered(hostile) is R.ATTESTATION_MALFORMED
    data = DEVICE.get(REQUEST, ORIGIN, set_flags=ED, data_bytes=lambda raw: raw + hostile)
    assert refusal_of(lambda: sign_in(PASSKEY, data)) is R.AUTHENTICATOR_DATA_MALFORMED
    stored = replace(PASSKEY, public_key=hostile)
    honest = DEVICE.get(REQUEST, ORIGIN)
    assert refusal_of(lambda: sign_in(stored, honest)) is R.PUBLIC_KEY_MALFORMED


@pytest.mark.parametrize("length", range(37, 37 + 18 + 32 + 77))
def test_attested_data_that_ends_anywhere_is_refused(length: int):
    assert len(DATA) == 37 + 18 + 32 + 77
    assert registered(attesting(DATA[:length])) is R.AUTHENTICATOR_DATA_MALFORMED


@pytest.mark.spec("WebAuthn L3 §8.2")
def test_a_statement_is_checked_over_the_bytes_that_were_sent():
    """The library that checks it reads the data once more, and spells it in another order."""
    backwards = cbor2.dumps(dict(reversed(KEY.items())))
    extensions = {"later": [1, "x"], "credProtect": 2, "a": True}

    def respelt(data: bytes) -> bytes:
        key = cbor2.dumps(cose_key(device.passkeys[-1].key))
        return data.replace(key, cbor2.dumps(dict(reversed(cbor2.loads(key).items()))))

    device = SoftAuthenticator()
    response = device.create(
        CREATION, ORIGIN, self_attestation=True, extensions=extensions, data_bytes=respelt
    )
    passkey = register(response)
    assert passkey.public_key[:3] == backwards[:3]
    assert refusal_of(lambda: sign_in(passkey, device.get(REQUEST, ORIGIN))) is None
