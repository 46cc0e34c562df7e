"""P3: a stolen database tells nothing without the keys.

What is shown: an attacker with the code, the settings, a logical dump of both stores taken at one
instant and the whole list of 10,000,000 valid numbers matches no number, finds no network ID, joins
no two network IDs of one person, and names no platform of anybody better than by its popularity.

What is not shown, and not claimed: copies taken again and again, write-ahead logs and files below
the dump; an attacker who also has a platform's own records; how often an unnamed somebody is active
at an unnamed platform, which the rows' number tells and PostgreSQL's row order helps to tell
(``test_p3_row_order…`` says how much); an instance with one platform only.
"""

import gc
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from idp.domain import network_id
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.sealing import SealBroken, Sealer
from idp.domain.secret_key import SecretDomain
from tests.support import lived as living
from tests.support import thief, verdict
from tests.support.country import PAYLOADS, Size, Truth, every_number
from tests.support.dumps import KNOWN, Row
from tests.support.in_clear import names_in_clear
from tests.support.lived import Lived, Stolen
from tests.support.time import SeededEntropy

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

SIZE = Size(people=100_000, active=12_000, sign_ins_a_day=500)
NAMELESS = ("pseudonyms", "consents", "grants", "activity")
TEN_MINUTES = 600
LONGEST_ID = 32


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    made = await living.live(tmp_path_factory.mktemp("country"), SIZE)
    gc.freeze()  # millions of values that stay: nothing to look through for garbage
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def stolen(
    request: pytest.FixtureRequest, lived: Lived, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stolen]:
    folder = tmp_path_factory.mktemp("stolen")
    if request.param == "sqlite":
        yield await living.stolen_from_sqlite(folder, lived)
    else:
        postgres = request.getfixturevalue("postgres")
        yield await living.stolen_from_postgresql(folder, lived, postgres)


@pytest.fixture(scope="module")
def bulk_values(lived: Lived) -> set[bytes]:
    """Whatever could be a salt or a key, of what is in every dump."""
    return thief.salts_and_keys(lived.dump())


@pytest.fixture(scope="module")
def values(stolen: Stolen) -> set[bytes]:
    """Whatever could be a salt or a key."""
    return thief.salts_and_keys(stolen.dump)


@pytest.fixture(scope="module")
def bulk(lived: Lived) -> dict[str, tuple[set[Row], set[tuple[Any, ...]]]]:
    """The rows that are in every dump, and what they look like, by table."""
    return {name: (set(rows), set(map(shape, rows))) for name, rows in lived.country.rows.items()}


@pytest.fixture(scope="module")
def clear(stolen: Stolen) -> dict[str, set[bytes]]:
    """What stands in clear in the dump and names somebody."""
    return names_in_clear(stolen.dump)


def told(stolen: Stolen, count: int) -> list[tuple[Row, bytes]]:
    """Rows of the enrolment store with the numbers that they are of, which no thief knows."""
    rows = stolen.dump["enrolments"].rows
    return [(row, number_of(stolen.truth, row)) for row in rows[:count]]


def number_of(truth: Truth, row: Row) -> bytes:
    return truth.numbers[row[0]].encode()  # type: ignore[index]  # a tag is bytes


async def test_p3_the_country_is_as_large_as_the_promise_says(stolen: Stolen):
    rows = {name: len(table.rows) for name, table in stolen.dump.items()}
    assert rows["people"] >= 100_000
    assert rows["pseudonyms"] >= 20_000
    assert len({sector for _, sector in stolen.truth.units.values() if sector}) == 20
    assert min(rows[name] for name in (*NAMELESS, "sessions", "passkeys", "enrolments")) > 0


async def test_p3_the_whole_list_of_numbers_matches_nobody(lived: Lived):
    tags = {bytes(tag) for tag in lived.dump()["enrolments"].column("dedup_tag")}  # type: ignore[arg-type]
    assert len(tags) == SIZE.people
    assert thief.hash_every_number(tags) == {}
    assert sum(1 for _ in every_number()) == PAYLOADS


async def test_p3_no_construction_without_a_key_matches_those_who_are_enrolled(
    stolen: Stolen, values: set[bytes]
):
    numbers = [number for _, number in told(stolen, 5_000)]
    assert thief.hash_told_numbers(values, numbers) == {}


async def test_p3_no_value_of_the_bulk_is_the_salt_or_key_of_a_number(
    lived: Lived, bulk_values: set[bytes]
):
    row = lived.country.rows["enrolments"][0]
    number = number_of(lived.country.truth, row)
    assert len(bulk_values) > 3 * SIZE.people
    assert not thief.confirm_told_row(row, number, bulk_values)


async def test_p3_no_value_of_the_dump_is_the_salt_or_key_of_a_number(
    stolen: Stolen, lived: Lived, values: set[bytes], bulk_values: set[bytes]
):
    """For one row by every value of the dump: by those that every dump has, see above."""
    row = lived.country.rows["enrolments"][0]
    assert row in stolen.dump["enrolments"].rows
    others = values - bulk_values
    assert len(others) > 100
    assert not thief.confirm_told_row(row, number_of(stolen.truth, row), others)
    assert thief.confirm_told_rows(told(stolen, 2_000)) == set()


async def test_p3_no_network_id_and_no_platform_stands_in_clear(
    stolen: Stolen, clear: dict[str, set[bytes]]
):
    assert len(stolen.network_ids) > 100
    assert clear == {"network ids": set(), "platforms": set(), "people": set()}


async def test_p3_equality_joins_no_person_with_a_platform_or_two_platforms(stolen: Stolen):
    groups = thief.join_on_equality(stolen.dump)
    assert len(groups) > SIZE.people  # a person with a passkey, a grant with its pseudonym
    assert verdict.joined_units(stolen.truth, groups) == 0


async def test_p3_no_clear_time_is_finer_than_ten_minutes(stolen: Stolen):
    steps = thief.finest_times(stolen.dump)
    # When a platform was registered concerns nobody; when a logout token is due was drawn for it
    # alone (test_p3_logouts.py).
    fine = {name for name, step in steps.items() if step % TEN_MINUTES}
    assert fine <= {"clients.created_at", "logouts.due_at"}


async def test_p3_nearest_time_joins_no_better_than_chance(stolen: Stolen):
    grants = stolen.dump["grants"]
    pairs = thief.join_nearest_time(grants, "expires_at", random.Random(1))
    assert len(pairs) > 100
    assert not verdict.same_person(stolen.truth, pairs).better_than_chance


async def test_p3_row_order_joins_nothing_that_has_a_name(
    stolen: Stolen, clear: dict[str, set[bytes]], request: pytest.FixtureRequest
):
    """PostgreSQL keeps the order of writing: rows of one person do lie side by side. What they
    join is tags. In SQLite they do not even do that, but for a history's in the order of its tags:
    there a row is beside those that have its own tag, and beside anybody's.
    """
    ordered = "postgresql" in request.node.name
    for table in NAMELESS:
        pairs = thief.join_neighbours(stolen.dump[table])
        if table == "activity" and not ordered:
            tag = stolen.dump[table].columns.index("tag")
            pairs = [(one, other) for one, other in pairs if one[tag] != other[tag]]
            assert len(pairs) > 100
        assert verdict.same_person(stolen.truth, pairs).better_than_chance == ordered
        assert verdict.named(clear, pairs) == 0
    for one, other in (("people", "pseudonyms"), ("sessions", "grants"), ("sessions", "activity")):
        aligned = thief.align_by_rank(stolen.dump[one], stolen.dump[other])
        assert verdict.named(clear, aligned) == 0


@pytest.mark.parametrize("table", NAMELESS)
async def test_p3_the_platforms_of_half_of_the_people_tell_nothing_about_the_others(
    stolen: Stolen, table: str
):
    """Whatever row order or luck may join: which platform a row is about stays unknown."""
    rows, chain = stolen.dump[table].rows, None
    if table == "grants":  # which platforms may stay connected is no secret: judged among those
        chain = stolen.dump[table].columns.index("chain_sealed")
    for lasting in (False, True) if chain is not None else (False,):
        some = [row for row in rows if chain is None or (row[chain] is not None) == lasting]
        verdicts = verdict.platform_learnt(stolen.truth, some)
        assert len(verdicts) > 4
        assert {look: found for look, found in verdicts.items() if found.better_than_chance} == {}


async def test_p3_the_dump_holds_platforms_that_stay_connected_and_says_since_when_to_no_day(
    stolen: Stolen,
):
    grants = stolen.dump["grants"]
    chains, ends = grants.column("chain_sealed"), grants.column("expires_at")
    lasting = [end for chain, end in zip(chains, ends, strict=True) if chain is not None]
    assert len(lasting) > 30
    days = {int(end or 0) for end in lasting}
    assert {end % SECONDS_PER_DAY for end in days} == {0}


async def test_p3_no_length_tells_a_platform(stolen: Stolen):
    assert thief.platform_by_length(stolen.dump) == []
    for name in NAMELESS:
        lengths = defaultdict(set)
        for row in stolen.dump[name].rows:
            for place, cell in enumerate(row):
                if isinstance(cell, bytes):
                    lengths[place].add(len(cell))
        assert {place: found for place, found in lengths.items() if len(found) > 1} == {}


async def test_p3_bulk_rows_look_as_rows_made_over_http_do(
    stolen: Stolen, bulk: dict[str, tuple[set[Row], set[tuple[Any, ...]]]]
):
    """The month was written by the services, but not through a browser: nothing sets it apart."""
    for name, (ours, shapes) in bulk.items():
        live = [row for row in stolen.dump[name].rows if row not in ours]
        assert live, name
        assert set(map(shape, live)) >= shapes, name


def shape(row: Row) -> tuple[Any, ...]:
    return tuple(len(cell) if isinstance(cell, bytes) else type(cell) for cell in row)


async def test_p3_a_sealed_value_opens_in_its_own_row_and_nowhere_else(stolen: Stolen):
    """Row swapping: a thief who may also write gains nothing by giving one person another's row."""
    sealer = Sealer(stolen.keystore.secret(SecretDomain.FIELD), SeededEntropy())
    tried = set()
    for name, column in sealed_columns():
        table = stolen.dump[name]
        place = table.columns.index(column)
        rows = [row for row in table.rows if row[place] is not None][-40:]
        for row, next_row in zip(rows, [*rows[1:], *rows[:1]], strict=True):
            assert len(opened(sealer, name, column, row[place], row)) == 1
            assert opened(sealer, name, column, row[place], next_row) == []
            for other, other_column in sealed_columns():
                if (other, other_column) != (name, column):
                    assert opened(sealer, other, other_column, row[place], row) == []
            tried.add(f"{name}.{column}")
    assert tried >= {
        "people.birth_date_sealed",
        "people.evidence_sealed",
        "passkeys.facts_sealed",
        "enrolments.person_sealed",
        *(f"{name}.facts_sealed" for name in (*NAMELESS, "sessions")),
    }


def sealed_columns() -> list[tuple[str, str]]:
    return [
        (name, column)
        for name, table in KNOWN.items()
        for column in table.columns.keys()  # noqa: SIM118 - a table is no mapping
        if column.endswith("_sealed")
    ]


def opened(sealer: Sealer, table: str, column: str, value: Any, row: Row) -> list[bytes]:
    """What a value gives when each of the row's cells in turn is taken for the row's identifier."""
    found = []
    for cell in row:
        if isinstance(cell, bytes) and len(cell) <= LONGEST_ID:
            try:
                found.append(sealer.open(value, table=table, column=column, row=cell))
            except SealBroken:
                continue
    return found


async def test_p3_the_judge_knows_the_truth(stolen: Stolen):
    """Or the thief's zero would mean nothing: with the keys, every row can be told."""
    for name in ("pseudonyms", "consents", "activity", "people"):
        rows = stolen.dump[name].rows
        unknown = [row for row in rows if not verdict.is_known(stolen.truth, row)]
        assert unknown == []
    assert len(stolen.truth.numbers) == len(stolen.dump["enrolments"].rows)
    assert all(network_id.parse(found) == found for found in stolen.network_ids)
