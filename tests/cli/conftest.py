"""Running `idp`: in this process, or as one of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.cli import main
from idp.cli.making import Plan, make
from tests.support import ready_made

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Idp = Callable[..., Result]


@pytest.fixture(autouse=True)
def _unchanged_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away what this shell is set up for, and put back what a command changes."""
    ready_made.parse_keys_once(monkeypatch)
    for name in os.environ:
        if name.startswith("IDP_"):
            monkeypatch.delenv(name)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    umask = os.umask(0o022)
    yield
    os.umask(umask)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def idp(capsys: pytest.CaptureFixture[str]) -> Idp:
    def run(*arguments: str | Path) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def just_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an instance that nobody uses: making keys takes longer than most of these tests."""
    folder = tmp_path_factory.mktemp("made") / "instance"
    before, umask = signal.getsignal(signal.SIGTERM), os.umask(0o077)  # as the command itself does
    make(Plan(folder, "https://id.example", 8000))
    signal.signal(signal.SIGTERM, before)
    os.umask(umask)
    return folder


@pytest.fixture
def home(just_made: Path, tmp_path: Path) -> Path:
    """Give an instance just made, of the test's own."""
    folder = tmp_path / "instance"
    shutil.copytree(just_made, folder)
    settings = folder / "settings.env"
    settings.write_text(settings.read_text().replace(str(just_made), str(folder)))
    return folder


def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    """Start `idp` as a process that leads a group of its own, as a shell does."""
    return subprocess.Popen(
        [sys.executable, "-m", "idp.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
