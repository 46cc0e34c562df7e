"""`idp clients apply`: a folder of files, for people and for continuous integration."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Idp, Result

CLIENT = {
    "client_name": "Corner Shop",
    "platform": "corner-shop",
    "purpose": "To know that you are one person.",
    "alternative": "Order as a guest.",
    "redirect_uris": ["https://shop.example/callback"],
}
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


class Folder:
    """A folder of client files, and what `apply` makes of it."""

    def __init__(self, idp: Idp, home: Path, path: Path) -> None:
        self.idp, self.home, self.path = idp, home, path
        self.path.mkdir()

    def write(self, name: str, **changes: Any) -> None:
        document = {k: v for k, v in (CLIENT | changes).items() if v is not None}
        (self.path / name).write_text(json.dumps(document), encoding="utf-8")

    def apply(self, *options: str | Path, as_json: bool = True) -> Result:
        told = ("--json",) if as_json else ()
        return self.idp("clients", "apply", "-f", self.path, "--home", self.home, *options, *told)

    def registered(self) -> list[str]:
        listed = self.idp("clients", "list", "--home", self.home, "--json").json
        return sorted(one["client_id"] for one in listed)


@pytest.fixture
def folder(idp: Idp, home: Path, tmp_path: Path) -> Folder:
    return Folder(idp, home, tmp_path / "clients")


def test_a_folder_is_applied_and_a_second_time_changes_nothing(folder: Folder, tmp_path: Path):
    folder.write("shop.json")
    folder.write("app.json", client_id="mobile-app", token_endpoint_auth_method="none")
    (folder.path / "shop.png").write_bytes(PNG)
    (folder.path / "README.md").write_text("not a client")
    kept = tmp_path / "secrets"

    first = folder.apply("--secrets", kept)
    secret = (kept / "shop.secret").read_text()
    second = folder.apply("--secrets", kept)

    assert (first.code, first.json["differs"]) == (0, True)
    changes = {one["client_id"]: one["change"] for one in first.json["clients"]}
    assert changes == {"mobile-app": "added", "shop": "added"}
    assert [path.name for path in kept.iterdir()] == ["shop.secret"]
    assert len(secret) == 43
    assert secret not in first.out + first.err
    assert (second.code, second.json["differs"]) == (0, False)
    assert (kept / "shop.secret").read_text() == secret
    assert folder.registered() == ["mobile-app", "shop"]


def test_a_dry_run_answers_as_diff_does_and_changes_nothing(folder: Folder, tmp_path: Path):
    folder.write("shop.json")
    assert (folder.apply("--dry-run").code, folder.registered()) == (1, [])
    assert folder.apply("--secrets", tmp_path / "secrets").code == 0
    assert folder.apply("--dry-run").code == 0
    folder.write("shop.json", client_name="Another name")
    tried = folder.apply("--dry-run")
    assert tried.code == 1
    assert tried.json["clients"] == [
        {
            "client_id": "shop",
            "change": "changed",
            "members": [
                {"member": "client_name", "before": "Corner Shop", "after": "Another name"}
            ],
        }
    ]
    assert folder.apply("--dry-run").code == 1


def test_a_person_reads_what_differs(folder: Folder, tmp_path: Path):
    folder.write("shop.json", client_name="Shop\x1b[2J[red]")
    folder.apply("--secrets", tmp_path / "secrets")
    folder.write("shop.json", redirect_uris=["https://shop.example/back"], tos_uri=None)
    folder.write("forum.json", client_id="forum", token_endpoint_auth_method="none")
    told = folder.apply("--dry-run", as_json=False).out
    assert "~ shop changed" in told
    assert '- ["https://shop.example/callback"]' in told
    assert '+ ["https://shop.example/back"]' in told
    assert "+ forum added" in told
    assert "Would be: 1 added, 1 changed." in told
    assert "\x1b[2J" not in told


def test_nobody_gets_a_secret_that_nobody_can_read(folder: Folder):
    folder.write("shop.json")
    refused = folder.apply()
    assert (refused.code, json.loads(refused.err)["error"]) == (4, "secrets_folder_missing")
    assert folder.registered() == []


def test_what_no_file_is_about_goes_only_by_prune_and_a_yes(folder: Folder, tmp_path: Path):
    folder.write("shop.json", token_endpoint_auth_method="none")
    folder.write("forum.json", token_endpoint_auth_method="none")
    assert folder.apply().code == 0
    (folder.path / "forum.json").unlink()

    kept, asked = folder.apply(), folder.apply("--prune")
    assert [one["change"] for one in kept.json["clients"]] == ["unlisted", "unchanged"][::-1]
    assert json.loads(asked.err)["error"] == "not_confirmed"
    assert "forum" in json.loads(asked.err)["message"]
    assert (folder.apply("--prune", "--dry-run").code, len(folder.registered())) == (1, 2)
    assert folder.apply("--prune", "--yes").json["clients"][1]["change"] == "removed"
    assert folder.registered() == ["shop"]


def test_every_file_and_member_at_fault_is_named_and_nothing_is_changed(folder: Folder):
    public = {"token_endpoint_auth_method": "none"}
    folder.write("good.json", **public)
    folder.write("bad.json", surprise=1, **public)
    folder.write("worse.json", purpose=None, **public)
    refused = json.loads(folder.apply().err)
    assert refused["error"] == "metadata_refused"
    assert "nothing was changed" in refused["message"]
    assert "bad.json: surprise" in refused["message"]
    assert "worse.json: purpose" in refused["message"]
    assert "good.json" not in refused["message"]

    (folder.path / "bad.json").write_text('{"client_name": "a", "client_name": "b"}')
    folder.write("worse.json", client_id="good", **public)
    folder.write("no name.json", **public)
    message = json.loads(folder.apply().err)["message"]
    assert "bad.json: " in message
    assert "worse.json: client_id: good is that of good.json too" in message
    assert "no name.json: client_id" in message
    assert folder.registered() == []


def test_a_folder_that_is_not_there_is_named(folder: Folder, idp: Idp, home: Path):
    refused = idp("clients", "apply", "-f", folder.path / "none", "--home", home, "--json")
    assert (refused.code, json.loads(refused.err)["error"]) == (4, "folder_unreadable")
