"""What a kept demo leaves beside its instance: the sign that it is a demo, and its ports."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from idp.cli.failure import ExitCode, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MARK = "demo.json"
_SETTINGS = "settings.env"


def is_kept(folder: Path) -> bool:
    """Tell whether a demo kept its instance here; raises Failure where another instance is."""
    if not (folder / _SETTINGS).exists():
        return False
    if not (folder / _MARK).exists():
        raise Failure(
            ExitCode.INPUT,
            "not_a_demo",
            f"{folder} holds an instance that no demo made; it was not touched",
        )
    return True


def read_ports(folder: Path | None) -> dict[str, int]:
    """Return the ports by program, so that addresses stay as they were; empty when new."""
    if folder is None or not is_kept(folder):
        return {}
    try:
        known = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # then they are new ones


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made if need be; raises Failure while another demo holds it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "folder_refused", f"{folder}: {why}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Failure(
            ExitCode.INPUT, "demo_running", f"a demo is running in {folder}; stop it first"
        ) from error
    else:
        yield
    finally:
        os.close(descriptor)


def write_ports(folder: Path, ports: Mapping[str, int]) -> None:
    """Mark the folder as a demo's."""
    (folder / _MARK).write_text(json.dumps(dict(ports)) + "\n", encoding="utf-8")
