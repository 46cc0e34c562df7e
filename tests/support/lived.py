"""A country that has lived for a month, and what is stolen from it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.keystore.memory import MemoryKeystore
from tests.support import country, dumps, neighbourhood
from tests.support.country import TO_COME, Country, Size, Truth
from tests.support.provider import running
from tests.support.time import SeededEntropy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.dumps import Dump
    from tests.support.logins import Platform
    from tests.support.postgres import Postgres
    from tests.support.provider import Provider

PLATFORMS: Final = 20
NEIGHBOURS: Final = 80


@dataclass(repr=False)
class Stolen:
    """A dump; and for the judge, not for the thief, the keys and the truth."""

    dump: Dump
    keystore: MemoryKeystore
    truth: Truth
    network_ids: dict[str, tuple[bytes, str]]


@dataclass(repr=False)
class Lived:
    """A country's rows, waiting to be put into a database; and its keys."""

    country: Country
    keystore: MemoryKeystore
    clients: dumps.Table

    def dump(self) -> Dump:
        """Return a dump in the order in which the rows were made: the most that order can tell."""
        return self.country.dump() | {"clients": self.clients}


async def live(folder: Path, size: Size) -> Lived:
    """Make a country of ``size``."""
    keystore = MemoryKeystore.create(SeededEntropy(11))
    async with running(folder, keystore=keystore, sandbox=False) as provider:
        known = await neighbourhood.platforms(provider, PLATFORMS)
        clients = [platform.registered.client for platform in known]
        made = await country.build(provider.parts, clients, size)
        path = provider.parts.settings.database_url.removeprefix("sqlite:///")
        return Lived(made, keystore, dumps.from_sqlite(path)["clients"])


async def stolen_from_sqlite(folder: Path, lived: Lived, neighbours: int = NEIGHBOURS) -> Stolen:
    """Put the country into SQLite, live its last minutes there, and dump it."""
    async with running(folder, keystore=lived.keystore, sandbox=False) as provider:
        known = await neighbourhood.platforms(provider, PLATFORMS)
        neighbourhood.load_sqlite(provider, lived.country.rows)
        stolen = await _last_minutes(provider, known, lived, neighbours)
        settings = provider.parts.settings
        urls = (settings.database_url, settings.enrolment_database_url)
        stolen.dump = dumps.from_sqlite(*(url.removeprefix("sqlite:///") for url in urls))
    return stolen


async def stolen_from_postgresql(folder: Path, lived: Lived, postgres: Postgres) -> Stolen:
    """The same on PostgreSQL, whose dump keeps the order in which rows were written."""
    urls = [postgres.new_database() for _ in range(2)]
    async with running(
        folder,
        database_url=urls[0],
        enrolment_database_url=urls[1],
        keystore=lived.keystore,
        sandbox=False,
    ) as provider:
        known = await neighbourhood.platforms(provider, PLATFORMS)
        await neighbourhood.load_postgres(provider, lived.country.rows)
        stolen = await _last_minutes(provider, known, lived, NEIGHBOURS)
        stolen.dump = dumps.from_postgres(postgres, *urls)
    return stolen


async def _last_minutes(
    provider: Provider, known: list[Platform], lived: Lived, count: int
) -> Stolen:
    provider.clock.advance(lived.country.ended_at - provider.clock.now())
    truth = lived.country.truth.copy()
    neighbours = neighbourhood.Neighbours(provider, known, truth, random.Random(4))
    for place in range(count):
        await neighbours.live(TO_COME + place)
    return Stolen({}, lived.keystore, neighbours.truth, neighbours.network_ids)
