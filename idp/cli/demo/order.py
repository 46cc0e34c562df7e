"""What the demo and its provider tell each other: one JSON line each way."""

from __future__ import annotations

import json
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import asdict

from idp.cli.failure import ExitCode, Failure


class Order(Struct, frozen=True):
    """What the demo's provider is to be. ``ports`` holds the platforms' too, by program."""

    folder: str
    ports: dict[str, int]

    def url(self, program: str) -> str:
        """Return where a program is reached."""
        return f"http://localhost:{self.ports[program]}"

    @property
    def issuer(self) -> str:
        """The provider's own address."""
        return self.url("provider")

    @property
    def listeners(self) -> str:
        """Where the provider may deliver on this machine: at the platforms alone."""
        others = (port for program, port in self.ports.items() if program != "provider")
        return ",".join(f"localhost:{port}" for port in others)

    def line(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Self:
        """Read what ``line`` wrote."""
        return cls(**json.loads(line))


class Answer(Struct, frozen=True):
    """What the provider has made: the environment of each program, and whom to sign in as.

    ``developer`` is the environment for an app of the developer's own.
    """

    environments: dict[str, dict[str, str]]
    developer: dict[str, str]
    personas: list[dict[str, str]]

    def line(self) -> str:
        """Return it as one line. It holds secrets, and goes through a pipe only."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def failure_line(failure: Failure) -> str:
    """Return a failure as the line in an answer's place."""
    told = {"failure": [failure.exit_code, failure.code, str(failure)]}
    return json.dumps(told, ensure_ascii=False) + "\n"


def read_answer(line: str) -> Answer:
    """Return the answer; raises the Failure that stands in its place."""
    told: dict[str, Any] = json.loads(line)
    if "failure" in told:
        exit_code, code, text = told["failure"]
        raise Failure(ExitCode(exit_code), code, text)
    return Answer(**told)
