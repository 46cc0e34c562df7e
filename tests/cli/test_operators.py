import io
import json
import re
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Idp, Result

ADD = ("operators", "add", "--name", "Front desk", "--role", "support", "--role", "auditor")


def add(idp: Idp, home: Path, *changed: str) -> Result:
    return idp(*(changed or ADD), "--home", home, "--json")


def acts(home: Path) -> list[str]:
    with sqlite3.connect(home / "provider.sqlite3") as connection:
        return [row[0] for row in connection.execute("SELECT act FROM audit ORDER BY position")]


def test_an_operator_is_added_and_the_link_shown_once(home: Path, idp: Idp):
    added = add(idp, home)
    listed = idp("operators", "list", "--home", home, "--json")

    assert added.code == 0, added.err
    assert re.fullmatch(r"https://id\.example/operator/join#[\w-]{43}", added.json["link"])
    assert (added.json["name"], added.json["is_new"]) == ("Front desk", True)
    assert added.json["roles"] == ["auditor", "support"]
    kept = {"operator_id", "name", "roles", "status"}
    assert listed.json == [{name: added.json[name] for name in kept}]
    assert listed.json[0]["status"] == "invited"
    assert acts(home) == ["operator_added"]


def test_a_known_name_gets_a_new_link_and_it_is_noted(home: Path, idp: Idp):
    first = add(idp, home)
    again = add(idp, home, "operators", "add", "--name", " FRONT  desk", "--role", "support")

    assert again.json["operator_id"] == first.json["operator_id"]
    assert again.json["link"] != first.json["link"]
    assert (again.json["is_new"], again.json["roles"]) == (False, ["support"])
    assert len(idp("operators", "list", "--home", home, "--json").json) == 1
    assert acts(home) == ["operator_added", "operator_roles_set", "operator_link_made"]


def test_the_link_is_in_no_file_of_the_instance(home: Path, idp: Idp):
    secret = add(idp, home).json["link"].partition("#")[2].encode()
    assert [
        file for file in home.rglob("*") if file.is_file() and secret in file.read_bytes()
    ] == []
    assert b"Front desk" not in (home / "provider.sqlite3").read_bytes()


def test_a_person_reads_the_link_whole_in_a_narrow_window(
    tmp_path: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "40")
    issuer = "https://id.a-long-name.example/and/a/path"
    assert idp("init", tmp_path / "long", "--issuer", issuer).code == 0
    shown = idp(*ADD, "--home", tmp_path / "long")
    lines = [line.strip() for line in shown.out.splitlines()]
    assert [line for line in lines if re.fullmatch(rf"{issuer}/operator/join#[\w-]{{43}}", line)]
    assert "UTC" in shown.out


@pytest.mark.parametrize("by", ["name", "operator_id"])
def test_an_operator_is_removed_by_name_or_id(home: Path, idp: Idp, by: str):
    added = add(idp, home)
    removed = idp("operators", "remove", added.json[by], "--home", home, "--yes", "--json")
    again = idp("operators", "remove", added.json[by], "--home", home, "--yes", "--json")

    assert removed.json == {
        "removed": added.json["operator_id"],
        "approvers_left": 0,
        "dry_run": False,
    }
    assert idp("operators", "list", "--home", home, "--json").json == []
    assert (again.code, json.loads(again.err)["error"]) == (1, "operator_unknown")
    assert acts(home) == ["operator_added", "operator_removed"]


def test_nobody_is_removed_without_a_yes(home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch):
    add(idp, home)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert idp("operators", "remove", "Front desk", "--home", home).code == 1
    assert len(idp("operators", "list", "--home", home, "--json").json) == 1


def test_an_operator_is_disabled_and_enabled(home: Path, idp: Idp):
    add(idp, home)
    at = ("Front desk", "--home", home, "--json")
    asked = idp("operators", "disable", *at)
    tried = idp("operators", "disable", *at, "--dry-run")
    done = [idp("operators", "disable", *at, "--yes").json["changed"] for _ in range(2)]

    assert (asked.code, json.loads(asked.err)["error"]) == (1, "not_confirmed")
    assert (tried.json["changed"], done) == (True, [True, False])
    assert idp("operators", "list", "--home", home, "--json").json[0]["status"] == "disabled"
    again = add(idp, home)
    assert (again.code, json.loads(again.err)["error"]) == (4, "operator_refused")
    assert "operators enable" in again.err

    assert idp("operators", "enable", *at, "--dry-run").json["changed"]
    assert [idp("operators", "enable", *at).json["changed"] for _ in range(2)] == [True, False]
    assert idp("operators", "list", "--home", home, "--json").json[0]["status"] == "invited"
    assert acts(home) == ["operator_added", "operator_disabled", "operator_enabled"]


def test_whoever_leaves_too_few_to_agree_is_told(home: Path, idp: Idp):
    for name in ("One", "Two"):
        add(idp, home, "operators", "add", "--name", name, "--role", "support")
    with sqlite3.connect(home / "provider.sqlite3") as connection:
        connection.execute("UPDATE operators SET status = 'active'")  # as if both had joined
    asked = idp("operators", "disable", "One", "--home", home)
    done = idp("operators", "disable", "One", "--home", home, "--yes")
    for told in (asked.err, done.err):
        assert "1 of the 2 operators are left who must agree" in told
    again = idp("operators", "remove", "One", "--home", home, "--yes", "--json")
    assert (again.json["approvers_left"], again.err) == (1, ""), "it was so before"


def test_a_dry_run_adds_nobody(home: Path, idp: Idp):
    tried = idp(*ADD, "--home", home, "--json", "--dry-run")
    assert (tried.json["is_new"], "link" in tried.json) == (True, False)
    assert (acts(home), idp(*ADD, "--home", home, "--dry-run").code) == ([], 0)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x1b[2Jb", "a\nb\x00"])
def test_a_name_that_cannot_be_shown_is_refused(home: Path, idp: Idp, name: str):
    refused = idp("operators", "add", "--name", name, "--role", "support", "--home", home)
    assert (refused.code, refused.err.count("\n")) == (4, 1), refused.err
    assert refused.err.endswith("[operator_refused]\n")
    assert acts(home) == []


def test_a_role_is_needed_and_must_be_one(home: Path, idp: Idp):
    assert idp("operators", "add", "--name", "A", "--home", home).code == 2
    wrong = idp("operators", "add", "--name", "A", "--role", "root", "--home", home)
    assert wrong.code == 2


def test_no_command_approves_anything(idp: Idp):
    """Two approvals typed into one shell would be one person's."""
    told = idp("operators", "--help").out
    assert set(re.findall(r"│ (\w+) ", told)) & {"approve", "suspend", "unmask", "lift"} == set()
    assert "add" in told
