"""Writing ``settings.env``: one ``NAME='value'`` a line, readable by its owner only."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from idp.cli.failure import ExitCode, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HEAD = """\
# The settings of this instance. Variables of the environment go before what stands here.
# The wrapping key never stands here.
"""
# A quote, a line end or a ${NAME} would be read back as something else than was written.
_UNWRITABLE = re.compile(r"['\\\x00-\x1f\x7f]|\$\{")


def write_settings(path: Path, settings: Mapping[str, str]) -> None:
    """Put a settings file at ``path``, whole or not at all; empty values are left out.

    Raises Failure for a value that the file cannot hold; its text does not repeat the value.
    """
    for name, value in settings.items():
        if _UNWRITABLE.search(value):
            raise Failure(
                ExitCode.INPUT,
                "settings_refused",
                f"{name}: quotes, backslashes, control characters and ${{…}} cannot stand in it",
            )
    lines = [f"{name}='{value}'\n" for name, value in settings.items() if value]
    unfinished = path.with_name(f".{path.name}.new")
    with unfinished.open("w", encoding="utf-8") as file:
        unfinished.chmod(0o600)
        file.write(_HEAD + "".join(lines))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
