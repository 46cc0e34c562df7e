"""Fixtures for all tests, and two rules: sockets stay closed, and REQUIRE_ALL=1 allows no skip."""

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.support.by_npm import LEFT_OUT
from tests.support.time import FrozenClock, SeededEntropy

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.browser",
    "tests.support.live_demo",
    "tests.support.softhsm",
]

TESTS: Final = Path(__file__).parent
# These meet real servers, and only on this machine. Everywhere else a socket is an error.
LOOPBACK_FOLDERS: Final = frozenset(
    {"cli", "drill", "e2e", "faults", "interop", "outbound", "relying_parties"}
)
MISSING: Final = "is not installed (Debian: apt-get install "
LOOPBACK: Final = ["127.0.0.1", "::1", "localhost"]
SELDOM: Final = 10_000  # new objects between two looks for garbage


# How busy the machine is decides no test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# The servers and commands that tests start would all compile the same files again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Tests that run in the background may be deaf to Ctrl-C, and so would be what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# An ASGI transport looks for this, which is not installed, all over the disk before each request.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(TESTS) and _folder(item.path) in LOOPBACK_FOLDERS:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
        for name in ("postgres", "browser"):
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(name)
    _long_files_first(items)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among what stays: modules, and thousands of tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM, 10, 10)


def _long_files_first(items: list[pytest.Item]) -> None:
    """A long file that came last would leave the other workers without work."""
    long = {
        item.path
        for item in items
        if item.get_closest_marker("browser") or item.get_closest_marker("timeout")
    }
    items.sort(key=lambda item: item.path not in long)


def _folder(path: Path) -> str:
    return path.relative_to(TESTS).parts[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return _no_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return _no_skip(report)


def _no_skip(report: Report) -> Report:
    """Turn a skip into a failure with the same reason when nothing may be left out.

    Otherwise all tests that lack one program share one line of the summary.
    """
    if not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if LEFT_OUT in reason or os.environ.get("REQUIRE_ALL") != "1":
        if MISSING in reason or LEFT_OUT in reason:
            report.longrepr = ("tests/support", 1, reason)
    else:
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1 allows no skip. {reason}"
    return report
