"""`idp keys rotate-secret`: one command, run until it is over; it says what it waits for."""

import shutil
from pathlib import Path

from idp.app import open_keystore
from idp.domain.secret_key import SecretDomain
from idp.settings import load
from tests.cli.conftest import Idp


def test_one_command_leads_through_a_rotation(home: Path, idp: Idp):
    begun = idp("keys", "rotate-secret", "field", "--yes", "--no-wait", "--home", home, "--json")
    again = idp("keys", "rotate-secret", "field", "--no-wait", "--home", home, "--json")

    assert (begun.code, again.code) == (0, 0)
    assert begun.json["over"] is again.json["over"] is False
    assert (again.json["from"], again.json["to"]) == (1, 2)
    assert again.json["waits_for"] == "what was made before to be over"
    assert again.json["possible_from"] == begun.json["possible_from"]
    listed = idp("keys", "secrets", "--home", home, "--json").json
    states = {(one["secret"], one["version"]): one["state"] for one in listed}
    assert states["field", 1] == "retired"
    assert states["field", 2] == "active"
    assert sorted(open_keystore(load(home)).secret(SecretDomain.FIELD).versions) == [1, 2]


def test_nothing_begins_without_a_yes_and_a_dry_run_makes_nothing(home: Path, idp: Idp):
    dry = idp("keys", "rotate-secret", "session", "--dry-run", "--home", home)
    asked = idp("keys", "rotate-secret", "session", "--home", home)

    assert (dry.code, asked.code) == (0, 1)
    assert "session:2 would be made" in dry.out
    assert "not_confirmed" in asked.err
    assert list(open_keystore(load(home)).secret(SecretDomain.SESSION).versions) == [1]


def test_what_does_not_rotate_is_refused(home: Path, idp: Idp):
    refused = idp("keys", "rotate-secret", "audit", "--yes", "--no-wait", "--home", home)

    assert refused.code == 4
    assert "secret_step_refused" in refused.err


def test_what_is_to_be_moved_is_counted_and_moved(home: Path, idp: Idp):
    idp("operators", "add", "--name", "Wei", "--role", "auditor", "--home", home)
    idp("keys", "rotate-secret", "field", "--yes", "--no-wait", "--home", home)
    left = idp("keys", "rewrap", "--domain", "field", "--dry-run", "--home", home, "--json")
    told = idp("keys", "rewrap", "--home", home)

    assert left.json == [{"secret": "field", "left": {"movable": 0, "dying": 0, "kept": 0}}]
    assert told.code == 0
    assert idp("operators", "list", "--home", home, "--json").json[0]["name"] == "Wei"


def test_a_person_reads_what_it_waits_for(home: Path, idp: Idp):
    begun = idp("keys", "rotate-secret", "session", "--yes", "--no-wait", "--home", home)

    assert "From session:1 (retired) to session:2 (active)." in begun.out
    assert "then run this command again" in begun.out


def test_keys_of_before_a_rotation_are_told_apart_from_broken_ones(home: Path, idp: Idp):
    shutil.copytree(home / "keys", home / "old")
    idp("keys", "rotate-secret", "field", "--yes", "--no-wait", "--home", home)
    shutil.rmtree(home / "keys")
    (home / "old").rename(home / "keys")

    refused = idp("operators", "list", "--home", home)

    assert refused.code == 3
    assert "secret_missing" in refused.err
    assert "field:2" in refused.err
