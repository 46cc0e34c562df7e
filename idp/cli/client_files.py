"""A folder of client files: ``ID.json`` is a client's metadata, ``ID.png`` beside it its logo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.cli.failure import ExitCode, Failure
from idp.cli.registry import CLIENT_ID, read_document, read_file
from idp.services.client_set import Wanted

if TYPE_CHECKING:
    from pathlib import Path


def read_folder(folder: Path) -> dict[str, tuple[Path, Wanted]]:
    """Return every client of a folder with its file, by id.

    Raises Failure: ``folder_unreadable``, or ``metadata_refused`` that names each file at fault.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "folder_unreadable", f"{folder}: {why}") from error
    found: dict[str, tuple[Path, Wanted]] = {}
    wrong: list[str] = []
    for file in files:
        try:
            wanted = _read(file)
        except Failure as failure:
            wrong.append(str(failure))
            continue
        if wanted.client_id in found:
            other = found[wanted.client_id][0].name
            wrong.append(f"{file}: client_id: {wanted.client_id} is that of {other} too")
        found.setdefault(wanted.client_id, (file, wanted))
    if wrong:
        raise refused(wrong)
    return found


def refused(reasons: list[str]) -> Failure:
    """Return the Failure for files that cannot be; nothing has changed."""
    return Failure(ExitCode.INPUT, "metadata_refused", f"nothing was changed: {'; '.join(reasons)}")


def _read(file: Path) -> Wanted:
    document = read_document(file)
    client_id = document.pop("client_id", file.stem)
    if not isinstance(client_id, str) or not CLIENT_ID.fullmatch(client_id):
        raise Failure(
            ExitCode.INPUT,
            "metadata_refused",
            f"{file}: client_id: takes letters, digits and . _ ~ - (1 to 64), and so does the "
            "name of the file, which stands for it",
        )
    logo = file.with_suffix(".png")
    return Wanted(client_id, document, read_file(logo) if logo.exists() else None)
