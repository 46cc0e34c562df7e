"""``idp serve`` by itself: a process that serves holds no other command in its memory."""

# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.options import Home  # noqa: TC001 - read by typer


def serve(
    home: Home = None,
    host: Annotated[
        str | None,
        typer.Option(help="Listen on this address; 0.0.0.0 or :: for all. [default: IDP_HOST]"),
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="[default: IDP_PORT]")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Server processes. [default: IDP_WORKERS]")
    ] = None,
    fd: Annotated[
        int | None, typer.Option(min=0, help="Serve an inherited listening socket.")
    ] = None,
    timeout_graceful_shutdown: Annotated[
        int, typer.Option(min=1, help="Seconds that requests may still take after SIGTERM.")
    ] = 10,
) -> None:
    """Serve an instance: http, or https where IDP_TLS_CERT and IDP_TLS_KEY are set."""
    from idp.cli import serving

    wishes = serving.Wishes(home, host, port, workers, fd, timeout_graceful_shutdown)
    serving.serve(wishes)


_alone = typer.Typer(
    add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
)
_alone.command()(serve)
command = typer.main.get_command(_alone)
