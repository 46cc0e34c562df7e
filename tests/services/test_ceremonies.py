"""A ceremony belongs to its purpose: operators, accounts and recoveries share nothing but rules."""

from typing import Any

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.protocol.webauthn import NewPasskey, RelyingParty
from idp.services.ceremonies import Answered, Ceremonies
from idp.services.replays import Replays
from tests.support.authenticator import SoftAuthenticator
from tests.support.provider import ISSUER, Provider
from tests.support.ready_made import link_keys

HERE, OPERATOR, PERSON = "this browser", "an operator", "a person"


@pytest.fixture
def ceremonies(provider: Provider) -> Ceremonies:
    return Ceremonies(
        rp=RelyingParty.for_issuer(ISSUER, "Network ID"),
        replays=Replays(provider.parts.database, link=link_keys(b"k" * 32)),
        sealer=Sealer(provider.parts.keystore.secret(SecretDomain.SESSION), provider.parts.entropy),
        clock=provider.clock,
        entropy=provider.parts.entropy,
    )


async def registered(ceremonies: Ceremonies, device: SoftAuthenticator) -> NewPasskey:
    ceremony = ceremonies.start_registration(HERE, OPERATOR, user_id=b"u" * 32, user_name="n")
    credential = device.create(ceremony.options, ISSUER)
    return await ceremonies.finish_registration(
        Answered(HERE, ceremony.challenge, credential), OPERATOR
    )


def finder(new: NewPasskey, **changed: Any) -> Any:
    row = {
        "public_key": new.public_key,
        "sign_count": new.sign_count,
        "backup_eligible": int(new.backup_eligible),
        "webauthn_user_id": b"u" * 32,
    } | changed

    async def find(credential_id: bytes) -> Any:
        return row if credential_id == new.credential_id else None

    return find


async def test_a_passkey_kept_anywhere_signs_its_owner_in(ceremonies: Ceremonies):
    device = SoftAuthenticator()
    new = await registered(ceremonies, device)
    ceremony = ceremonies.start_sign_in(HERE, OPERATOR)
    answered = Answered(HERE, ceremony.challenge, device.get(ceremony.options, ISSUER))
    proved = await ceremonies.finish_sign_in(answered, OPERATOR, finder(new))
    assert proved.row["public_key"] == new.public_key
    assert proved.assertion.credential_id == new.credential_id


async def test_a_sign_in_begun_for_one_purpose_finishes_no_other(ceremonies: Ceremonies):
    device = SoftAuthenticator()
    new = await registered(ceremonies, device)
    ceremony = ceremonies.start_sign_in(HERE, PERSON)
    answered = Answered(HERE, ceremony.challenge, device.get(ceremony.options, ISSUER))
    with pytest.raises(Refusal) as refused:
        await ceremonies.finish_sign_in(answered, OPERATOR, finder(new))
    assert refused.value.detail["problem"] == "challenge is not ours"


async def test_a_registration_begun_for_one_account_finishes_no_other(ceremonies: Ceremonies):
    ceremony = ceremonies.start_registration(HERE, "a to add", user_id=b"u" * 32, user_name="n")
    credential = SoftAuthenticator().create(ceremony.options, ISSUER)
    answered = Answered(HERE, ceremony.challenge, credential)
    with pytest.raises(Refusal) as refused:
        await ceremonies.finish_registration(answered, "b to add")
    assert refused.value.detail["problem"] == "challenge is not ours"


async def test_a_handle_of_somebody_else_is_a_passkey_of_nobody(ceremonies: Ceremonies):
    device = SoftAuthenticator()
    new = await registered(ceremonies, device)
    ceremony = ceremonies.start_sign_in(HERE, OPERATOR)
    answered = Answered(HERE, ceremony.challenge, device.get(ceremony.options, ISSUER))
    with pytest.raises(Refusal) as refused:
        await ceremonies.finish_sign_in(answered, OPERATOR, finder(new, webauthn_user_id=b"v" * 32))
    assert refused.value.cause is Cause.PASSKEY_UNKNOWN


@pytest.mark.spec("WebAuthn L3 §5.4")
async def test_a_device_that_has_a_passkey_of_the_account_makes_no_second(ceremonies: Ceremonies):
    device = SoftAuthenticator()
    new = await registered(ceremonies, device)
    ceremony = ceremonies.start_registration(
        HERE, OPERATOR, user_id=b"u" * 32, user_name="n", exclude=[new.credential_id]
    )
    with pytest.raises(ValueError, match="InvalidStateError"):
        device.create(ceremony.options, ISSUER)
