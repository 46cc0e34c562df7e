"""The options that many commands share, annotated once, so that they read the same everywhere.

What goes for every command: one that only looks needs no permission. One that changes something has
``--dry-run``. One that takes something away says what it would do and asks; where nobody can be
asked, it does nothing without ``--yes`` and says so (``idp.cli.asking.agreed``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", envvar="IDP_HOME", help="The instance's folder, made by `idp init`."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

# One kid in 64 does, and so do older client ids: what looks like an option and is none is taken for
# one by these commands.
ID_MAY_BEGIN_WITH_A_DASH = {"ignore_unknown_options": True}
