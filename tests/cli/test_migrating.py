import shutil
import sqlite3
from pathlib import Path

import pytest

from idp.app import SystemClock, SystemEntropy
from idp.domain.secret_key import SecretDomain
from idp.keystore import making
from idp.keystore.key_file import Wrapper
from idp.keystore.wrapping import read_wrapping_key
from tests.cli.conftest import Idp


def test_a_new_instance_is_up_to_date(home: Path, idp: Idp):
    checked = idp("migrate", "--check", "--home", home, "--json")

    assert checked.code == 0
    assert [state["database"] for state in checked.json] == ["provider", "enrolment", "keys"]
    assert all(state["up_to_date"] for state in checked.json)


def test_an_old_schema_is_told_and_then_mended(home: Path, idp: Idp):
    (home / "provider.sqlite3").unlink()

    before = idp("migrate", "--check", "--home", home, "--json")
    mended = idp("migrate", "--home", home)
    after = idp("migrate", "--check", "--home", home)

    assert before.code == 1
    assert [state["up_to_date"] for state in before.json] == [False, True, True]
    assert (mended.code, after.code) == (0, 0)
    assert "migrated" in mended.out


def test_keys_of_an_older_version_are_told_and_then_completed(home: Path, idp: Idp):
    keys = home / "keys"
    shutil.rmtree(keys)
    with pytest.MonkeyPatch.context() as before:
        known = [domain for domain in SecretDomain if domain is not SecretDomain.AUDIT]
        before.setattr(making, "SecretDomain", known)
        wrapping = read_wrapping_key(None, home / "wrapping.key")
        making.make_store(keys, Wrapper(wrapping), SystemEntropy(), SystemClock())

    told = idp("keys", "list", "--home", home)
    checked = idp("migrate", "--check", "--home", home, "--json")
    mended = idp("migrate", "--home", home, "--json")

    assert (told.code, checked.code, mended.code) == (3, 1, 0)
    assert "idp migrate" in told.err
    assert [state["up_to_date"] for state in checked.json] == [True, True, False]
    assert all(state["up_to_date"] for state in mended.json)
    assert idp("keys", "list", "--home", home).code == 0


def test_without_an_instance_the_command_that_makes_one_is_named(tmp_path: Path, idp: Idp):
    nowhere = idp("migrate", "--home", tmp_path)

    assert nowhere.code == 3
    assert f"idp init {tmp_path}" in nowhere.err


def test_a_database_that_does_not_answer_is_named_without_its_password(home: Path, idp: Idp):
    settings = home / "settings.env"
    text = settings.read_text(encoding="utf-8")
    url = f"sqlite:///{home / 'enrolment.sqlite3'}"
    settings.write_text(
        text.replace(url, "postgresql://idp:hunter2@127.0.0.1:1/none"), encoding="utf-8"
    )

    failed = idp("migrate", "--home", home)

    assert failed.code == 5
    assert "the enrolment database does not answer" in failed.err
    assert "hunter2" not in failed.err


def test_what_waits_is_told_by_name_and_a_trial_changes_nothing(home: Path, idp: Idp):
    (home / "enrolment.sqlite3").unlink()

    tried = idp("migrate", "up", "--dry-run", "--home", home, "--json")
    behind = idp("migrate", "status", "--home", home)
    mended = idp("migrate", "up", "--home", home, "--json")

    assert tried.code == 0
    assert tried.json[0]["pending"] == []
    assert tried.json[1]["pending"][0] == "0001_enrolments"
    assert behind.code == 1
    assert "0001_enrolments: " in behind.out
    assert mended.code == 0
    assert all(state["up_to_date"] for state in mended.json)


def test_a_schema_of_a_newer_version_is_told(home: Path, idp: Idp):
    provider = sqlite3.connect(home / "provider.sqlite3")
    future = "UPDATE provider_revision SET version_num = '9999_future', floor = '9999_future'"
    provider.execute(future)
    provider.commit()
    provider.close()

    refused = idp("migrate", "--home", home)

    assert refused.code == 3
    assert "newer version" in refused.err
    assert "schema_unknown" in refused.err


def test_a_newer_schema_that_only_adds_is_served_and_left_as_it_is(home: Path, idp: Idp):
    provider = sqlite3.connect(home / "provider.sqlite3")
    provider.execute("UPDATE provider_revision SET version_num = '9999_future'")
    provider.commit()

    told = idp("migrate", "status", "--home", home, "--json")
    tried = idp("migrate", "up", "--home", home)
    backed_up = idp("backup", home / "backups", "--no-keys", "--home", home)

    assert (told.code, tried.code) == (0, 0)
    assert told.json[0]["ahead"]
    assert "newer, and served" in " ".join(tried.out.split())
    assert provider.execute("SELECT version_num FROM provider_revision").fetchall() == [
        ("9999_future",)
    ]
    assert "schema_unknown" in backed_up.err
    provider.close()


def test_status_says_which_steps_servers_of_the_version_before_can_bear(home: Path, idp: Idp):
    provider = sqlite3.connect(home / "provider.sqlite3")
    provider.execute("UPDATE provider_revision SET version_num = '0003_protocol'")
    provider.commit()
    provider.close()
    enrolment = sqlite3.connect(home / "enrolment.sqlite3")
    enrolment.execute("UPDATE enrolment_revision SET version_num = '0001_enrolments'")
    enrolment.commit()
    enrolment.close()

    told = idp("migrate", "status", "--home", home, "--json")
    read = " ".join(idp("migrate", "status", "--home", home).out.split())

    assert told.json[0]["contracting"] == ["0004_operators", "0005_many_nodes", "0006_fewer_pages"]
    assert told.json[1]["contracting"] == []
    assert "stop every" in read  # the table breaks the lines where it likes
    assert "servers of the" in read
