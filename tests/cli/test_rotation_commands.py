"""`idp keys plan|verify|rehearse|revoke`: looking ahead, checking, trying out, an emergency."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Idp


def bytes_of(home: Path) -> dict[str, bytes]:
    """What must stay as it is: the databases as they are when nobody uses them, and the keys."""
    files = [*home.glob("*.sqlite3*"), *(home / "keys").iterdir()]
    return {file.name: file.read_bytes() for file in files}


def listed(home: Path, idp: Idp) -> dict[str, str]:
    return {k["kid"]: k["state"] for k in idp("keys", "list", "--home", home, "--json").json}


def active(home: Path, idp: Idp, alg: str = "ES256") -> str:
    found = idp("keys", "list", "--home", home, "--json").json
    return str(next(k["kid"] for k in found if (k["alg"], k["state"]) == (alg, "active")))


def test_a_plan_tells_what_was_and_what_comes(
    home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    signs = active(home, idp)
    staged = idp("keys", "stage", "--alg", "ES256", "--home", home, "--json").json["kid"]
    plan = idp("keys", "plan", "--home", home, "--json").json
    assert (signs, "activated") in {(one["kid"], one["what"]) for one in plan["past"]}
    following = {(one["kid"], one["what"]) for one in plan["next"]}
    assert following >= {(staged, "may_be_activated"), (staged, "scheduled_activate")}
    life = {key["kid"]: key["life"] for key in plan["keys"]}
    assert [one["state"] for one in life[staged]] == ["published"]
    for columns in ("30", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        drawn = idp("keys", "plan", "--home", home)
        assert drawn.code == 0, drawn.err
        assert staged[:8] in drawn.out
        assert max(map(len, drawn.out.splitlines())) <= max(int(columns), 75)


def test_a_rehearsal_and_a_drill_change_nothing(home: Path, idp: Idp):
    signs = active(home, idp)
    before = bytes_of(home)

    rehearsed = idp("keys", "rehearse", "--alg", "ES256", "--home", home, "--json")
    drilled = idp("keys", "revoke", signs, "--compromised", "--drill", "--home", home, "--json")

    assert bytes_of(home) == before
    assert (rehearsed.code, rehearsed.json["rotated"]) == (0, ["ES256"])
    assert rehearsed.json["failed"] == 0
    assert rehearsed.json["verified"] > rehearsed.json["tokens"] > 1000
    assert drilled.code == 0, drilled.err
    assert (drilled.json["done"], drilled.json["keys"][0]["makes_one"]) == (False, True)
    drill = drilled.json["drill"]
    assert set(drill["failed"]) == {"patient", "late"}  # who asks again knows the new key
    assert 3000 < drill["believed_seconds"] <= 4200


def test_a_stolen_key_is_given_up_only_when_that_is_meant(home: Path, idp: Idp):
    signs = active(home, idp)
    unsaid = idp("keys", "revoke", signs, "--home", home, "--yes")
    unasked = idp("keys", "revoke", signs, "--compromised", "--home", home)
    looked = idp("keys", "revoke", signs, "--compromised", "--dry-run", "--home", home, "--json")
    assert (unsaid.code, unasked.code) == (2, 1)
    assert "not_compromised" in unsaid.err
    assert "not_confirmed" in unasked.err
    assert looked.json["keys"][0]["makes_one"]
    assert listed(home, idp)[signs] == "active"

    done = idp("keys", "revoke", signs, "--compromised", "--home", home, "--yes", "--json")

    assert done.code == 0, done.err
    states = listed(home, idp)
    assert states[signs] == "compromised"
    assert states[done.json["keys"][0]["successor"]] == "active"
    assert not list((home / "keys").glob(f"*{signs}*"))
    told = idp("audit", "tail", "--home", home, "--json")
    assert ("key_compromised", signs) in {(one["act"], one["subject"]) for one in told.json}
    again = idp("keys", "revoke", signs, "--compromised", "--home", home, "--yes", "--json")
    assert again.code == 0


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "2999-01-01"])
def test_a_time_that_is_none_or_still_to_come_is_refused(home: Path, idp: Idp, since: str):
    told = idp("keys", "revoke", "x", "--compromised", "--since", since, "--home", home, "--yes")
    assert (told.code, "time_refused" in told.err) == (4, True)


def test_keys_are_verified(home: Path, idp: Idp):
    active(home, idp)
    well = idp("keys", "verify", "--offline", "--home", home)
    assert well.code == 0, well.out
    assert "all is well" in well.out
    outside = idp("keys", "verify", "--home", home, "--json")
    assert outside.code == 1
    assert [one["code"] for one in outside.json["findings"]] == ["jwks_unreachable"]


def test_a_kid_may_begin_with_a_dash(home: Path, idp: Idp):
    told = idp("keys", "activate", "-of-nobody", "--home", home)
    assert "there is no key by this kid" in told.err


def test_a_stolen_key_ends_before_anything_is_looked_through(home: Path, idp: Idp):
    """Millions of grants take their time, and here nobody can even read them."""
    signs = active(home, idp)
    rename(home, "grants", "gone")
    stopped = idp("keys", "revoke", signs, "--compromised", "--home", home, "--yes")
    rename(home, "gone", "grants")
    assert stopped.code != 0
    assert listed(home, idp)[signs] == "compromised"
    again = idp("keys", "revoke", signs, "--compromised", "--home", home, "--yes", "--json")
    assert (again.code, again.json["grants"]) == (0, 0)


def rename(home: Path, table: str, name: str) -> None:
    with closing(sqlite3.connect(home / "provider.sqlite3")) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {name}")
