"""``idp audit``: reading, checking and handing out the log of an instance."""

import base64
import json
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from idp.cli import operators
from idp.domain import merkle
from idp.domain.operator import Role
from tests.cli.conftest import Idp, start


@pytest.fixture(scope="module")
def logged(just_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance in which three operators were added; nobody changes it."""
    folder = copied(just_made, tmp_path_factory.mktemp("logged"))
    for name in ("One", "Two", "Three"):
        operators.add(folder, name, [Role.SUPPORT], dry_run=False)
    return folder


@pytest.fixture
def home(logged: Path, tmp_path: Path) -> Path:
    return copied(logged, tmp_path)


def copied(instance: Path, into: Path) -> Path:
    folder = into / "instance"
    shutil.copytree(instance, folder)
    settings = folder / "settings.env"
    settings.write_text(settings.read_text().replace(str(instance), str(folder)))
    return folder


def change(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "provider.sqlite3") as connection:
        connection.execute(statement)


def test_tail_prints_the_newest_entries_the_oldest_first(home: Path, idp: Idp):
    told = idp("audit", "tail", "-n", "2", "--home", home)
    assert told.code == 0, told.err
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2"]
    assert all("An operator was added" in line and "command line" in line for line in lines)
    found = idp("audit", "tail", "--home", home, "--json").json
    assert [entry["index"] for entry in found] == [0, 1, 2]


def test_tail_follows(home: Path):
    process = start("audit", "tail", "-f", "--json", "-n", "1", "--home", home)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["index"] == 2
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


def test_verify_says_that_nothing_was_changed(home: Path, idp: Idp):
    told = idp("audit", "verify", "--home", home)
    assert (told.code, "The log is whole" in told.out) == (0, True)
    found = idp("audit", "verify", "--home", home, "--json").json
    assert (found["whole"], found["entries"], found["problems"]) == (True, 3, [])


def test_verify_says_where_something_was_changed(home: Path, idp: Idp):
    change(home, "UPDATE audit SET act = 'operator_removed' WHERE position = 1")
    told = idp("audit", "verify", "--home", home)
    assert (told.code, "entry_changed: entry 1" in told.out) == (1, True)
    found = idp("audit", "verify", "--home", home, "--json")
    assert (found.code, found.json["whole"]) == (1, False)
    assert (found.json["problems"][0]["code"], found.json["problems"][0]["index"]) == (
        *("entry_changed", 1),
    )


def test_verify_compares_with_a_head_that_was_kept(home: Path, idp: Idp, tmp_path: Path):
    before = (home / "provider.sqlite3").read_bytes()
    idp("operators", "add", "--name", "Four", "--role", "support", "--home", home)
    kept = tmp_path / "head"
    kept.write_text(idp("audit", "export", "--index", "3", "--home", home).json["head"])
    several = tmp_path / "heads.json"
    several.write_text(json.dumps({"heads": [{"size": 4, "note": kept.read_text()}]}))
    for file in (kept, several):
        assert idp("audit", "verify", "--against", file, "--home", home).code == 0
    for file in home.glob("provider.sqlite3*"):
        file.unlink()
    (home / "provider.sqlite3").write_bytes(before)  # an old copy, whole in itself
    assert idp("audit", "verify", "--home", home).code == 0
    told = idp("audit", "verify", "--against", kept, "--against", several, "--home", home)
    assert (told.code, told.out.count("log_shorter")) == (1, 2)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--against", "/nowhere/at/all"), "file_unreadable"),
        (("--against", "/proc/self/exe"), "file_unreadable"),
        (("--key", "nonsense"), "verifier_key_refused"),
    ],
)
def test_verify_refuses_what_it_cannot_read(
    home: Path, idp: Idp, given: tuple[str, str], code: str
):
    told = idp("audit", "verify", *given, "--home", home, "--json")
    assert (told.code, json.loads(told.err)["error"]) == (4, code)


def test_export_writes_the_leaves_as_they_were_hashed(home: Path, idp: Idp, tmp_path: Path):
    out = tmp_path / "log.jsonl"
    told = idp("audit", "export", "--out", out, "--home", home, "--json")
    assert (told.code, told.json["entries"], out.stat().st_mode & 0o777) == (0, 3, 0o600)
    about, *leaves = out.read_text().splitlines()
    assert idp("audit", "export", "--home", home).out == out.read_text()
    peaks: list[bytes] = []
    for index, leaf in enumerate(leaves):
        assert json.loads(leaf)["index"] == index
        peaks, _ = merkle.append(index, peaks, merkle.leaf_hash(leaf.encode()))
    assert json.loads(about)["entries"] == 3
    _, size, root, *_ = json.loads(about)["head"].splitlines()
    assert (size, root) == ("3", base64.b64encode(merkle.root(peaks)).decode())


def test_export_of_an_entry_that_is_not_there_is_a_no(home: Path, idp: Idp):
    told = idp("audit", "export", "--index", "3", "--home", home, "--json")
    assert (told.code, json.loads(told.err)["error"]) == (1, "entry_unknown")


@pytest.mark.parametrize("arguments", [["tail"], ["export"], ["export", "--index", "1"]])
def test_what_is_no_entry_is_told_and_who_can_say_more(home: Path, idp: Idp, arguments: list[str]):
    change(home, "UPDATE audit SET act = 'nonsense' WHERE position = 1")
    told = idp("audit", *arguments, "--home", home)
    assert (told.code, "entry_unreadable" in told.err, "index 1" in told.err) == (1, True, True)
