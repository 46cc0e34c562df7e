"""A copy of a key store as it lies on disk: every key still wrapped, the wrapping key not in it."""

import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from idp.keystore.changing import changing, present
from idp.keystore.errors import (
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileUnreadableError,
    KeystoreExistsError,
)
from idp.keystore.key_file import MANIFEST_NAME, Manifest
from idp.keystore.making import IGNORED_NAMES
from idp.keystore.private_files import FOLDER_MODE, read_private, write_private

_FORMAT: Final = "network-id keys 1"


def copied(folder: Path) -> bytes:
    """Return all of a key store as one file's contents; nobody changes it meanwhile.

    Raises a KeystoreError.
    """
    with changing(folder):
        content = read_private(folder / MANIFEST_NAME)
        try:
            listed = Manifest.model_validate_json(content).files
        except ValidationError:
            raise KeyFileMalformedError(folder / MANIFEST_NAME) from None
        files = {name: read_private(present(folder, name)).decode() for name in listed}
    files[MANIFEST_NAME] = content.decode()
    return json.dumps({"format": _FORMAT, "files": files}, indent=1).encode() + b"\n"


def bring_back(copy: Path, folder: Path) -> int:
    """Write a copy into ``folder``, which is new or empty; return how many files.

    Who opens it finds whatever was altered. Raises a KeystoreError.
    """
    files = _files(copy)
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if {path.name for path in folder.iterdir()} - IGNORED_NAMES:
            raise KeystoreExistsError(
                f"{folder} is not empty; nothing in it was touched. Move it away first"
            )
        folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise KeyFileUnreadableError(folder, error) from None
    for name in sorted(files, key=MANIFEST_NAME.__eq__):  # the list last: it makes the store whole
        write_private(folder / name, files[name].encode())
    return len(files)


def _files(copy: Path) -> dict[str, str]:
    try:
        told = json.loads(copy.read_bytes())
        files: dict[str, str] = told["files"]
        if told["format"] != _FORMAT or MANIFEST_NAME not in files:
            raise KeyFileMalformedError(copy)
        for name, text in files.items():
            if name != Path(name).name or name.startswith(".") or not isinstance(text, str):
                raise KeyFileForeignError(copy, "it names a file outside of a key store")
    except OSError as error:
        raise KeyFileUnreadableError(copy, error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileMalformedError(copy) from None
    return files
