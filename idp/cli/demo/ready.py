"""Telling that the demo is ready: to a person, to a script, to a browser."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from idp.cli.demo.developer import PAGE
from idp.cli.demo.platforms import PLATFORMS
from idp.cli.failure import ExitCode, Failure

if TYPE_CHECKING:
    from idp.cli.demo.order import Answer, Order


def facts(order: Order, answer: Answer) -> dict[str, Any]:
    """Return what stands in the ready file."""
    return {
        "issuer": order.issuer,
        "platforms": [
            {
                "name": platform.name,
                "url": order.url(platform.program),
                "client_id": platform.client_id,
            }
            for platform in PLATFORMS
        ],
        "personas": answer.personas,
        "developer": {"environment": answer.developer, "public_client_id": PAGE},
    }


def told(found: dict[str, Any], folder: str) -> Group:
    """Return the same for a person, and how to become an operator of the instance in ``folder``.

    What is copied from it stands below the frame and unbroken, at the beginning of a line.
    """
    table = Table.grid(padding=(0, 2))
    for platform in found["platforms"]:
        table.add_row(escape(platform["name"]), f"[bold]{escape(platform['url'])}[/]")
    table.add_row("Network ID", f"[bold]{escape(found['issuer'])}[/]")
    table.add_row("", "")
    table.add_row("Sign in as", ", ".join(one["id"] for one in found["personas"]))
    panel = Panel(table, title="Network ID demo", subtitle="Ctrl-C stops all of it", expand=False)
    command = f"{_program()} operators add --home {shlex.quote(folder)} --name You --role support"
    operator = ["", "[bold]Become an operator[/] of this provider:", escape(command)]
    return Group(panel, *_own_app(found["developer"]), *operator)


def _program() -> str:
    """Return how this shell starts ``idp``: by its name, or where this environment has it."""
    beside = Path(sys.executable).with_name("idp")
    return "idp" if shutil.which("idp") or not beside.exists() else shlex.quote(str(beside))


def _own_app(developer: dict[str, Any]) -> list[str]:
    exported = [f"export {name}={value}" for name, value in developer["environment"].items()]
    page = f"NETWORK_ID_CLIENT_ID={developer['public_client_id']}"
    own = "[bold]Log people in to your own app[/], on any port of this machine."
    return [
        "",
        f"{own} Paste this into the terminal where you start it:",
        "",
        *(escape(line) for line in exported),
        "",
        f"It takes the answer at /callback. A page without a server has no secret: {escape(page)}",
        "What next: docs/quickstart.md for your own app, relying_parties/samples for ready ones.",
    ]


def check_writable(path: Path) -> None:
    """Raise Failure now rather than when all is ready."""
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK) or path.is_dir():
        raise Failure(ExitCode.INPUT, "ready_file_refused", f"{path} cannot be written")


def write_whole(path: Path, text: str) -> None:
    """Put a file at ``path``, whole or not at all, for its owner alone; raises Failure."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # a secret
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        unfinished.replace(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "ready_file_refused", f"{path}: {why}") from error


def has_display() -> bool:
    """Tell whether a browser could show a window here."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or sys.platform == "darwin"
