"""Which machine and which versions the figures are of."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.benchmarks.peer import HERE, node
from tests.benchmarks.providers import NotHere
from tests.support.postgres import find_programs

PACKAGES: Final = (
    "asyncpg",
    "cryptography",
    "fastapi",
    "joserfc",
    "SQLAlchemy",
    "starlette",
    "uvicorn",
    "uvloop",
)
PEER_PACKAGES: Final = ("oidc-provider", "koa", "jose", "pg")


def describe() -> dict[str, str]:
    """Return machine and versions, by what they are of."""
    told = {
        "CPU": f"{_cpu()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }
    programs = find_programs()
    if programs is not None:
        told["PostgreSQL"] = _said_by(programs / "postgres", "--version").split(" ", 2)[-1]
    try:
        told["Node"] = _said_by(node(), "--version")
    except NotHere:
        return told
    told["the peer's packages"] = ", ".join(f"{name} {_locked(name)}" for name in PEER_PACKAGES)
    return told


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _locked(package: str) -> str:
    file = HERE / "node_modules" / package / "package.json"
    return str(json.loads(file.read_text(encoding="utf-8"))["version"])


def _said_by(program: Path, *words: str) -> str:
    done = subprocess.run([program, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()
