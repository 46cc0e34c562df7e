"""Somebody with a row in every table that can hold one of a person, and what they do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from idp.domain.contact import Contact
from idp.domain.person import SuspensionNotice
from tests.support.accounts import Somebody, somebody
from tests.support.authenticator import SoftAuthenticator
from tests.support.logins import Platform

if TYPE_CHECKING:
    from tests.support.provider import Provider


async def lived(provider: Provider) -> tuple[Somebody, list[Platform]]:
    """Somebody who has used all there is: rows in every table that can hold one of theirs."""
    owner, services = await somebody(provider), provider.services
    person_id = owner.person_id
    platforms = [await Platform.register(provider) for _ in range(2)]
    for platform in platforms:
        page = await platform.ask(owner.browser, scope="openid age")
        await platform.decide(owner.browser, page, "allow", remember=True)
    await add_passkey(owner)
    await services.recovery_codes.make(person_id, services.recovery_codes.once())
    await services.contacts.ask(person_id, Contact("person@mail.example", "en"))
    notice = SuspensionNotice("A reason", "An authority", since_day=20_000, case_id="C-1")
    async with provider.parts.database.transaction() as transaction:
        await services.operations.appeals._suspensions.begin(transaction, person_id, notice)
    await services.operations.appeals.object_to(person_id, "C-1", "It was not me.")
    await recover(owner)
    return owner, platforms


async def add_passkey(owner: Somebody) -> None:
    """Add a passkey on the page for it."""
    path = "/account/passkeys/add"
    page = await owner.browser.get(path)
    credential = SoftAuthenticator().create(page.passkey_options(), owner.provider.issuer)
    assert (await owner.press(page, path, credential=credential)).status == 303


async def recover(owner: Somebody) -> None:
    """Begin a recovery, as somebody who proved their identity once more in another browser."""
    other = owner.provider.browser()
    await other.get("/signin")
    name = next(value for key, value in other.cookies.items() if key.endswith("browser"))
    token = owner.provider.services.recovery.begin(owner.person_id, "in_person", browser=name)
    page = await other.get(f"/recover/passkey?recovery={token}")
    credential = SoftAuthenticator().create(page.passkey_options(), owner.provider.issuer)
    form = page.form("/recover/passkey") | {"credential": credential}
    assert (await other.post("/recover/passkey", form)).status == 303


async def export(owner: Somebody) -> dict[str, Any]:
    await owner.sign_in(owner.browser)
    page = await owner.browser.get("/account/data")
    found: dict[str, Any] = (await owner.press(page, "/account/data/export")).json()
    return found


async def close(owner: Somebody) -> None:
    await owner.sign_in(owner.browser)
    page = await owner.browser.get("/account/close")
    answer = await owner.press(page, "/account/close", understood="yes")
    assert answer.location == "/account-closed"
