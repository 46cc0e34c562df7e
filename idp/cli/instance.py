"""An instance on disk: opening the one there is, and what is wrong with it in one line."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from idp.cli.failure import ExitCode, Failure
from idp.keystore.errors import KeystoreError
from idp.settings import SettingsRefused, load
from idp.storage import schema
from idp.storage.database import Misfit, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeVar

    from idp.settings import Settings

    Found = TypeVar("Found")

_URL = re.compile(r"sqlite:///.+|postgresql://.*", re.DOTALL)


@contextmanager
def one_line() -> Iterator[None]:
    """Turn what an operator can mend into a Failure that says how."""
    try:
        yield
    except SettingsRefused as error:
        raise Failure(ExitCode.INSTANCE, "settings_refused", str(error)) from error
    except KeystoreError as error:
        raise Failure(ExitCode.INSTANCE, error.code, str(error)) from error
    except Unavailable as error:
        raise unavailable("a", error) from error


def settings_of(home: Path | None) -> Settings:
    """Read the instance in ``home`` (default: ``IDP_HOME``); raises Failure."""
    with one_line():
        settings = load(home)
    for url in (settings.database_url, settings.enrolment_database_url):
        check_url(url)
    return settings


def check_url(url: str) -> None:
    """Refuse a database that this program does not know; the URL may hold a password."""
    if not _URL.fullmatch(url):
        raise Failure(
            ExitCode.INSTANCE,
            "database_url_refused",
            "a database URL is sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
        )


def stores(settings: Settings) -> dict[schema.Store, str]:
    """Return the URL of each of the two databases."""
    return {
        schema.Store.PROVIDER: settings.database_url,
        schema.Store.ENROLMENT: settings.enrolment_database_url,
    }


def asking(store: schema.Store, work: Callable[[], Found]) -> Found:
    """Do ``work`` on a database; raises Failure ``database_unavailable`` whatever its driver says.

    Each driver has errors of its own, and their texts may hold the URL with its password: only the
    name of the error's type is told.
    """
    try:
        return work()
    except Exception as error:
        raise unavailable(f"the {store}", error) from error


def unavailable(which: str, error: Exception) -> Failure:
    """Return the Failure for a database that does not answer."""
    if isinstance(error, Misfit):
        return Failure(ExitCode.INSTANCE, "database_misfit", str(error))
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    # SQLite's own name of what is wrong holds no secret, and tells a lock from a full disk.
    names = (type(cause).__name__, getattr(cause, "sqlite_errorname", None))
    why = str(error) if isinstance(cause, Unavailable) else " ".join(filter(None, names))
    return Failure(
        ExitCode.UNAVAILABLE,
        "database_unavailable",
        f"{which} database does not answer ({why}). Look at IDP_DATABASE_URL and "
        "IDP_ENROLMENT_DATABASE_URL, and whether the database server runs",
    )
