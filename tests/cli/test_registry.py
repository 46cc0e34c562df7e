import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Idp

CLIENT = {
    "client_name": "Corner Shop",
    "client_name#zh-Hans": "街角小店",
    "platform": "corner-shop",
    "purpose": "To know that you are one person.",
    "alternative": "Order as a guest.",
    "redirect_uris": ["https://shop.example/callback"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, CLIENT)


def written(folder: Path, document: Any) -> Path:
    path = folder / "client.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.spec("RFC 7591 §3.2.1")
def test_a_client_is_added_and_its_secret_shown_once(home: Path, idp: Idp, file: Path):
    added = idp("clients", "add", "--home", home, "--file", file, "--json")
    shown = idp("clients", "show", added.json["client_id"], "--home", home, "--json")

    assert added.code == 0
    assert len(added.json["client_secret"]) == 43
    assert {name: added.json[name] for name in CLIENT} == CLIENT
    assert "client_secret" not in shown.json
    assert shown.json == {k: v for k, v in added.json.items() if k != "client_secret"}


def test_a_public_client_gets_no_secret(home: Path, idp: Idp, tmp_path: Path):
    public = written(tmp_path, CLIENT | {"token_endpoint_auth_method": "none"})

    added = idp("clients", "add", "--home", home, "--file", public, "--json")

    assert "client_secret" not in added.json


def test_metadata_comes_from_the_standard_input_too(
    home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    text = io.TextIOWrapper(io.BytesIO(json.dumps(CLIENT).encode()))
    monkeypatch.setattr(sys, "stdin", text)

    added = idp("clients", "add", "--home", home, "--file", "-", "--id", "shop")

    assert added.code == 0
    assert "shown this once" in added.out


def test_all_clients_are_listed_and_one_is_removed(home: Path, idp: Idp, file: Path):
    for client_id in ("one", "two"):
        idp("clients", "add", "--home", home, "--file", file, "--id", client_id)

    removed = idp("clients", "remove", "one", "--home", home, "--yes", "--json")
    listed = idp("clients", "list", "--home", home, "--json")
    again = idp("clients", "remove", "one", "--home", home, "--yes")

    assert removed.json == {"removed": "one", "dry_run": False}
    assert [client["client_id"] for client in listed.json] == ["two"]
    assert (again.code, "client_unknown" in again.err) == (1, True)


def test_nothing_is_removed_without_a_yes(
    home: Path, idp: Idp, file: Path, monkeypatch: pytest.MonkeyPatch
):
    idp("clients", "add", "--home", home, "--file", file, "--id", "one")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))

    refused = idp("clients", "remove", "one", "--home", home)

    assert refused.code == 1
    assert idp("clients", "show", "one", "--home", home).code == 0


def test_a_long_id_is_listed_whole(home: Path, idp: Idp, file: Path):
    client_id = idp("clients", "add", "--home", home, "--file", file, "--json").json["client_id"]

    assert client_id in idp("clients", "list", "--home", home).out


@pytest.mark.parametrize(
    "command",
    [["show"], ["remove", "--yes"], ["disable", "--yes"], ["enable"], ["rotate-secret", "--yes"]],
)
def test_a_client_id_may_begin_with_a_dash(home: Path, idp: Idp, command: list[str]):
    """One in 64 did, when any could be drawn."""
    refused = idp("clients", *command, "-nobody", "--home", home, "--json")
    assert json.loads(refused.err)["error"] == "client_unknown"


def test_an_option_that_is_mistyped_is_no_place(home: Path, idp: Idp, tmp_path: Path):
    before = sorted(Path.cwd().iterdir())
    assert idp("backup", "--jason", "--home", home).code == 2
    assert idp("init", "--isuer").code == 2
    assert sorted(Path.cwd().iterdir()) == before


def test_an_unknown_client_is_a_plain_no(home: Path, idp: Idp):
    unknown = idp("clients", "show", "nobody", "--home", home, "--json")

    assert unknown.code == 1
    assert json.loads(unknown.err) == {
        "error": "client_unknown",
        "message": "no client nobody is registered",
    }


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (CLIENT | {"redirect_uris": []}, "redirect_uris"),
        (CLIENT | {"redirect_uris": ["http://shop.example/callback"]}, "redirect_uris"),
        (CLIENT | {"grant_types": ["password"]}, "grant_types"),
        (CLIENT | {"logo_uri": "http://shop.example/logo.png"}, "logo_uri"),
        (CLIENT | {"client_name": 4}, "client_name"),
        (CLIENT | {"client_name#!": "x"}, "client_name#!"),
        (CLIENT | {"jwks": {"keys": [5]}}, "jwks"),
        (CLIENT | {"scope": "openid email"}, "scope"),
        ({k: v for k, v in CLIENT.items() if k != "purpose"}, "purpose"),
        ([CLIENT], "not a JSON object"),
    ],
)
def test_unacceptable_metadata_is_refused_by_name(
    home: Path, idp: Idp, tmp_path: Path, document: Any, said: str
):
    refused = idp("clients", "add", "--home", home, "--file", written(tmp_path, document))

    assert (refused.code, refused.err.count("\n")) == (4, 1), refused.err
    assert said in refused.err
    assert refused.err.endswith("[metadata_refused]\n")
    assert idp("clients", "list", "--home", home, "--json").json == []


def test_a_file_that_is_not_there_is_named(home: Path, idp: Idp, tmp_path: Path):
    refused = idp("clients", "add", "--home", home, "--file", tmp_path / "no.json")

    assert refused.code == 4
    assert "no.json: No such file" in refused.err


def test_a_logo_that_is_no_png_is_refused(home: Path, idp: Idp, file: Path):
    refused = idp("clients", "add", "--home", home, "--file", file, "--logo", file)

    assert refused.code == 4
    assert "PNG" in refused.err


def test_an_id_that_is_taken_or_breaks_an_address_is_refused(home: Path, idp: Idp, file: Path):
    add = ("clients", "add", "--home", home, "--file", file, "--id")
    idp(*add, "one")

    assert "client_exists" in idp(*add, "one").err
    assert "client_id_refused" in idp(*add, "a/b").err


def test_a_name_cannot_rewrite_the_terminal(home: Path, idp: Idp, tmp_path: Path):
    named = written(tmp_path, CLIENT | {"client_name": "Shop\x1b[2J[red]x[/]"})
    idp("clients", "add", "--home", home, "--file", named)

    listed = idp("clients", "list", "--home", home)

    assert "\x1b" not in listed.out


def test_a_secret_is_changed_in_two_steps(home: Path, idp: Idp, file: Path):
    idp("clients", "add", "--home", home, "--file", file, "--id", "shop")
    rotate = ("clients", "rotate-secret", "shop", "--home", home)

    drawn = idp(*rotate, "--json")
    retired = idp(*rotate, "--retire-old", "--yes", "--json")
    again = idp(*rotate, "--retire-old", "--yes", "--json")

    assert (drawn.code, len(drawn.json["client_secret"])) == (0, 43)
    assert retired.json == {"retired": "shop", "dry_run": False}
    assert (again.code, json.loads(again.err)["error"]) == (1, "client_has_one_secret")


def test_a_client_without_a_secret_has_none_to_change(home: Path, idp: Idp, tmp_path: Path):
    public = written(tmp_path, CLIENT | {"token_endpoint_auth_method": "none"})
    idp("clients", "add", "--home", home, "--file", public, "--id", "app")

    for client_id, error in (("app", "client_has_no_secret"), ("nobody", "client_unknown")):
        refused = idp("clients", "rotate-secret", client_id, "--home", home, "--json")
        assert (refused.code, json.loads(refused.err)["error"]) == (1, error)


def test_drawing_a_third_secret_or_ending_one_needs_a_yes(home: Path, idp: Idp, file: Path):
    idp("clients", "add", "--home", home, "--file", file, "--id", "shop")
    rotate = ("clients", "rotate-secret", "shop", "--home", home, "--json")

    assert idp(*rotate).code == 0
    third, ending = idp(*rotate), idp(*rotate, "--retire-old")

    assert [json.loads(one.err)["error"] for one in (third, ending)] == ["not_confirmed"] * 2
    assert idp(*rotate, "--dry-run").json["ends_the_older"]
    assert idp(*rotate, "--retire-old", "--dry-run").json["dry_run"]
    assert idp(*rotate, "--yes").code == 0


def test_a_secret_is_written_where_it_is_asked_for_and_printed_nowhere(
    home: Path, idp: Idp, file: Path, tmp_path: Path
):
    kept = tmp_path / "secrets"
    add = ("clients", "add", "--home", home, "--file", file, "--id", "shop")
    added = idp(*add, "--secrets", kept, "--json")
    secret = (kept / "shop.secret").read_text()
    rotate = ("clients", "rotate-secret", "shop", "--home", home)
    drawn = idp(*rotate, "--secrets", kept, "--old-for", "24")

    assert added.json["secret_file"] == str(kept / "shop.secret")
    assert (kept / "shop.secret").stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_mode & 0o777 == 0o700
    new = (kept / "shop.secret").read_text()
    assert (len(secret), len(new), secret == new) == (43, 43, False)
    assert [one for one in (secret, new) if one in added.out + added.err + drawn.out] == []
    assert "ends in 24 hours" in drawn.out
    shown = idp("clients", "show", "shop", "--home", home, "--json").json
    assert shown["old_secret_until"] > shown["client_id_issued_at"]
    assert [path.name for path in kept.iterdir()] == ["shop.secret"]


def test_a_secret_that_cannot_be_written_is_not_drawn(
    home: Path, idp: Idp, file: Path, tmp_path: Path
):
    nowhere = tmp_path / "a file"
    nowhere.write_text("")
    add = ("clients", "add", "--home", home, "--file", file, "--id", "shop", "--json")

    assert json.loads(idp(*add, "--secrets", nowhere).err)["error"] == "secret_unwritable"
    assert idp("clients", "list", "--home", home, "--json").json == []
    assert idp(*add).code == 0
    rotate = ("clients", "rotate-secret", "shop", "--home", home, "--json")
    assert idp(*rotate, "--secrets", nowhere).code == 4
    assert not idp(*rotate, "--dry-run").json["ends_the_older"]


def test_what_would_be_registered_is_seen_before(home: Path, idp: Idp, file: Path, tmp_path: Path):
    add = ("clients", "add", "--home", home, "--dry-run", "--json", "--file")
    tried = idp(*add, file)
    wrong = idp(*add, written(tmp_path, CLIENT | {"client_name": 4}))

    assert (tried.json["dry_run"], "client_secret" in tried.json) == (True, False)
    assert (wrong.code, json.loads(wrong.err)["error"]) == (4, "metadata_refused")
    assert idp("clients", "list", "--home", home, "--json").json == []


def test_a_client_is_disabled_and_enabled(home: Path, idp: Idp, file: Path):
    idp("clients", "add", "--home", home, "--file", file, "--id", "shop")
    at = ("shop", "--home", home, "--json")

    asked = idp("clients", "disable", *at)
    tried = idp("clients", "disable", *at, "--dry-run")
    done = [idp("clients", "disable", *at, "--yes").json["changed"] for _ in range(2)]

    assert (asked.code, json.loads(asked.err)["error"]) == (1, "not_confirmed")
    assert tried.json == {"client_id": "shop", "disabled": True, "changed": True, "dry_run": True}
    assert done == [True, False]
    assert idp("clients", "show", *at).json["disabled_at"] > 0
    assert "disabled" in idp("clients", "list", "--home", home).out
    assert idp("clients", "enable", *at, "--dry-run").json["changed"]
    assert [idp("clients", "enable", *at).json["changed"] for _ in range(2)] == [True, False]
    assert "disabled_at" not in idp("clients", "show", *at).json
    assert idp("clients", "disable", "nobody", "--home", home, "--yes").code == 1
