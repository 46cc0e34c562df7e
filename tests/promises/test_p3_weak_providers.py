"""P3, the other way round: providers that give people away, and the attack that finds each out.

Each is the product with one thing weakened, and each is caught by the attack made for it: or the
zeros of ``test_p3_stolen_database`` would show nothing. Rows stand in the order of their making, as
in a dump of PostgreSQL.
"""

import hashlib
import hmac
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idp.domain import blind_index, sealing
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.services import identities, issuing
from idp.services.vault import Vault
from tests.support import lived as living
from tests.support import thief, verdict
from tests.support.country import Size
from tests.support.dumps import Dump, Row, Table
from tests.support.in_clear import names_in_clear
from tests.support.lived import Lived
from tests.support.time import SeededEntropy

SIZE = Size(people=600, active=120, sign_ins_a_day=8)


async def weakened(folder: Path) -> Lived:
    return await living.live(folder, SIZE)


def changed(table: Table, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Table:
    """The table with each row as another provider would have written it."""
    rows = [change(dict(zip(table.columns, row, strict=True))) for row in table.rows]
    return Table(tuple(rows[0]), [tuple(row.values()) for row in rows])


def told(dump: Dump, made: Lived) -> list[tuple[Row, bytes]]:
    """The weakened rows of the enrolment store with their numbers."""
    tags = made.country.rows["enrolments"]
    numbers = [made.country.truth.numbers[bytes(row[0])].encode() for row in tags]  # type: ignore[arg-type]
    return list(zip(dump["enrolments"].rows, numbers, strict=True))


async def test_p3_a_plain_hash_of_numbers_gives_everybody_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        identities, "dedup_tag", lambda *parts: hashlib.sha256(parts[-1].encode()).digest()
    )
    dump = (await weakened(tmp_path)).dump()
    tags = [bytes(tag) for tag in dump["enrolments"].column("dedup_tag")]  # type: ignore[arg-type]
    assert len(thief.hash_every_number(tags)) == SIZE.people


@pytest.mark.parametrize("label", [blind_index._DEDUP_LABEL, b""])
async def test_p3_our_own_tag_under_a_key_that_everybody_knows_gives_everybody_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: bytes
):
    """The code is no secret: a key of zeros, or none, is no key."""
    monkeypatch.setattr(blind_index, "_DEDUP_LABEL", label)
    honest = blind_index.dedup_tag
    monkeypatch.setattr(identities, "dedup_tag", lambda _key, *parts: honest(bytes(32), *parts))
    made = await weakened(tmp_path)
    dump = made.dump()
    found = thief.hash_told_numbers(thief.salts_and_keys(dump), [n for _, n in told(dump, made)])
    assert len(found) == SIZE.people


@pytest.mark.parametrize(
    "tag",
    [
        lambda row, number: hashlib.sha256(row["row_id"] + number).digest(),
        lambda row, number: hashlib.sha256(number + row["row_id"]).digest(),
        lambda row, number: hmac.digest(row["row_id"], b"XN:NATIONAL-ID:" + number, "sha256"),
    ],
)
async def test_p3_a_salt_or_key_beside_the_tag_confirms_everybody(
    tmp_path: Path, tag: Callable[[dict[str, Any], bytes], bytes]
):
    made = await weakened(tmp_path)
    dump, truth = made.dump(), made.country.truth
    dump["enrolments"] = changed(
        dump["enrolments"],
        lambda row: row | {"dedup_tag": tag(row, truth.numbers[row["dedup_tag"]].encode())},
    )
    assert len(thief.confirm_told_rows(told(dump, made))) == SIZE.people


async def test_p3_a_key_that_stands_elsewhere_in_the_dump_confirms_numbers(tmp_path: Path):
    made = await weakened(tmp_path)
    dump, truth = made.dump(), made.country.truth
    key = bytes(dump["people"].column("webauthn_user_id")[9])  # type: ignore[arg-type]
    dump["enrolments"] = changed(
        dump["enrolments"],
        lambda row: (
            row
            | {"dedup_tag": hmac.digest(key, truth.numbers[row["dedup_tag"]].encode(), "sha256")}
        ),
    )
    row, number = told(dump, made)[0]
    assert thief.confirm_told_row(row, number, thief.salts_and_keys(dump))


async def test_p3_unsealed_columns_show_network_ids_platforms_and_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        Sealer, "seal", lambda _self, plain, *, size, **_place: plain.ljust(size, b"\0")
    )
    made = await weakened(tmp_path)
    dump = made.dump()
    clear = names_in_clear(dump)
    assert len(clear["network ids"]) == len(dump["pseudonyms"].rows)
    assert len(clear["platforms"]) > living.PLATFORMS
    assert len(clear["people"]) > SIZE.active // 2


async def test_p3_an_unsealed_person_joins_numbers_with_people_by_equality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What a pseudonym says of its person, in clear, as the first design had it beside the tag."""
    monkeypatch.setattr(Vault, "seal_pseudonym", lambda _self, _row, known: known.person_id)
    made = await weakened(tmp_path)
    groups = thief.join_on_equality(made.dump())
    assert verdict.joined_units(made.country.truth, groups) > SIZE.active // 2


async def test_p3_clear_sector_and_network_id_are_joined_by_row_order(tmp_path: Path):
    """The layout before DECISIONS 19."""
    made = await weakened(tmp_path)
    dump, truth = made.dump(), made.country.truth
    vault = Vault(Sealer(made.keystore.secret(SecretDomain.FIELD), SeededEntropy()))

    def older(row: dict[str, Any]) -> dict[str, Any]:
        known = vault.open_pseudonym(row["row_id"], row["facts_sealed"])
        return row | {"sector": known.sector, "network_id": known.network_id}

    dump["pseudonyms"] = changed(dump["pseudonyms"], older)
    pairs = thief.join_neighbours(dump["pseudonyms"])
    assert verdict.named(names_in_clear(dump), pairs) == len(pairs)
    assert verdict.same_person(truth, pairs).better_than_chance


async def test_p3_one_activity_tag_per_person_joins_platforms(tmp_path: Path):
    made = await weakened(tmp_path)
    dump, truth = made.dump(), made.country.truth

    def constant(row: dict[str, Any]) -> dict[str, Any]:
        person_id, _ = truth.units[row["id"]] = truth.units[row["tag"]]
        return row | {"tag": hmac.digest(b"a key", person_id, "sha256")}

    assert verdict.joined_units(truth, thief.join_on_equality(dump)) == 0
    dump["activity"] = changed(dump["activity"], constant)
    assert verdict.joined_units(truth, thief.join_on_equality(dump)) > SIZE.active // 2


async def test_p3_sealing_without_padding_names_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    honest = Sealer.seal

    def unpadded(sealer: Sealer, plain: bytes, *, size: int, **place: Any) -> bytes:
        return honest(sealer, plain, size=len(plain), **place)

    monkeypatch.setattr(Sealer, "seal", unpadded)
    made = await weakened(tmp_path)
    dump, truth = made.dump(), made.country.truth
    guesses = thief.platform_by_length(dump)
    assert verdict.platform_right(truth, guesses) > len(dump["pseudonyms"].rows) // 2
    for table in ("pseudonyms", "consents", "activity"):
        learnt = verdict.platform_learnt(truth, dump[table].rows)
        assert any(found.better_than_chance for found in learnt.values()), table


async def test_p3_a_tag_that_begins_with_its_platform_is_learnt(tmp_path: Path):
    made = await weakened(tmp_path)
    dump, truth = made.dump(), made.country.truth

    def marked(row: dict[str, Any]) -> dict[str, Any]:
        person_id, sector = truth.units[row["row_id"]] = truth.units[row["holder_tag"]]
        begun = hashlib.sha256(sector.encode()).digest()[:1]
        return row | {"holder_tag": begun + hmac.digest(b"a key", person_id, "sha256")[1:]}

    dump["pseudonyms"] = changed(dump["pseudonyms"], marked)
    learnt = verdict.platform_learnt(truth, dump["pseudonyms"].rows)
    assert learnt["look 1"].right > 2 * learnt["look 1"].by_chance


async def test_p3_exact_times_join_the_grants_of_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(issuing, "expires_at", lambda now: now + 660)
    made = await weakened(tmp_path)
    (tmp_path / "stolen").mkdir()
    stolen = await living.stolen_from_sqlite(tmp_path / "stolen", made, neighbours=20)
    assert thief.finest_times(stolen.dump)["grants.expires_at"] == 1
    pairs = thief.join_nearest_time(stolen.dump["grants"], "expires_at", random.Random(1))
    assert verdict.same_person(stolen.truth, pairs).better_than_chance


async def test_p3_a_seal_that_ignores_its_row_lets_rows_be_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sealing, "_place", lambda table, column, _row: f"{table}{column}".encode())
    made = await weakened(tmp_path)
    sealer = Sealer(made.keystore.secret(SecretDomain.FIELD), SeededEntropy())
    one, other = made.dump()["people"].rows[:2]
    place = made.dump()["people"].columns.index("birth_date_sealed")
    value, owner = one[place], other[0]
    assert isinstance(value, bytes)
    assert isinstance(owner, bytes)
    assert sealer.open(value, table="people", column="birth_date_sealed", row=owner)
