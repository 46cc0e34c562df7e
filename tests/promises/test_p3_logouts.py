"""P3: logout tokens on their way, in a stolen database."""

import itertools
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from idp.domain.session import Visit
from idp.services.logouts import SPREAD_SECONDS
from tests.support.provider import Provider, running

PEOPLE, PLATFORMS = 150, 4
CHANCE = 0.1  # of nearest neighbours by time or order, 3 in 599 are one's own by chance


async def put(provider: Provider) -> dict[bytes, int]:
    """Let everybody leave, a few in each second; return whose each row is."""
    path = provider.parts.settings.database_url.removeprefix("sqlite:///")
    owners: dict[bytes, int] = {}
    for person in range(PEOPLE):
        visits = [Visit(f"platform-{n}" * (n + 1), f"sid {person} {n}") for n in range(PLATFORMS)]
        async with provider.parts.database.transaction() as transaction:
            await provider.services.logouts.put(transaction, visits)
        with sqlite3.connect(path) as connection:
            found = [row_id for (row_id,) in connection.execute("SELECT id FROM logouts")]
        owners |= {row_id: person for row_id in found if row_id not in owners}
        provider.clock.advance(person % 3 == 0)
    return owners


async def test_p3_rows_of_the_outbox_name_nobody_and_time_does_not_join_them(tmp_path: Path):
    async with running(tmp_path, sandbox=False) as provider:
        owners = await put(provider)
        path = provider.parts.settings.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT id, facts_sealed, tries, due_at FROM logouts")
            dump = rows.fetchall()
    assert len(dump) == PEOPLE * PLATFORMS
    assert len({len(sealed) for _, sealed, _, _ in dump}) == 1
    assert not any(b"platform" in sealed or b"sid" in sealed for _, sealed, _, _ in dump)
    assert {tries for _, _, tries, _ in dump} == {0}
    for order in (dump, sorted(dump, key=lambda row: (row[3], row[0]))):
        pairs = itertools.pairwise(order)
        joined = sum(owners[one[0]] == owners[other[0]] for one, other in pairs)
        assert joined / len(dump) < CHANCE
    first = min(due_at for *_, due_at in dump)
    assert max(due_at for *_, due_at in dump) - first > SPREAD_SECONDS


class Recorder:
    """A connection that notes what is written, in the order in which PostgreSQL would keep it."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    async def all(self, _statement: object, **row: Any) -> list[Any]:
        self.rows.append(row)
        return []


async def test_p3_rows_of_one_person_are_written_in_an_order_drawn_at_random(tmp_path: Path):
    """The first written is neither the first visited nor the one that asked."""
    async with running(tmp_path, sandbox=False) as provider:
        logouts = provider.services.logouts
        vault, first = provider.services.closing._vault, Counter[str]()
        for turn in range(400):
            connection: Any = Recorder()
            visits = [Visit(f"platform-{n}", f"{turn} {n}") for n in range(PLATFORMS)]
            await logouts.put(connection, visits, at_once=["platform-0"])
            row = connection.rows[0]
            first[vault.open_facts("logouts", row["id"], row["facts_sealed"])["visit"][0]] += 1
    assert len(first) == PLATFORMS
    assert max(first.values()) < 150
