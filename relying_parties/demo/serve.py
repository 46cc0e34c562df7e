"""Starting a demo platform: ``python -m relying_parties.shop --port 8001``."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from relying_parties.demo.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

WRONG_USE = 2


def main(name: str, create_app: Callable[[Settings], FastAPI]) -> None:
    """Serve until stopped. Exits with 2 and one line when the environment is not complete."""
    parser = argparse.ArgumentParser(prog=f"python -m relying_parties.{name}")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="listen on this port of 127.0.0.1")
    where.add_argument("--fd", type=int, help="serve an inherited listening socket")
    arguments = parser.parse_args()
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)  # noqa: T201  # a command speaks
        sys.exit(WRONG_USE)
    # No access log: a callback's query string holds a code.
    config = uvicorn.Config(
        create_app(settings),
        port=arguments.port or 0,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="on",
    )
    inherited = None if arguments.fd is None else [socket.socket(fileno=arguments.fd)]
    uvicorn.Server(config).run(sockets=inherited)
