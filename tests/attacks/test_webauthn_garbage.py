"""Attack: anything at all in place of a passkey response, to make the server fail or forget.

Whatever arrives, the only exception is PasskeyRefused; and nothing but the true response signs in.
"""

import json
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from idp.protocol.webauthn import parse_assertion
from tests.support.authenticator import ES256, SoftAuthenticator, encode
from tests.support.ceremonies import CREATION, ORIGIN, REQUEST, refusal_of, register, sign_in

DEVICE = SoftAuthenticator(ES256)
REGISTRATION = DEVICE.create(CREATION, ORIGIN)
PASSKEY = register(REGISTRATION)
ASSERTION = DEVICE.get(REQUEST, ORIGIN)

SHARED = 28  # marks a value that is repeated further on, and changes nothing of it
TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)  # lone surrogates too
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
CBOR = st.recursive(
    SCALARS.filter(lambda value: not isinstance(value, str)) | st.text(max_size=9) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers(-4, 4) | st.text(max_size=4), inner, max_size=5)
        | st.builds(cbor2.CBORTag, st.integers(0, 60), inner)
    ),
    max_leaves=8,
)
PATHS = [
    ("id",),
    ("rawId",),
    ("type",),
    ("response",),
    ("response", "clientDataJSON"),
    ("response", "attestationObject"),
    ("response", "authenticatorData"),
    ("response", "signature"),
    ("response", "userHandle"),
    ("response", "transports"),
    ("authenticatorAttachment",),
    ("clientExtensionResults",),
]
fuzz = settings(max_examples=300, deadline=None)


def every_door(response: str) -> None:
    """Try all three entrances; anything but a refusal or a result goes on as an error."""
    refusal_of(lambda: register(response))
    refusal_of(lambda: parse_assertion(response))
    refusal_of(lambda: sign_in(PASSKEY, response))


def replaced(response: str, path: tuple[str, ...], value: object) -> str:
    members: dict[str, Any] = json.loads(response)
    *way, last = path
    inner = members[way[0]] if way else members
    inner[last] = value
    return json.dumps(members)


def spliced(raw: bytes, at: int, cut: int, new: bytes) -> bytes:
    at %= len(raw) + 1
    return raw[:at] + new + raw[at + cut :]


SPLICES = st.builds(
    lambda at, cut, new: lambda raw: spliced(raw, at, cut, new),
    st.integers(0, 2000),
    st.integers(0, 8),
    st.binary(max_size=8),
)


@fuzz
@given(TEXTS)
def test_any_text_is_refused(text: str):
    assert refusal_of(lambda: register(text)) is not None
    assert refusal_of(lambda: parse_assertion(text)) is not None
    assert refusal_of(lambda: sign_in(PASSKEY, text)) is not None


@fuzz
@given(JSON)
def test_any_json_is_refused(value: object):
    text = json.dumps(value)
    assert refusal_of(lambda: register(text)) is not None
    assert refusal_of(lambda: sign_in(PASSKEY, text)) is not None


@fuzz
@given(st.sampled_from([REGISTRATION, ASSERTION]), st.sampled_from(PATHS), JSON)
def test_any_value_in_any_member_never_breaks_us(
    response: str, path: tuple[str, ...], value: object
):
    every_door(replaced(response, path, value))


@fuzz
@given(st.sampled_from([REGISTRATION, ASSERTION]), SPLICES)
def test_any_edit_of_the_text_never_breaks_us(response: str, edit: Callable[[bytes], bytes]):
    every_door(edit(response.encode()).decode("utf-8", "surrogateescape"))


@fuzz
@given(CBOR)
def test_any_cbor_as_attestation_is_refused(value: object):
    sent = encode(cbor2.dumps(value))
    response = replaced(REGISTRATION, ("response", "attestationObject"), sent)
    assert refusal_of(lambda: register(response)) is not None


@fuzz
@given(st.sampled_from(["fmt", "attStmt", "authData"]), CBOR)
def test_any_cbor_inside_an_attestation_is_refused(name: str, value: object):
    response = SoftAuthenticator().create(CREATION, ORIGIN, attestation={name: value})
    while isinstance(value, cbor2.CBORTag) and value.tag == SHARED:
        value = value.value
    if (name, value) in (("fmt", "none"), ("attStmt", {})):
        return
    assert refusal_of(lambda: register(response)) is not None


@fuzz
@given(st.sampled_from([1, 3, -1, -2, -3]), CBOR)
def test_any_cbor_inside_a_public_key_never_breaks_us(label: int, value: object):
    response = SoftAuthenticator().create(CREATION, ORIGIN, cose={label: value})
    refusal_of(lambda: register(response))


@fuzz
@given(SPLICES)
def test_any_edit_before_signing_never_breaks_us(edit: Callable[[bytes], bytes]):
    every_door(DEVICE.get(REQUEST, ORIGIN, data_bytes=edit))
    every_door(DEVICE.get(REQUEST, ORIGIN, client_bytes=edit))
    every_door(SoftAuthenticator().create(CREATION, ORIGIN, data_bytes=edit))
    every_door(SoftAuthenticator().create(CREATION, ORIGIN, attestation_bytes=edit))


@pytest.mark.spec("WebAuthn L3 §7.2")
@fuzz
@given(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), st.binary())
def test_no_other_bytes_sign_in(part: str, raw: bytes):
    response = replaced(ASSERTION, ("response", part), encode(raw))
    assert refusal_of(lambda: sign_in(PASSKEY, response)) is not None


@fuzz
@given(st.binary(max_size=80) | CBOR.map(cbor2.dumps))
def test_any_stored_key_that_is_none_is_refused(stored: bytes):
    """A damaged row must lead to a refusal, not to an error page or a sign-in."""
    damaged = replace(PASSKEY, public_key=stored)
    assert refusal_of(lambda: sign_in(damaged, ASSERTION)) is not None
