import itertools
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from idp.domain.secret_key import SecretDomain
from idp.domain.signing_key import ALGORITHMS
from idp.keystore.errors import (
    KeyFileBrokenError,
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeystoreError,
    KeystoreMissingError,
    PermissionsTooLooseError,
    WrappingKeyWrongError,
)
from idp.keystore.files import FileKeystore
from tests.support.time import SeededEntropy

FILES = range(7)  # two signing keys, five secrets
MANIFEST = "keystore.json"


def key_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != MANIFEST)


def edit(path: Path, **members: object) -> None:
    content: dict[str, Any] = json.loads(path.read_bytes())
    path.write_text(json.dumps(content | members), encoding="utf-8")


def refuse(folder: Path, wrapping_key: bytes, error: type[KeystoreError], named: Path) -> None:
    """Opening fails with this error, which names this file and quotes none of its contents."""
    contents = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    wrapped = re.findall(r'"wrapped": ?"([^"]{20,})"', contents.decode(errors="replace"))
    with pytest.raises(error) as raised:
        FileKeystore.open(folder, wrapping_key)
    assert str(named) in str(raised.value)
    assert raised.value.__cause__ is None
    assert not any(text in str(raised.value) for text in wrapped)


def test_what_was_made_opens_again(folder: Path, wrapping_key: bytes):
    first, again = (FileKeystore.open(folder, wrapping_key) for _ in range(2))
    assert [key.kid for key in first.signers()] == [key.kid for key in again.signers()]
    for domain in SecretDomain:
        assert first.secret(domain) == again.secret(domain)


def test_files_and_folder_are_the_owners_alone(folder: Path):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_each_key_has_a_file_that_says_what_it_is(folder: Path):
    heads = [json.loads(path.read_bytes()) for path in key_files(folder)]
    assert {head["format"] for head in heads} == {1}
    assert {head["state"] for head in heads} == {"active"}
    assert {head["created"] for head in heads} == {"2026-01-01"}
    signing = {head["alg"]: head["kid"] for head in heads if head["kind"] == "signing"}
    secrets = {head["domain"]: head["version"] for head in heads if head["kind"] == "secret"}
    assert signing.keys() == set(ALGORITHMS)
    assert secrets == dict.fromkeys(("link", "field", "dedup", "session", "audit"), 1)


def test_no_key_lies_on_disk_in_clear(folder: Path, wrapping_key: bytes):
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    keystore = FileKeystore.open(folder, wrapping_key)
    for domain in SecretDomain:
        key = keystore.secret(domain).active_key
        assert key not in everything
        assert key.hex().encode() not in everything
    assert b"PRIVATE" not in everything


def test_another_wrapping_key_opens_nothing(folder: Path):
    other = SeededEntropy(77).bytes(32)
    refuse(folder, other, WrappingKeyWrongError, folder / MANIFEST)


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_a_wrapping_key_of_another_length_is_refused(folder: Path, key: bytes):
    with pytest.raises(ValueError, match="is 32 bytes"):
        FileKeystore.open(folder, key)


@pytest.mark.parametrize("position", FILES)
def test_a_missing_file_is_refused(folder: Path, wrapping_key: bytes, position: int):
    path = key_files(folder)[position]
    path.unlink()
    refuse(folder, wrapping_key, KeyFileMissingError, path)


def test_a_missing_list_of_files_is_refused(folder: Path, wrapping_key: bytes):
    (folder / MANIFEST).unlink()
    refuse(folder, wrapping_key, KeyFileMissingError, folder / MANIFEST)


@pytest.mark.parametrize("source", FILES)
def test_a_file_copied_over_another_is_refused(folder: Path, wrapping_key: bytes, source: int):
    paths = key_files(folder)
    contents = {path: path.read_bytes() for path in paths}
    for target in paths:
        if target != paths[source]:
            target.write_bytes(contents[paths[source]])
            refuse(folder, wrapping_key, KeyFileForeignError, target)
            target.write_bytes(contents[target])


def test_a_key_put_under_another_files_head_is_refused(folder: Path, wrapping_key: bytes):
    for source, target in itertools.permutations(key_files(folder), 2):
        before = target.read_bytes()
        edit(target, wrapped=json.loads(source.read_bytes())["wrapped"])
        refuse(folder, wrapping_key, KeyFileBrokenError, target)
        target.write_bytes(before)


@pytest.mark.parametrize("position", FILES)
def test_a_renamed_file_is_refused(folder: Path, wrapping_key: bytes, position: int):
    path = key_files(folder)[position]
    path.rename(folder / "other.json")
    refuse(folder, wrapping_key, KeyFileMissingError, path)


def test_two_files_that_exchanged_names_are_refused(folder: Path, wrapping_key: bytes):
    one, other = key_files(folder)[:2]
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)
    refuse(folder, wrapping_key, KeyFileForeignError, one)


@pytest.mark.parametrize("position", FILES)
def test_every_altered_wrapped_value_is_refused(folder: Path, wrapping_key: bytes, position: int):
    path = key_files(folder)[position]
    wrapped = json.loads(path.read_bytes())["wrapped"]
    for place in (0, 15, 16, len(wrapped) // 2, len(wrapped) - 1):
        other = "A" if wrapped[place] != "A" else "B"
        edit(path, wrapped=wrapped[:place] + other + wrapped[place + 1 :])
        refuse(folder, wrapping_key, KeyFileBrokenError, path)
    for altered in ("", wrapped[:-4], wrapped[4:], wrapped + "AAAA", wrapped + "=", "\u00e9"):
        edit(path, wrapped=altered)
        refuse(folder, wrapping_key, KeyFileBrokenError, path)


@pytest.mark.parametrize("position", FILES)
@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"created": "2025-12-31"}, KeyFileBrokenError),
        ({"state": "retired"}, KeyFileMalformedError),
        ({"store": "0" * 32}, KeyFileForeignError),
        ({"store": "x"}, KeyFileMalformedError),
        ({"format": 2}, KeyFileMalformedError),
        ({"format": "1"}, KeyFileMalformedError),
        ({"kind": "manifest"}, KeyFileMalformedError),
        ({"kid": "A" * 43, "version": 2}, KeyFileMalformedError),
        ({"comment": "mine"}, KeyFileMalformedError),
        ({"wrapped": None}, KeyFileMalformedError),
    ],
)
def test_an_edited_head_is_refused(
    folder: Path,
    wrapping_key: bytes,
    position: int,
    members: dict[str, object],
    error: type[KeystoreError],
):
    path = key_files(folder)[position]
    edit(path, **members)
    refuse(folder, wrapping_key, error, path)


@pytest.mark.parametrize("position", FILES)
def test_a_truncated_file_is_refused(folder: Path, wrapping_key: bytes, position: int):
    path = key_files(folder)[position]
    content = path.read_bytes()
    for length in (0, 1, len(content) // 2, len(content) - 3):
        path.write_bytes(content[:length])
        refuse(folder, wrapping_key, KeyFileMalformedError, path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"null", b"[]", b"{}", b"[" * 10_000, b'"x"'])
def test_what_is_no_key_file_is_refused(folder: Path, wrapping_key: bytes, content: bytes):
    for path in (key_files(folder)[0], folder / MANIFEST):
        path.write_bytes(content)
        refuse(folder, wrapping_key, KeyFileMalformedError, path)


def test_an_edited_list_of_files_is_refused(folder: Path, wrapping_key: bytes):
    manifest = folder / MANIFEST
    names = json.loads(manifest.read_bytes())["files"]
    key_files(folder)[0].unlink()
    edit(manifest, files=names[1:])
    refuse(folder, wrapping_key, WrappingKeyWrongError, manifest)
    edit(manifest, files=names, store="0" * 32)
    refuse(folder, wrapping_key, WrappingKeyWrongError, manifest)


@pytest.mark.parametrize("name", ["notes.txt", "secret-link-2.json", ".secret-link-1.json.new"])
def test_an_unknown_file_is_refused(folder: Path, wrapping_key: bytes, name: str):
    (folder / name).touch(mode=0o600)
    refuse(folder, wrapping_key, KeyFileForeignError, folder / name)


def test_the_repositorys_own_two_files_are_left_alone(folder: Path, wrapping_key: bytes):
    (folder / "README.md").touch()
    (folder / ".gitignore").touch()
    FileKeystore.open(folder, wrapping_key)


@pytest.mark.parametrize("position", range(5))
def test_a_key_of_another_store_under_the_same_wrapping_key_is_refused(
    folder: Path, foreign_store: Path, wrapping_key: bytes, position: int
):
    path = key_files(folder)[position]
    assert path.name.startswith("secret-")
    shutil.copy(foreign_store / path.name, path)
    refuse(folder, wrapping_key, KeyFileForeignError, path)
    edit(path, store=json.loads((folder / MANIFEST).read_bytes())["store"])
    refuse(folder, wrapping_key, KeyFileBrokenError, path)


def test_a_linked_key_file_is_refused(folder: Path, wrapping_key: bytes, tmp_path: Path):
    path = key_files(folder)[0]
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(KeyFileForeignError, match=f"{path} .* symbolic link"):
        FileKeystore.open(folder, wrapping_key)


def test_loose_permissions_are_refused(folder: Path, wrapping_key: bytes):
    path = key_files(folder)[3]
    path.chmod(0o640)
    refuse(folder, wrapping_key, PermissionsTooLooseError, path)
    path.chmod(0o600)
    folder.chmod(0o750)
    refuse(folder, wrapping_key, PermissionsTooLooseError, folder)


@pytest.mark.parametrize("name", ["", "none"])
def test_a_folder_without_keys_is_named_with_what_to_do(
    tmp_path: Path, wrapping_key: bytes, name: str
):
    tmp_path.chmod(0o700)
    with pytest.raises(KeystoreMissingError, match="`idp init` makes a key store"):
        FileKeystore.open(tmp_path / name, wrapping_key)


def test_every_error_has_a_code_of_its_own():
    types: list[type[KeystoreError]] = [KeystoreError]
    for one in types:
        types += one.__subclasses__()
    assert len({error.code for error in types}) == len(types)
