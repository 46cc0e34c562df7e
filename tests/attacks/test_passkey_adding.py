"""Attack: an account that is open in a browser is to get a passkey of somebody else's.

Every lie of a first registration is refused when adding too; so is a ceremony that was begun for
another person, another session or another purpose; and nothing is stored.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from idp.domain.refusal import Refusal
from idp.domain.session import Session
from idp.protocol.webauthn import PasskeyReason, PasskeyRefused, Where
from idp.services.ceremonies import Answered, Ceremony
from idp.services.enrolment import NewAccount
from tests.services.conftest import proof
from tests.support.authenticator import SoftAuthenticator, Tamper, encode
from tests.support.ceremonies import ORIGIN
from tests.support.lies import EITHER, rows
from tests.support.provider import Provider, running

HERE = "this browser"
SHARED = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Person:
    """Somebody signed in with a passkey of their own."""

    provider: Provider
    session: Session
    device: SoftAuthenticator

    @classmethod
    async def enrolled(cls, provider: Provider, number: str) -> "Person":
        services, device = provider.services, SoftAuthenticator()
        user_id = services.enrolment.new_user_id()
        begun = services.passkeys.start_registration(HERE, user_id=user_id, user_name="n")
        credential = device.create(begun.options, ORIGIN)
        new = await services.passkeys.finish_registration(HERE, begun.challenge, credential)
        person_id = await services.enrolment.create(proof(number), NewAccount(user_id, passkey=new))
        assert isinstance(person_id, bytes)
        cookie = await services.sessions.begin(person_id, acr="phr", amr=(), instead_of=None)
        account = await services.sessions.find(cookie)
        assert account is not None
        return cls(provider, account.session, device)

    async def begin(self, where: Where = Where.ANYWHERE) -> Ceremony:
        return await self.provider.services.passkeys.start_adding(HERE, self.session, where)

    async def finish(self, begun: Ceremony, credential: str, browser: str = HERE) -> None:
        answered = Answered(browser, begun.challenge, credential)
        await self.provider.services.passkeys.finish_adding(
            answered, self.session, Where.ANYWHERE, agent=""
        )

    async def count(self) -> int:
        return len(await self.provider.services.passkeys.of_person(self.session.person_id))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    async with running(tmp_path_factory.mktemp("adding"), issuer=ORIGIN, sandbox=False) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(provider: Provider) -> Person:
    return await Person.enrolled(provider, "AB 123 456")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def other(provider: Provider) -> Person:
    return await Person.enrolled(provider, "AB 123 457")


async def refused(person: Person, begun: Ceremony, credential: str, **browser: str) -> Refusal:
    before = await person.count()
    with pytest.raises(Refusal) as refusal:
        await person.finish(begun, credential, **browser)
    assert await person.count() == before
    return refusal.value


@pytest.mark.spec("WebAuthn L3 §7.1")
@rows(EITHER)
@SHARED
async def test_an_added_passkey_with_one_lie_is_refused(
    reason: PasskeyReason, tamper: Tamper, owner: Person
):
    begun = await owner.begin()
    credential = SoftAuthenticator().create(begun.options, ORIGIN, **tamper)
    refusal = await refused(owner, begun, credential)
    assert isinstance(refusal, PasskeyRefused)
    assert refusal.reason is reason


@pytest.mark.spec("WebAuthn L3 §7.1")
@pytest.mark.parametrize("whose", ["owner", "other"])
@SHARED
async def test_a_credential_id_that_is_anybodys_is_not_added_again(
    owner: Person, other: Person, whose: str
):
    """Step 27: the id of one's own passkey with another key, or of somebody else's."""
    taken = {"owner": owner, "other": other}[whose].device.passkeys[0].credential_id
    begun = await owner.begin()
    named: Any = {"members": {"id": encode(taken), "rawId": encode(taken)}, "attested_id": taken}
    credential = SoftAuthenticator().create(begun.options, ORIGIN, **named)
    refusal = await refused(owner, begun, credential)
    assert refusal.detail["problem"] == "credential id is registered already"


@SHARED
async def test_a_ceremony_of_another_person_adds_nothing_to_mine(owner: Person, other: Person):
    begun = await other.begin()
    credential = SoftAuthenticator().create(begun.options, ORIGIN)
    refusal = await refused(owner, begun, credential)
    assert refusal.detail["problem"] == "challenge is not ours"


@SHARED
async def test_a_ceremony_of_another_session_or_browser_adds_nothing(owner: Person):
    services = owner.provider.services
    cookie = await services.sessions.begin(
        owner.session.person_id, acr="phr", amr=(), instead_of=None
    )
    account = await services.sessions.find(cookie)
    assert account is not None
    again = Person(owner.provider, account.session, owner.device)
    begun = await again.begin()
    credential = SoftAuthenticator().create(begun.options, ORIGIN)
    assert (await refused(owner, begun, credential)).detail["problem"] == "challenge is not ours"
    begun = await owner.begin()
    credential = SoftAuthenticator().create(begun.options, ORIGIN)
    refusal = await refused(owner, begun, credential, browser="another browser")
    assert refusal.detail["problem"] == "challenge of another browser, or expired"


@SHARED
async def test_a_ceremony_begun_for_something_else_adds_nothing(owner: Person):
    """First registrations are open to strangers; a sign-in is no registration."""
    passkeys = owner.provider.services.passkeys
    begun = passkeys.start_registration(HERE, user_id=b"u" * 32, user_name="n")
    credential = SoftAuthenticator().create(begun.options, ORIGIN)
    assert (await refused(owner, begun, credential)).detail["problem"] == "challenge is not ours"
    begun = await owner.begin(Where.HERE)
    credential = SoftAuthenticator().create(begun.options, ORIGIN)
    assert (await refused(owner, begun, credential)).detail["problem"] == "challenge is not ours"
    begun = passkeys.start_sign_in(HERE)
    answer = owner.device.get(begun.options, ORIGIN)
    assert (await refused(owner, begun, answer)).detail["problem"] == "challenge is not ours"


@pytest.mark.spec("WebAuthn L3 §13.4.3")
@SHARED
async def test_one_ceremony_adds_one_passkey(owner: Person):
    begun = await owner.begin()
    await owner.finish(begun, SoftAuthenticator().create(begun.options, ORIGIN))
    refusal = await refused(owner, begun, SoftAuthenticator().create(begun.options, ORIGIN))
    assert refusal.detail["problem"] == "challenge was used before"
