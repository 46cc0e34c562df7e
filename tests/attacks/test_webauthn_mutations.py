"""Attack: a passkey response with one thing wrong. Each is refused, for its own reason."""

import pytest

from idp.protocol.webauthn import NewPasskey, PasskeyReason
from tests.support.authenticator import SoftAuthenticator, Tamper
from tests.support.ceremonies import CREATION, ORIGIN, REQUEST, refusal_of, register, sign_in
from tests.support.lies import EITHER, rows


@pytest.fixture(scope="module")
def device() -> SoftAuthenticator:
    return SoftAuthenticator()


@pytest.fixture(scope="module")
def passkey(device: SoftAuthenticator) -> NewPasskey:
    return register(device.create(CREATION, ORIGIN))


@pytest.mark.spec("WebAuthn L3 §7.1")
@rows(EITHER)
def test_a_registration_with_one_lie_is_refused(reason: PasskeyReason, tamper: Tamper):
    response = SoftAuthenticator().create(CREATION, ORIGIN, **tamper)
    assert refusal_of(lambda: register(response)) is reason


@pytest.mark.spec("WebAuthn L3 §7.2")
@rows(EITHER)
def test_a_sign_in_with_one_lie_is_refused(
    reason: PasskeyReason, tamper: Tamper, device: SoftAuthenticator, passkey: NewPasskey
):
    response = device.get(REQUEST, ORIGIN, **tamper)
    assert refusal_of(lambda: sign_in(passkey, response)) is reason
