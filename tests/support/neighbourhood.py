"""The last quarter of an hour before the theft: real requests over HTTP, and how rows get there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from idp.app.services import Joining
from idp.domain.assurance import Assurance
from idp.domain.blind_index import dedup_tag
from idp.domain.secret_key import SecretDomain
from idp.proofing.proof import Proof
from idp.protocol import acr
from idp.services.enrolment import NewAccount
from tests.support.country import COUNTRY, DOCUMENT, new_passkey, number
from tests.support.dumps import KNOWN, Row
from tests.support.logins import Platform

if TYPE_CHECKING:
    import random

    from tests.support.browser_like import Browser
    from tests.support.country import Truth
    from tests.support.provider import Provider

ENROLMENT: Final = ("enrolments", "vouchers")
_COMES_BACK: Final = 0.5
_BORN: Final = date(1984, 2, 29)


async def platforms(provider: Provider, count: int) -> list[Platform]:
    """Register platforms that differ in all that a platform may choose: names, addresses, claims.

    What they send differs likewise: see ``wish``.
    """
    found = []
    for place in range(count):
        name = f"p{place}-{'x' * (3 * place)}"
        registered = await provider.services.clients.add(
            {
                "client_name": f"Platform {place}",
                "platform": name[:63],
                "purpose": "To know that you are one person.",
                "alternative": "Order as a guest.",
                "redirect_uris": [f"https://{name[:40]}.example/{'callback/' * (1 + 8 * place)}"],
                "backchannel_logout_uri": "https://shop.example/logout",
                "grant_types": ["authorization_code", *(["refresh_token"] * stays(place))],
            },
            client_id=f"client-{place}-{'c' * (5 * place)}",
        )
        found.append(Platform(provider, registered, registered.client.redirect_uris[0]))
    return found


def stays(place: int) -> bool:
    """Tell whether the platform at this place stays connected while people are away."""
    return place % 4 == 1


def wish(place: int) -> dict[str, str]:
    """Return what the platform at this place asks for: short or long, little or all there is."""
    claims = {"claims": '{"id_token":{"age_over_18":null}}'} if place % 3 == 0 else {}
    scope = " ".join(["openid", *["age"] * (place % 2), *["offline_access"] * stays(place)])
    return {"scope": scope, "nonce": "n" * (20 * place)} | claims


def load_sqlite(provider: Provider, rows: dict[str, list[Row]]) -> None:
    """Insert rows as they come; as the tables have no row numbers, their order is lost."""
    settings = provider.parts.settings
    for url, here in _by_store(settings.database_url, settings.enrolment_database_url, rows):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-500000")
        for table, values in here.items():
            marks = ", ".join("?" * len(KNOWN[table].columns))
            # Sorted it is faster, and the file is the same: rows lie in the order of their keys.
            ordered = sorted(values, key=lambda row: bytes(row[0]))  # type: ignore[arg-type]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", ordered)  # noqa: S608 - our own
        connection.commit()
        connection.close()


async def load_postgres(provider: Provider, rows: dict[str, list[Row]]) -> None:
    """Copy rows in the order of their making, which is the order that the heap keeps."""
    settings = provider.parts.settings
    for url, here in _by_store(settings.database_url, settings.enrolment_database_url, rows):
        connection: Any = await asyncpg.connect(url)
        for table, values in here.items():
            await connection.copy_records_to_table(
                table, records=values, columns=KNOWN[table].columns.keys()
            )
        await connection.close()


def _by_store(
    provider_url: str, enrolment_url: str, rows: dict[str, list[Row]]
) -> list[tuple[str, dict[str, list[Row]]]]:
    """Sort tables by store, and those that others refer to first."""
    order = sorted(rows, key=lambda name: (name != "people", name))
    return [
        (enrolment_url, {name: rows[name] for name in order if name in ENROLMENT}),
        (provider_url, {name: rows[name] for name in order if name not in ENROLMENT}),
    ]


@dataclass
class Neighbours:
    """People who enrol and log in during the last minutes, one after the other."""

    provider: Provider
    platforms: list[Platform]
    truth: Truth
    chance: random.Random
    network_ids: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services = Joining(self.provider.parts)

    async def live(self, payload: int) -> None:
        """Enrol, sign in, visit some platforms; some renew, withdraw, make codes, leave."""
        person_id, browser = await self._enrol(payload)
        chosen = self.chance.sample(range(len(self.platforms)), 3)
        for place in chosen:
            await self._visit(person_id, browser, place)
            self.provider.clock.advance(self.chance.randint(1, 4))
        client = self.platforms[chosen[0]].registered.client
        if payload % 3 == 0:
            async with self.provider.parts.database.transaction() as transaction:
                await self.services.pseudonyms.renew(transaction, client.sector, person_id)
        if payload % 3 == 1:
            async with self.provider.parts.database.transaction() as transaction:
                await self.services.consents.withdraw(
                    transaction, person_id, [client.client_id], [client.sector]
                )
        await self._visit(person_id, browser, chosen[1])
        if payload % 5 == 0:
            await self.services.recovery_codes.make(person_id, self.services.recovery_codes.once())
        if payload % 5 == 1:
            await self.services.closing.close(person_id)

    async def _enrol(self, payload: int) -> tuple[bytes, Browser]:
        parts, found = self.provider.parts, number(payload)
        proof = Proof("in-person", Assurance.HIGH, COUNTRY, DOCUMENT, found, _BORN)
        passkey = new_passkey(self.chance)
        account = NewAccount(self.services.enrolment_side.enrolment.new_user_id(), passkey=passkey)
        person_id = await self.services.enrolment_side.enrolment.create(proof, account)
        assert person_id is not None
        key = parts.keystore.secret(SecretDomain.DEDUP).active_key
        self.truth.enrolled(dedup_tag(key, COUNTRY, DOCUMENT, found), person_id, found)
        self.truth.has_a_history(self.services, person_id)
        browser = self.provider.browser()
        await browser.get("/signin")
        name = next(name for name in browser.cookies if name.endswith("browser"))
        browser.cookies[name.replace("browser", "session")] = await self.services.sessions.begin(
            person_id, acr=acr.PASSKEY, amr=acr.PASSKEY_METHODS, instead_of=None
        )
        return person_id, browser

    async def _visit(self, person_id: bytes, browser: Browser, place: int) -> None:
        platform = self.platforms[place]
        client = platform.registered.client
        self.truth.visited(self.services, person_id, client)
        tokens = await platform.tokens(browser, remember=True, **wish(place))
        if "refresh_token" in tokens and self.chance.random() < _COMES_BACK:
            tokens = (await platform.refresh(tokens["refresh_token"])).json()
        found = (await platform.userinfo(tokens["access_token"])).json()
        self.network_ids[found["sub"]] = (person_id, client.sector)
