"""Whatever an account's owner, or a thief, does at the moment it is closed is refused in words.

Each act locks the person first, as closing does: otherwise one would hold what the other waits for,
or hang something on a person who is gone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from idp.domain.activity import Happened
from idp.domain.operator import Role
from idp.domain.refusal import Cause, Refusal
from idp.protocol import acr
from idp.protocol.webauthn import Where
from idp.services.ceremonies import Answered
from idp.storage import passkeys, people, proposals, recoveries
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.operators import Desk
from tests.support.passkeys import sign_in
from tests.support.provider import running
from tests.support.recovery import WAIT, Owner, another_owner, recover, send_code

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

A_WHILE = 0.15
Act = Callable[[], Awaitable[object]]


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def victim(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Owner]:
    urls: dict[str, str] = {}
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        urls = {
            name: postgres.new_database() for name in ("database_url", "enrolment_database_url")
        }
    async with running(
        tmp_path,
        database_url=urls.get("database_url"),
        enrolment_database_url=urls.get("enrolment_database_url"),
    ) as provider:
        yield await another_owner(provider)


async def while_closing(victim: Owner, act: Act) -> object:
    """Begin `act` while the person is being deleted; return what comes of it."""
    async with victim.provider.parts.database.transaction() as closing:
        assert await people.locked(closing, victim.person_id)
        acting = asyncio.ensure_future(act())
        await asyncio.wait([acting], timeout=A_WHILE)
        assert not acting.done()
        await people.remove(closing, victim.person_id)
    [found] = await asyncio.gather(acting, return_exceptions=True)
    return found


async def credential_id(victim: Owner) -> bytes:
    [row] = await passkeys.of_person(victim.provider.parts.database, victim.person_id)
    found: bytes = row["credential_id"]
    return found


@pytest.mark.parametrize("by", ["passkey", "persona"])
async def test_no_session_begins_in_an_account_that_is_being_closed(victim: Owner, by: str):
    used = await credential_id(victim) if by == "passkey" else None

    def begin() -> Awaitable[object]:
        return victim.provider.services.sessions.begin(
            victim.person_id,
            acr=acr.PASSKEY,
            amr=acr.PASSKEY_METHODS,
            instead_of=None,
            passkey=used,
        )

    found = await while_closing(victim, begin)
    assert isinstance(found, Refusal)
    assert found.cause is Cause.PASSKEY_UNKNOWN


async def test_no_codes_are_made_for_an_account_that_is_being_closed(victim: Owner):
    codes = victim.provider.services.recovery_codes
    found = await while_closing(victim, lambda: codes.make(victim.person_id, codes.once()))
    assert isinstance(found, Refusal)
    assert found.cause is Cause.NOT_FOUND


async def test_no_passkey_is_added_to_an_account_that_is_being_closed(victim: Owner):
    provider, browser = victim.provider, victim.browser
    services = provider.services
    name = next(value for key, value in browser.cookies.items() if key.endswith("browser"))
    cookie = next(value for key, value in browser.cookies.items() if key.endswith("session"))
    account = await services.sessions.find(cookie)
    assert account is not None
    ceremony = await services.passkeys.start_adding(name, account.session, Where.ANYWHERE)
    credential = SoftAuthenticator().create(ceremony.options, provider.issuer)
    answered = Answered(name, ceremony.challenge, credential)

    def add() -> Awaitable[object]:
        return services.passkeys.finish_adding(answered, account.session, Where.ANYWHERE, agent="")

    found = await while_closing(victim, add)
    assert isinstance(found, Refusal)
    assert found.cause is Cause.NOT_FOUND


async def test_no_recovery_begins_of_an_account_that_is_being_closed(victim: Owner):
    provider, browser = victim.provider, victim.provider.browser()
    page = await browser.follow(await send_code(browser, victim.codes[0]))
    credential = SoftAuthenticator().create(page.passkey_options(), provider.issuer)
    form = page.form("/recover/passkey") | {"credential": credential}
    found = await while_closing(victim, lambda: browser.post("/recover/passkey", form))
    assert isinstance(found, Answer)
    assert found.status == 400, found.text


async def test_no_recovery_ends_in_an_account_that_is_being_closed(victim: Owner):
    provider, browser = victim.provider, victim.provider.browser()
    device = await recover(provider, browser, victim.codes[0])
    provider.clock.advance(WAIT)
    found = await while_closing(victim, lambda: arrive(victim, browser, device))
    assert isinstance(found, Answer)
    assert found.status == 400, found.text


async def arrive(victim: Owner, browser: Browser, device: SoftAuthenticator) -> Answer:
    return await sign_in(victim.provider, browser, await browser.get("/signin"), device)


async def events(victim: Owner) -> list[Happened]:
    found = await victim.provider.services.activity.events(victim.person_id, [])
    return [event.happened for event in found]


async def test_what_is_under_way_when_an_account_is_closed_leaves_nothing_in_its_history(
    victim: Owner,
):
    provider = victim.provider
    await recover(provider, provider.browser(), victim.codes[0])
    async with provider.parts.database.transaction() as stopping:
        await recoveries.stop(stopping, victim.person_id)
        closing = asyncio.ensure_future(provider.services.closing.close(victim.person_id))
        await asyncio.wait([closing], timeout=A_WHILE)
        await provider.services.activity.note(stopping, victim.person_id, Happened.RECOVERY_STOPPED)
    await closing
    assert await events(victim) == []


@pytest.mark.parametrize("act", ["export", "forget", "end_others", "end_all"])
async def test_nothing_is_noted_of_an_account_that_is_being_closed(victim: Owner, act: str):
    services = victim.provider.services
    cookie = next(v for name, v in victim.browser.cookies.items() if name.endswith("session"))
    account = await services.sessions.find(cookie)
    assert account is not None
    session, person_id = account.session, victim.person_id
    acts: dict[str, Act] = {
        "export": lambda: services.data.export(session),
        "forget": lambda: services.activity.forget(person_id, []),
        "end_others": lambda: services.sessions.end_others(session),
        "end_all": lambda: services.sessions.end_all(person_id),
    }
    before = len(await events(victim))
    found = await while_closing(victim, acts[act])
    assert not found or isinstance(found, Refusal)
    assert len(await events(victim)) == before


async def test_no_case_leads_to_an_account_that_is_being_closed(victim: Owner):
    provider, operations = victim.provider, victim.provider.services.operations
    platform = await Platform.register(provider)
    wire = (await platform.id_token(victim.browser))["sub"]
    proposer, other = [(await Desk.join(provider, Role.SUPPORT)).operator_id for _ in range(2)]
    case_id = await operations.proposals.open_case(proposer, wire, "file 7")
    before = len(await events(victim))
    assert await while_closing(victim, lambda: operations.proposals.approve(case_id, other)) is None
    row = await proposals.find(provider.parts.database, case_id)
    assert row is not None
    assert operations.cases.read(row).person_id is None
    assert len(await events(victim)) == before


async def test_of_two_sets_of_codes_made_at_once_one_works(victim: Owner):
    codes = victim.provider.services.recovery_codes
    async with victim.provider.parts.database.transaction() as holding:
        await people.locked(holding, victim.person_id)
        makings = [
            asyncio.ensure_future(codes.make(victim.person_id, codes.once())) for _ in range(4)
        ]
        await asyncio.wait(makings, timeout=A_WHILE)
    assert all(len(made or ()) == 10 for made in await asyncio.gather(*makings))
    assert await codes.left(victim.person_id) == 10
