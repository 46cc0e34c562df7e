"""Making a key store on disk.

A marker is the first file made and the last one removed. Whoever finds one knows that the folder
is somebody else's work in progress, or was left half made: two makers never mix their keys.
"""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from idp.domain.clock import Clock, Entropy
from idp.domain.secret_key import SECRET_BYTES, SecretDomain
from idp.domain.signing_key import ALGORITHMS, REQUIRED, Algorithm
from idp.keystore.births import Birth, make_signing_key, new_key_id, undo
from idp.keystore.errors import (
    KeyFileUnreadableError,
    KeystoreError,
    KeystoreExistsError,
    KeystoreUnfinishedError,
)
from idp.keystore.key_file import (
    MANIFEST_NAME,
    STORE_ID_BYTES,
    AnyKeyFile,
    Manifest,
    SecretKeyFile,
    Wrapper,
)
from idp.keystore.private_files import (
    FOLDER_MODE,
    UNFINISHED,
    check_folder,
    sync_folder,
    write_new_private,
    write_private,
)

# The repository keeps these two in its own folder of keys; they are never read.
IGNORED_NAMES: Final = frozenset({"README.md", ".gitignore"})
_MARKER_NAME: Final = ".being-made"
MOVING: Final = ".moving-"  # before the name of a file that is on its way in or out
_FIRST_VERSION: Final = 1


def names_in(folder: Path) -> set[str]:
    """Return the names of all files in a finished store; raise KeystoreUnfinishedError."""
    try:
        names = {path.name for path in folder.iterdir() if not on_its_way(path.name)}
        names -= IGNORED_NAMES
    except OSError as error:
        raise KeyFileUnreadableError(folder, error) from None
    if _MARKER_NAME in names:
        raise KeystoreUnfinishedError(
            f"{folder} is being made, or its making was stopped half-way. "
            "If nothing is making it now, delete the folder and make it again; "
            "none of its keys was ever used"
        )
    return names


def on_its_way(name: str) -> bool:
    """Tell whether a file is what a change writes, or left when it was stopped half-way."""
    return name.startswith((MOVING, f".{MOVING}")) or name == f".{MANIFEST_NAME}{UNFINISHED}"


def make_store(folder: Path, wrapper: Wrapper, entropy: Entropy, clock: Clock) -> None:
    """Make a whole key store in `folder`, which is new or empty, or leave no key behind.

    Raises a KeystoreError.
    """
    _prepare(folder)
    marker = _claim(folder)
    key_ids = [new_key_id(entropy) for _ in _algorithms(wrapper)]
    names: list[str] = []
    try:
        for name, content in _contents(wrapper, key_ids, entropy, clock).items():
            names.append(name)
            write_private(folder / name, content)
    except BaseException:
        for name in names:
            (folder / name).unlink(missing_ok=True)
        with suppress(KeystoreError):  # what stopped us may be that the token is gone
            undo(key_ids, wrapper)
        raise
    finally:
        marker.unlink()
    sync_folder(folder)


def _algorithms(wrapper: Wrapper) -> tuple[Algorithm, ...]:
    """Return what keys are made for: not every token knows all, so there the rest comes later."""
    return ALGORITHMS if wrapper.token is None else REQUIRED


def _contents(
    wrapper: Wrapper, key_ids: list[str], entropy: Entropy, clock: Clock
) -> dict[str, bytes]:
    """Make all keys and return what their files hold, by name."""
    store = entropy.bytes(STORE_ID_BYTES).hex()
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    files: list[AnyKeyFile] = []
    for alg, key_id in zip(_algorithms(wrapper), key_ids, strict=True):
        birth = Birth(store, alg, today, key_id)
        files.append(make_signing_key(birth, wrapper, entropy).file)
    for domain in SecretDomain:
        secret = SecretKeyFile(
            store=store, wrapped="", domain=domain, version=_FIRST_VERSION, created=today
        )
        files.append(secret.sealed(wrapper, entropy.bytes(SECRET_BYTES), entropy))
    contents = {file.name: file.to_bytes() for file in files}
    manifest = Manifest(
        store=store, wrapped="", token_key=wrapper.token_key, files=sorted(contents)
    )
    return contents | {MANIFEST_NAME: manifest.sealed(wrapper, b"", entropy).to_bytes()}


def _prepare(folder: Path) -> None:
    """Make sure of an empty folder that is ours alone."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        _refuse_non_empty(names_in(folder), folder)
        # A mounted volume comes with permissions of its own; nothing is in it yet.
        folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise KeyFileUnreadableError(folder, error) from None
    check_folder(folder)


def _claim(folder: Path) -> Path:
    marker = folder / _MARKER_NAME
    try:
        write_new_private(marker, b"")
    except FileExistsError:
        raise KeystoreUnfinishedError(f"{folder} is being made by another process") from None
    # Another maker may have come and gone between the first look and the marker.
    names = {path.name for path in folder.iterdir()} - IGNORED_NAMES - {_MARKER_NAME}
    if names:
        marker.unlink()
    _refuse_non_empty(names, folder)
    return marker


def _refuse_non_empty(names: set[str], folder: Path) -> None:
    if names:
        raise KeystoreExistsError(f"{folder} is not empty; nothing in it was touched")
