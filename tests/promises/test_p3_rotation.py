"""P3 while secrets rotate: a dump taken in the middle of moving tags tells less than one of before.

On PostgreSQL, whose dump keeps the order of writing, so that rows of one person lie side by side
(``test_p3_row_order…`` says what that is worth). Those that a rotation writes lie in an order of
its own, but for what finds room where it lay before.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from idp.app.services import Joining
from idp.domain.blind_index import activity_tag, consent_tag, holder_tag
from idp.domain.link_keys import version_of
from tests.support import dumps, neighbourhood, thief, verdict
from tests.support import lived as living
from tests.support.country import Size, Truth
from tests.support.dumps import Dump, Row, Table
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.secret_lives import LINK, Killed

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

SIZE = Size(people=300, active=200, sign_ins_a_day=30)
TAGS = {"pseudonyms": "holder_tag", "consents": "tag", "activity": "tag"}


class Stolen:
    """What a thief has in the middle of a rotation, and what the judge knows."""

    def __init__(self, before: Dump, dump: Dump, truth: Truth) -> None:
        self.before = before
        self.dump = dump
        self.truth = truth

    def moved(self, name: str) -> Table:
        """The rows of a table that hang on new tags, in the order in which they were written."""
        table = self.dump[name]
        place = list(table.columns).index(TAGS[name])
        rows = [row for row in table.rows if version_of(_bytes(row[place])) > 1]
        return Table(table.columns, rows)


def apart(name: str, table: Table) -> list[tuple[Row, Row]]:
    """Neighbours that one tag does not join already."""
    place = list(table.columns).index(TAGS[name])
    pairs = thief.join_neighbours(table)
    return [(one, other) for one, other in pairs if one[place] != other[place]]


def _bytes(cell: Any) -> bytes:
    return bytes(cell)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stolen(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stolen]:
    folder = tmp_path_factory.mktemp("rotating")
    (folder / "made").mkdir()
    lived = await living.live(folder / "made", SIZE)
    urls = [postgres.new_database() for _ in range(2)]
    async with running(
        folder,
        database_url=urls[0],
        enrolment_database_url=urls[1],
        keystore=lived.keystore,
        sandbox=False,
    ) as provider:
        known = await neighbourhood.platforms(provider, living.PLATFORMS)
        await neighbourhood.load_postgres(provider, lived.country.rows)
        before = dumps.from_postgres(postgres, *urls)
        await rotate_by_half(provider)
        truth = with_new_tags(provider, lived.country.truth, known)
        yield Stolen(before, dumps.from_postgres(postgres, *urls), truth)


async def rotate_by_half(provider: Provider) -> None:
    """Move tags until the process dies with half of them moved."""
    rotation, moved = provider.services.secret_rotation, [0]
    await rotation.stage(LINK)
    half = 700

    def told(count: int) -> None:
        moved[0] += count
        if moved[0] > half:
            raise Killed

    with pytest.raises(Killed):
        await rotation.go_on(LINK, told)


def with_new_tags(provider: Provider, truth: Truth, known: list[Any]) -> Truth:
    """Tell the judge the tags of now."""
    link = Joining(provider.parts).link
    link.use(provider.services.secret_versions.secret(LINK))
    clients = {one.registered.client.sector: one.registered.client.client_id for one in known}
    for person_id, sector in list(truth.units.values()):
        unit = (person_id, sector)
        truth.units[link.tag(activity_tag, sector, person_id)] = unit
        if sector:
            truth.units[link.tag(holder_tag, sector, person_id)] = unit
            truth.units[link.tag(consent_tag, clients[sector], person_id)] = unit
    return truth


async def test_p3_some_is_moved_and_some_is_not(stolen: Stolen):
    for name in TAGS:
        assert len(stolen.moved(name).rows) > 100, name
    assert len(stolen.moved("pseudonyms").rows) < len(stolen.dump["pseudonyms"].rows) - 100


async def test_p3_in_the_middle_of_a_rotation_equality_joins_nobody(stolen: Stolen):
    assert verdict.joined_units(stolen.truth, thief.join_on_equality(stolen.dump)) == 0


@pytest.mark.parametrize("name", TAGS)
async def test_p3_rows_that_were_moved_lie_beside_strangers_more_often_than_before(
    stolen: Stolen, name: str
):
    before = verdict.same_person(stolen.truth, apart(name, stolen.before[name]))
    moved = verdict.same_person(stolen.truth, apart(name, stolen.moved(name)))
    assert moved.of > 100
    assert moved.right / moved.of < before.right / before.of / 2


@pytest.mark.parametrize("name", TAGS)
@pytest.mark.parametrize("other", ["people", "enrolments", "passkeys", "sessions"])
async def test_p3_what_was_moved_stands_in_no_order_of_people(
    stolen: Stolen, name: str, other: str
):
    pairs = thief.align_by_rank(stolen.dump[other], stolen.moved(name))
    assert not verdict.same_person(stolen.truth, pairs).better_than_chance


async def test_p3_a_tag_tells_its_version_and_nothing_else(stolen: Stolen):
    for name, column in TAGS.items():
        place = list(stolen.dump[name].columns).index(column)
        assert {len(_bytes(row[place])) for row in stolen.dump[name].rows} <= {32, 34}
