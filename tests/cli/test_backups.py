"""`idp backup` and `idp restore`: two files apart, and a way back that says what it cannot know."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from idp.app import SystemClock, last_seen
from idp.cli import instance as instances
from idp.cli.backup_places import written
from idp.storage import schema
from tests.cli.conftest import Idp
from tests.support.postgres import Postgres

CLIENT = {
    "client_name": "Corner Shop",
    "platform": "corner-shop",
    "purpose": "To know that you are one person.",
    "alternative": "Order as a guest.",
    "redirect_uris": ["https://shop.example/callback"],
}


@pytest.fixture
def shop(home: Path, idp: Idp, tmp_path: Path) -> None:
    file = tmp_path / "client.json"
    file.write_text(json.dumps(CLIENT), encoding="utf-8")
    assert idp("clients", "add", "--home", home, "--file", file, "--id", "shop").code == 0


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "databases", tmp_path / "keys"
    for place in found:
        place.mkdir()
    return found


def back_up(idp: Idp, home: Path, places: tuple[Path, Path]) -> dict[str, Any]:
    made = idp("backup", places[0], "--keys", places[1], "--home", home, "--json")
    assert made.code == 0, made.err
    found: dict[str, Any] = made.json
    return found


def test_a_backup_is_two_files_apart_and_opens_with_its_keys(
    home: Path, idp: Idp, shop: None, places: tuple[Path, Path]
):
    made = back_up(idp, home, places)
    looked = idp("restore", "--verify", made["databases"], "--home", home, "--json")

    assert looked.code == 0, looked.err
    assert looked.json["rows"] == made["rows"]
    assert made["rows"]["clients"] == 1
    wrapping_key = (home / "wrapping.key").read_text(encoding="ascii").strip()
    for name, place in (("databases", places[0]), ("keys", places[1])):
        file = Path(made[name])
        assert (file.parent, file.stat().st_mode & 0o777) == (place, 0o600)
        assert wrapping_key not in file.read_text(encoding="latin-1")
        assert list(place.iterdir()) == [file]


def test_one_place_for_both_is_refused_unless_said(home: Path, idp: Idp, places: tuple[Path, Path]):
    folder = places[0]
    for arguments in ((folder, "--keys", folder), (home, "--keys", folder), (home, "--no-keys")):
        refused = idp("backup", *arguments, "--home", home)
        assert (refused.code, "backup_together" in refused.err) == (4, True)
    assert list(folder.iterdir()) == []
    assert idp("backup", folder, "--home", home).code == 2
    assert idp("backup", folder, "--keys", folder, "--together", "--home", home).code == 0
    assert len(list(folder.iterdir())) == 2


def test_what_is_there_is_not_written_over_unasked(
    home: Path, idp: Idp, shop: None, places: tuple[Path, Path]
):
    made = back_up(idp, home, places)

    refused = idp("restore", made["databases"], "--home", home)
    unasked = idp("restore", made["databases"], "--replace", "--home", home)
    again = idp("backup", made["databases"], "--no-keys", "--home", home)

    assert (refused.code, "database_not_empty" in refused.err) == (1, True)
    assert (unasked.code, "not_confirmed" in unasked.err) == (1, True)
    assert (again.code, "file_exists" in again.err) == (4, True)


def test_everything_comes_back_on_another_machine_from_the_two_files_and_the_wrapping_key(
    home: Path, idp: Idp, shop: None, places: tuple[Path, Path], tmp_path: Path
):
    made = back_up(idp, home, places)
    before = idp("clients", "show", "shop", "--home", home, "--json").json
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("wrapping.key", "settings.env"):
        shutil.copy(home / name, kept / name)
    shutil.rmtree(home)
    shutil.copytree(kept, home)

    restored = idp("restore", made["databases"], "--keys", made["keys"], "--home", home, "--json")
    after = idp("clients", "show", "shop", "--home", home, "--json")

    assert restored.code == 0, restored.err
    assert after.json == before
    assert not (home / last_seen.RESTORING).exists()
    assert last_seen.read(home) == restored.json["restored_at"]


def test_a_backup_of_an_older_schema_is_brought_to_this_one(
    home: Path, idp: Idp, places: tuple[Path, Path]
):
    url = instances.settings_of(home).database_url
    schema.erase(schema.Store.PROVIDER, url)
    schema.upgrade(schema.Store.PROVIDER, url, "0003_protocol")
    provider = sqlite3.connect(home / "provider.sqlite3")
    provider.execute("INSERT INTO replays VALUES (x'01', 9999999999)")
    provider.commit()
    provider.close()
    made = back_up(idp, home, places)
    idp("migrate", "--home", home)

    restored = idp("restore", made["databases"], "--replace", "--yes", "--home", home, "--json")

    assert restored.code == 0, restored.err
    assert restored.json["rows"]["replays"] == 1
    assert idp("migrate", "status", "--home", home).code == 0
    provider = sqlite3.connect(home / "provider.sqlite3")
    assert provider.execute("SELECT digest FROM replays").fetchall() == [(b"\x01",)]
    assert provider.execute("SELECT restoring FROM instance").fetchall() == [(0,)]
    provider.close()


def test_a_restore_that_was_stopped_half_way_is_served_by_nobody_and_runs_again(
    home: Path, idp: Idp, shop: None, places: tuple[Path, Path]
):
    made = back_up(idp, home, places)
    (home / last_seen.RESTORING).write_text("x", encoding="utf-8")

    served = idp("serve", "--home", home)
    taken = idp("restore", "--acknowledge", "--yes", "--home", home)
    again = idp("restore", made["databases"], "--home", home)

    assert (served.code, "a restore of this database has not ended" in served.err) == (3, True)
    assert (taken.code, "restore_half_done" in taken.err) == (1, True)
    assert again.code == 0, again.err
    assert "Restored" in again.out


def test_a_database_put_back_by_other_means_is_noticed_and_can_be_acknowledged(
    home: Path, idp: Idp, shop: None
):
    idp("operators", "add", "--name", "Front desk", "--role", "auditor", "--home", home)
    last_seen.write(home, SystemClock().now())  # a server ran; the file of before has no trace

    refused = idp("serve", "--home", home)
    unasked = idp("restore", "--acknowledge", "--home", home)
    taken = idp("restore", "--acknowledge", "--yes", "--home", home, "--json")

    assert (refused.code, "went back in time" in refused.err) == (3, True)
    assert "--acknowledge" in refused.err
    assert (unasked.code, "not_confirmed" in unasked.err) == (1, True)
    assert taken.code == 0, taken.err
    assert taken.json["ended"] == {"operator_links": 1}
    assert taken.json["unknown"]["clients"] == 1
    assert idp("restore", "--home", home).code == 2, "a file, or --acknowledge"


@pytest.mark.parametrize("ahead", [0, 30])  # its clock may be before ours
def test_nothing_is_restored_under_a_running_server(
    home: Path, idp: Idp, shop: None, places: tuple[Path, Path], ahead: int
):
    made = back_up(idp, home, places)
    provider = sqlite3.connect(home / "provider.sqlite3")
    now = SystemClock().now() + ahead
    provider.execute("INSERT INTO nodes VALUES ('n', '', 3600, ?, ?)", (now, now))
    provider.commit()
    provider.close()

    for arguments in ((made["databases"], "--replace"), ("--acknowledge",)):
        refused = idp("restore", *arguments, "--yes", "--home", home)
        assert (refused.code, "servers_running" in refused.err) == (1, True)


def test_a_backup_of_another_instance_is_refused(
    home: Path, idp: Idp, places: tuple[Path, Path], tmp_path: Path
):
    other = tmp_path / "other"
    idp("init", other, "--issuer", "https://other.example")
    foreign = back_up(idp, other, places)
    settings = home / "settings.env"

    keys = idp("restore", "--verify", foreign["databases"], "--home", home)
    full = idp("restore", foreign["databases"], "--keys", foreign["keys"], "--home", home)
    text = settings.read_text(encoding="utf-8")
    (other / "settings.env").write_text(text.replace(str(home), str(other)), encoding="utf-8")
    issuer = idp("restore", foreign["databases"], "--home", other)

    assert (keys.code, "backup_refused" in keys.err) == (4, True)
    assert (full.code, "keystore_exists" in full.err) == (3, True)
    assert (issuer.code, "backup_of_another_issuer" in issuer.err) == (4, True)


@pytest.mark.postgres
def test_an_instance_moves_from_sqlite_to_postgresql(
    home: Path, idp: Idp, shop: None, places: tuple[Path, Path], postgres: Postgres
):
    before = idp("clients", "show", "shop", "--home", home, "--json").json
    settings = home / "settings.env"
    on_server = settings.read_text(encoding="utf-8")
    for name in ("provider", "enrolment"):
        url = f"sqlite:///{home / f'{name}.sqlite3'}"
        on_server = on_server.replace(url, postgres.new_database())

    made = back_up(idp, home, places)
    settings.write_text(on_server, encoding="utf-8")
    there = idp("restore", made["databases"], "--home", home, "--json")
    moved = idp("clients", "show", "shop", "--home", home, "--json")
    looked = {one["check"]: one for one in idp("doctor", "--home", home, "--json").json}

    assert there.code == 0, there.err
    assert moved.json == before
    assert looked["durability"]["level"] == "fail", "the tests' server flushes nothing"
    assert looked["database_clock"]["level"] == "ok"
    assert there.json["audit"] == []


def test_what_somebody_else_has_put_in_the_way_of_a_backup_is_not_written_to(tmp_path: Path):
    """In a folder that others may write to: a file that they can read, or a way to another one."""
    made, theirs = tmp_path / "made.backup", tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    (tmp_path / ".made.backup.new").symlink_to(theirs)
    with written(made) as file:
        file.write(b"ours")
    assert (made.read_bytes(), theirs.read_bytes()) == (b"ours", b"theirs")
    assert (made.is_symlink(), made.stat().st_mode & 0o777) == (False, 0o600)
