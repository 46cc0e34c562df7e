import json
import os
import stat
from pathlib import Path

import pytest

from idp.app import open_keystore
from idp.domain.secret_key import SecretDomain
from idp.settings import load
from tests.cli.conftest import Idp
from tests.support.postgres import Postgres


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_instance_is_whole_and_its_owners_alone(home: Path):
    names = {path.name for path in home.iterdir()}

    assert names == {
        "settings.env",
        "wrapping.key",
        "keys",
        "provider.sqlite3",
        "enrolment.sqlite3",
    }
    assert mode(home) == mode(home / "keys") == 0o700
    assert {mode(path) for path in home.iterdir() if path.is_file()} == {0o600}


def test_what_was_made_opens(home: Path):
    settings = load(home)

    assert settings.issuer == "https://id.example"
    assert open_keystore(settings).secret(SecretDomain.LINK).active_key


def test_it_says_what_to_do_next_and_to_back_up_the_wrapping_key_apart(tmp_path: Path, idp: Idp):
    told = idp("init", tmp_path / "new").out

    assert f"export IDP_HOME={tmp_path / 'new'}" in told
    assert "idp serve" in told
    assert "Back it up apart from the databases" in told


def test_without_an_issuer_it_is_this_machine_at_the_port(tmp_path: Path, idp: Idp):
    made = idp("init", tmp_path / "new", "--port", "8123", "--json")

    assert made.json == {
        "home": str(tmp_path / "new"),
        "issuer": "http://localhost:8123",
        "port": 8123,
        "wrapping_key_file": str(tmp_path / "new" / "wrapping.key"),
    }


def test_the_options_are_in_the_settings(tmp_path: Path, idp: Idp):
    issuer = "https://test.example"
    switches = ("--sandbox", "--sandbox-issuer", issuer, "--time-zone", "Asia/Shanghai")
    made = idp("init", tmp_path / "new", "--issuer", issuer, *switches)

    settings = load(tmp_path / "new")
    assert made.code == 0
    assert settings.sandbox
    assert settings.time_zone == "Asia/Shanghai"


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path, idp: Idp):
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")

    refused = idp("init", tmp_path)

    assert refused.code == 4
    assert refused.err.endswith("[folder_not_empty]\n")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_empty_folder_is_taken_as_a_mounted_volume_would_be(tmp_path: Path, idp: Idp):
    (tmp_path / "lost+found").mkdir()

    assert idp("init", tmp_path).code == 0


@pytest.mark.parametrize(
    ("options", "exit_code", "code"),
    [
        (["--issuer", "http://id.example"], 3, "settings_refused"),
        (["--issuer", "https://id.example", "--sandbox"], 3, "settings_refused"),
        (["--time-zone", "Mars/Olympus"], 3, "settings_refused"),
        (["--issuer", "https://id.example/${HOME}"], 4, "settings_refused"),
        (["--database-url", "mysql://root:hunter2@db/x"], 3, "database_url_refused"),
        (["--database-url", "sqlite:////nowhere/at/all.db"], 5, "database_unavailable"),
    ],
)
def test_a_failed_start_leaves_nothing(
    tmp_path: Path, idp: Idp, options: list[str], exit_code: int, code: str
):
    refused = idp("init", tmp_path / "new", *options)

    assert refused.code == exit_code
    assert refused.err.count("\n") == 1
    assert code in refused.err
    assert "hunter2" not in refused.err
    assert list(tmp_path.iterdir()) == []


def test_a_wrapping_key_from_the_environment_is_written_nowhere(
    tmp_path: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    key = "pLq8vXv1Tj2mJm0dQy3yXr9uW5cZ7aBf6eHg4kNs0oM"
    monkeypatch.setenv("IDP_WRAPPING_KEY", key)

    made = idp("init", tmp_path / "new", "--json")

    assert made.json["wrapping_key_file"] is None
    files = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert not any(key.encode() in path.read_bytes() for path in files)


def test_a_wrapping_key_file_elsewhere_is_made_and_used(tmp_path: Path, idp: Idp):
    file = tmp_path / "safe.key"

    idp("init", tmp_path / "one", "--wrapping-key-file", file)
    made = idp("init", tmp_path / "two", "--wrapping-key-file", file)

    assert made.code == 0
    assert mode(file) == 0o600
    keystores = [open_keystore(load(tmp_path / name)) for name in ("one", "two")]
    assert len({keystore.signers()[0].kid for keystore in keystores}) == 2


def test_a_new_wrapping_key_file_goes_with_a_failed_start(tmp_path: Path, idp: Idp):
    file = tmp_path / "safe.key"

    idp("init", tmp_path / "new", "--wrapping-key-file", file, "--database-url", "sqlite:///no/no")

    assert not file.exists()


def test_databases_that_hold_clients_of_another_instance_are_refused(
    tmp_path: Path, home: Path, idp: Idp
):
    client = tmp_path / "client.json"
    uris = ["https://shop.example/callback"]
    document = {"client_name": "Shop", "redirect_uris": uris}
    more = {"platform": "shop", "purpose": "To know you.", "alternative": "Guest."}
    client.write_text(json.dumps(document | more), encoding="utf-8")
    url = f"sqlite:///{home / 'provider.sqlite3'}"

    unused = idp("init", tmp_path / "two", "--database-url", url)
    idp("clients", "add", "--home", home, "--file", client)
    refused = idp("init", tmp_path / "three", "--database-url", url)

    assert unused.code == 0
    assert refused.code == 4
    assert "database_in_use" in refused.err


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path, idp: Idp):
    file = tmp_path / "file"
    file.touch()

    refused = idp("init", file / "new")

    assert refused.code == 4
    assert "Not a directory" in refused.err


def test_a_variable_that_init_reads_stands_in_for_its_option(
    tmp_path: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("IDP_ISSUER", "https://env.example")

    idp("init", tmp_path / "new")

    assert "IDP_ISSUER='https://env.example'" in (tmp_path / "new" / "settings.env").read_text(
        encoding="utf-8"
    )
    assert os.environ["IDP_ISSUER"] == "https://env.example"


def test_both_databases_can_be_on_postgresql(tmp_path: Path, idp: Idp, postgres: Postgres):
    url, other = postgres.new_database(), postgres.new_database()
    options = ("--database-url", url, "--enrolment-database-url", other)

    made = idp("init", tmp_path / "new", *options)
    checked = idp("migrate", "--check", "--home", tmp_path / "new")
    listed = idp("clients", "list", "--home", tmp_path / "new", "--json")

    assert (made.code, checked.code) == (0, 0), made.err
    assert listed.json == []


def test_a_postgresql_database_that_is_not_there_is_told(
    tmp_path: Path, idp: Idp, postgres: Postgres
):
    url = postgres.new_database().replace("/test_", "/nothing_")

    refused = idp("init", tmp_path / "new", "--database-url", url)

    assert refused.code == 5
    assert "the provider database does not answer (InvalidCatalogNameError)" in refused.err
