"""``idp init``: makes an instance whole, or leaves nothing.

Everything is made in one folder inside the instance's own, and moved up when all of it is there,
the settings last: a folder with a ``settings.env`` is a finished instance. A folder inside, because
the instance's own may be a mounted volume, which cannot be renamed into place.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.app import SystemClock, SystemEntropy, make_keystore, unmake_keystore
from idp.cli.ending import end_in_order
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking, check_url, one_line
from idp.cli.owned import check_unowned
from idp.cli.settings_file import write_settings
from idp.keystore.errors import KeystoreError
from idp.keystore.files import FileKeystore
from idp.keystore.key_file import MANIFEST_NAME
from idp.keystore.wrapping import read_wrapping_key, write_wrapping_key
from idp.settings import SETTINGS_FILE, WRAPPING_KEY, load, secret_from_environment
from idp.storage import schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from idp.settings import Settings

PROVIDER_FILE = "provider.sqlite3"
ENROLMENT_FILE = "enrolment.sqlite3"
WRAPPING_KEY_FILE = "wrapping.key"
_UNFINISHED = ".being-made"
_TOLERATED = frozenset({"lost+found"})  # in every fresh volume
_OWNER_ONLY = 0o700


class Plan(Struct, frozen=True):
    """What to make. Empty values are left to their defaults.

    Without a database URL, the databases are SQLite files in the folder.
    """

    folder: Path
    issuer: str
    port: int
    database_url: str = ""
    enrolment_database_url: str = ""
    wrapping_key_file: Path | None = None
    more: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The label of the token that the keys are made in; empty where they are in files."""
        return self.more.get("IDP_PKCS11_TOKEN", "") if self.more.get("IDP_KEYSTORE") else ""

    def settings(self) -> dict[str, str]:
        """Return what stands in the settings file, by name."""
        provider = f"sqlite:///{self.folder / PROVIDER_FILE}"
        enrolment = f"sqlite:///{self.folder / ENROLMENT_FILE}"
        file = "" if self.wrapping_key_file is None else str(self.wrapping_key_file)
        return {
            "IDP_ISSUER": self.issuer,
            "IDP_PORT": str(self.port),
            "IDP_DATABASE_URL": self.database_url or provider,
            "IDP_ENROLMENT_DATABASE_URL": self.enrolment_database_url or enrolment,
            "IDP_WRAPPING_KEY_FILE": file,
            **self.more,
        }


class Made(Struct, frozen=True):
    """An instance just made; ``wrapping_key`` is the file it was written to, if it was."""

    folder: Path
    wrapping_key: Path | None


def make(plan: Plan) -> Made:
    """Make the instance. Raises Failure, and then nothing has changed.

    (A database server's databases may then hold empty tables; the next attempt goes on with them.)
    """
    end_in_order()
    for url in (plan.database_url, plan.enrolment_database_url):
        if url:
            check_url(url)
    with _staging(plan.folder) as staging, one_line():
        write_settings(staging / SETTINGS_FILE, plan.settings())
        settings = load(staging)  # refuses what `idp serve` would refuse
        with _keys(plan, settings) as written:
            _databases(plan, staging)
            _move_up(staging, plan.folder)
    moved = written is not None and written.is_relative_to(staging)
    return Made(plan.folder, plan.folder / WRAPPING_KEY_FILE if moved else written)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    there_before = folder.exists()
    try:
        folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        _refuse_non_empty(folder)
        staging = folder / _UNFINISHED
        staging.mkdir(mode=_OWNER_ONLY)
        folder.chmod(_OWNER_ONLY)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "folder_refused", f"{folder}: {why}") from error
    try:
        yield staging
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        if not there_before and not any(folder.iterdir()):
            folder.rmdir()
        raise
    staging.rmdir()


def _refuse_non_empty(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()} - _TOLERATED
    if _UNFINISHED in names:
        raise Failure(
            ExitCode.INPUT,
            "folder_unfinished",
            f"{folder} is being made, or its making was stopped half-way. If nothing is making it "
            "now, delete the folder and make it again; nothing in it was ever used",
        )
    if names:
        raise Failure(
            ExitCode.INPUT,
            "folder_not_empty",
            f"{folder} is not empty, and nothing in it was touched. Choose a new folder",
        )


@contextmanager
def _keys(plan: Plan, settings: Settings) -> Iterator[Path | None]:
    """Make the keys, for good once the block succeeds; gives the file of a new wrapping key."""
    folder, written = settings.keys_folder, None
    try:
        if settings.keystore == "pkcs11":
            make_keystore(folder, settings)
        else:
            key, written = _wrapping_key(plan, settings.home)
            FileKeystore.create(folder, key, SystemEntropy(), SystemClock())
        yield written
    except BaseException:
        if written is not None:
            written.unlink(missing_ok=True)
        if settings.keystore == "pkcs11" and (folder / MANIFEST_NAME).exists():
            with suppress(KeystoreError):  # what stopped us may be that the token is gone
                unmake_keystore(folder, settings)
        raise


def _wrapping_key(plan: Plan, staging: Path) -> tuple[bytes, Path | None]:
    """Return the wrapping key, and the file it was written to when it is a new one."""
    value, file = secret_from_environment(WRAPPING_KEY), plan.wrapping_key_file
    if value is not None or (file is not None and file.exists()):
        return read_wrapping_key(value, file), None
    written = file or staging / WRAPPING_KEY_FILE
    return write_wrapping_key(written, SystemEntropy()), written


def _databases(plan: Plan, staging: Path) -> None:
    urls = {
        schema.Store.PROVIDER: plan.database_url or f"sqlite:///{staging / PROVIDER_FILE}",
        schema.Store.ENROLMENT: plan.enrolment_database_url
        or f"sqlite:///{staging / ENROLMENT_FILE}",
    }
    check_unowned(urls)
    for store, url in urls.items():
        asking(store, partial(schema.upgrade, store, url))


def _move_up(staging: Path, folder: Path) -> None:
    names = sorted((path.name for path in staging.iterdir()), key=SETTINGS_FILE.__eq__)
    moved: list[str] = []
    try:
        for name in names:
            (staging / name).rename(folder / name)
            moved.append(name)
    except BaseException:
        for name in moved:  # back, where it is removed with the rest
            (folder / name).rename(staging / name)
        raise
