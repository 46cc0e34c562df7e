from pathlib import Path

from tests.cli.conftest import Idp


def test_a_new_instance_is_up_to_date(home: Path, idp: Idp):
    checked = idp("migrate", "--check", "--home", home, "--json")

    assert checked.code == 0
    assert [state["database"] for state in checked.json] == ["provider", "enrolment"]
    assert all(state["up_to_date"] for state in checked.json)


def test_an_old_schema_is_told_and_then_mended(home: Path, idp: Idp):
    (home / "provider.sqlite3").unlink()

    before = idp("migrate", "--check", "--home", home, "--json")
    mended = idp("migrate", "--home", home)
    after = idp("migrate", "--check", "--home", home)

    assert before.code == 1
    assert [state["up_to_date"] for state in before.json] == [False, True]
    assert (mended.code, after.code) == (0, 0)
    assert "migrated" in mended.out


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
