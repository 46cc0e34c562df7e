"""One relying party, one challenge, and both passkey ceremonies against it."""

from collections.abc import Callable
from typing import Final

from idp.protocol.webauthn import (
    NewPasskey,
    PasskeyReason,
    PasskeyRefused,
    RelyingParty,
    VerifiedAssertion,
    authentication_options,
    parse_assertion,
    registration_options,
    verify_authentication,
    verify_registration,
)

ORIGIN: Final = "https://id.example"
RP: Final = RelyingParty("id.example", ORIGIN, "Network ID")
CHALLENGE: Final = bytes(range(32))
USER_ID: Final = b"a random value of its own"
CREATION: Final = registration_options(
    RP, challenge=CHALLENGE, user_id=USER_ID, user_name="A person"
)
REQUEST: Final = authentication_options(RP, challenge=CHALLENGE)


def register(response: str) -> NewPasskey:
    return verify_registration(RP, challenge=CHALLENGE, credential_json=response)


def sign_in(passkey: NewPasskey, response: str, *, sign_count: int = 0) -> VerifiedAssertion:
    """Verify as the service does: look up by what is presented, then check against it."""
    parse_assertion(response)
    return verify_authentication(
        RP,
        challenge=CHALLENGE,
        credential_json=response,
        public_key=passkey.public_key,
        sign_count=sign_count,
        backup_eligible=passkey.backup_eligible,
    )


def refusal_of(ceremony: Callable[[], object]) -> PasskeyReason | None:
    """Return why `ceremony` was refused, None when it was not; any other exception goes on."""
    try:
        ceremony()
    except PasskeyRefused as refusal:
        return refusal.reason
    return None
