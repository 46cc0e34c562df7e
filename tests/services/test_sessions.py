import pytest
from sqlalchemy import bindparam

from idp.domain.passkey import mark
from idp.domain.refusal import Cause, Refusal
from idp.domain.session import (
    ABSOLUTE_SECONDS,
    IDLE_SECONDS,
    MAX_VISITS,
    SEEN_STEP_SECONDS,
    Session,
    Visit,
)
from idp.services.enrolment import Enrolment, NewAccount
from idp.services.sessions import Account, Sessions
from idp.services.vault import Vault
from idp.storage.statement import Statement
from idp.storage.tables import passkeys
from tests.services.conftest import BORN, proof
from tests.support.authenticator import SoftAuthenticator
from tests.support.provider import Provider


@pytest.fixture
def sessions(provider: Provider) -> Sessions:
    return provider.services.sessions


@pytest.fixture
async def person_id(enrolment: Enrolment) -> bytes:
    created = await enrolment.create(proof(), NewAccount(enrolment.new_user_id()))
    assert created is not None
    return created


async def begin(sessions: Sessions, person_id: bytes, instead_of: str | None = None) -> str:
    return await sessions.begin(person_id, acr="phr", amr=("hwk",), instead_of=instead_of)


async def found(sessions: Sessions, cookie: str | None) -> Account:
    account = await sessions.find(cookie)
    assert account is not None
    return account


async def use(provider: Provider, cookie: str) -> None:
    """What every login at a platform does: note that the session is in use."""
    account = await found(provider.services.sessions, cookie)
    touched = account.session.touched(provider.clock.now())
    if touched is not None:
        async with provider.parts.database.transaction() as transaction:
            assert await provider.services.sessions.update(transaction, account, touched)


async def test_a_session_is_found_by_its_cookie_with_the_account_in_it(
    provider: Provider, sessions: Sessions, person_id: bytes, vault: Vault
):
    account = await found(sessions, await begin(sessions, person_id))
    assert account.session.person_id == person_id
    assert vault.open_birth_date(person_id, account.birth_date_sealed) == BORN
    assert account.session.authentication.time == provider.clock.now()
    assert (account.session.authentication.acr, account.notices) == ("phr", ())


async def test_a_session_unused_for_an_hour_has_ended(
    provider: Provider, sessions: Sessions, person_id: bytes
):
    cookie = await begin(sessions, person_id)
    provider.clock.advance(IDLE_SECONDS - 1)
    assert await sessions.find(cookie) is not None
    provider.clock.advance(1)
    assert await sessions.find(cookie) is None


async def test_a_session_in_use_ends_twelve_hours_after_the_sign_in(
    provider: Provider, sessions: Sessions, person_id: bytes
):
    cookie = await begin(sessions, person_id)
    for _ in range(ABSOLUTE_SECONDS // 1800 - 1):
        provider.clock.advance(1800)
        await use(provider, cookie)
    provider.clock.advance(1799)
    assert await sessions.find(cookie) is not None
    provider.clock.advance(1)
    assert await sessions.find(cookie) is None


async def test_use_is_noted_at_most_every_five_minutes(
    provider: Provider, sessions: Sessions, person_id: bytes
):
    cookie = await begin(sessions, person_id)
    began = provider.clock.now()
    provider.clock.advance(SEEN_STEP_SECONDS - 1)
    await use(provider, cookie)
    assert (await found(sessions, cookie)).session.seen == began
    provider.clock.advance(1)
    await use(provider, cookie)
    assert (await found(sessions, cookie)).session.seen == began + SEEN_STEP_SECONDS


async def test_a_sign_in_ends_the_session_that_the_browser_had_and_no_other(
    sessions: Sessions, person_id: bytes
):
    here, elsewhere = await begin(sessions, person_id), await begin(sessions, person_id)
    again = await begin(sessions, person_id, instead_of=here)
    assert again != here
    assert await sessions.find(here) is None
    assert await sessions.find(elsewhere) is not None
    assert await sessions.find(again) is not None


async def test_signing_out_ends_the_session_at_once(sessions: Sessions, person_id: bytes):
    cookie = await begin(sessions, person_id)
    await sessions.end(cookie)
    await sessions.end(None)
    assert await sessions.find(cookie) is None


@pytest.mark.parametrize("cookie", [None, "", "0" * 64, "x" * 65, "é", "\ud800", "\0"])
async def test_a_cookie_of_no_session_finds_nobody(sessions: Sessions, cookie: str | None):
    assert await sessions.find(cookie) is None


async def test_the_cookie_itself_is_stored_nowhere(
    provider: Provider, sessions: Sessions, person_id: bytes
):
    cookie = await begin(sessions, person_id)
    stored = b"".join(f.read_bytes() for f in provider.parts.settings.home.glob("provider.db*"))
    assert cookie.encode() not in stored
    assert bytes.fromhex(cookie) not in stored


async def test_of_two_tabs_that_write_at_once_the_second_is_told(
    provider: Provider, sessions: Sessions, person_id: bytes
):
    cookie = await begin(sessions, person_id)
    both = [await found(sessions, cookie) for _ in range(2)]
    written = []
    for number, account in enumerate(both):
        changed = account.session.visited(Visit(f"client {number}", "sid"))
        async with provider.parts.database.transaction() as transaction:
            written.append(await sessions.update(transaction, account, changed))
    assert written == [True, False]
    known = (await found(sessions, cookie)).session
    assert (known.sid_at("client 0"), known.sid_at("client 1")) == ("sid", None)


def test_the_oldest_visit_is_forgotten_when_there_are_too_many():
    session = Session(b"d" * 32, b"p" * 16, None, seen=0)  # type: ignore[arg-type]
    for number in range(MAX_VISITS + 5):
        session = session.visited(Visit(f"client {number}", "sid"))
    assert len(session.visits) == MAX_VISITS
    assert session.sid_at("client 4") is None
    assert session.sid_at("client 5") == "sid"


async def with_passkey(provider: Provider, enrolment: Enrolment) -> tuple[bytes, bytes]:
    """Enrol somebody with a passkey; return the person id and the credential id."""
    passkeys, user_id = provider.services.passkeys, enrolment.new_user_id()
    begun = passkeys.start_registration("here", user_id=user_id, user_name="n")
    credential = SoftAuthenticator().create(begun.options, provider.issuer)
    new = await passkeys.finish_registration("here", begun.challenge, credential)
    person_id = await enrolment.create(proof(), NewAccount(user_id, passkey=new))
    assert isinstance(person_id, bytes)
    return person_id, new.credential_id


async def test_a_session_knows_by_a_mark_which_passkey_began_it(
    provider: Provider, sessions: Sessions, enrolment: Enrolment
):
    person_id, credential_id = await with_passkey(provider, enrolment)
    cookie = await sessions.begin(
        person_id, acr="phr", amr=("pop",), instead_of=None, passkey=credential_id
    )
    how = (await found(sessions, cookie)).session.authentication
    assert how.passkey == mark(credential_id)
    assert credential_id.hex() not in how.passkey


async def test_a_passkey_removed_meanwhile_begins_no_session(
    provider: Provider, sessions: Sessions, enrolment: Enrolment
):
    """Or a thief who signs in while the owner removes the passkey would stay signed in."""
    person_id, credential_id = await with_passkey(provider, enrolment)
    old = await begin(sessions, person_id)
    gone = Statement(passkeys.delete().where(passkeys.c.person_id == bindparam("whose")))
    await provider.parts.database.all(gone, whose=person_id)
    with pytest.raises(Refusal) as refused:
        await sessions.begin(
            person_id, acr="phr", amr=("pop",), instead_of=old, passkey=credential_id
        )
    assert refused.value.cause is Cause.PASSKEY_UNKNOWN
    assert await sessions.find(old) is not None
