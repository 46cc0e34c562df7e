"""One page for several processes: counts add up, survive who counted, and are never read half."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import prometheus_client.values
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.values import MultiProcessValue

from idp.observability import scrape
from idp.observability.metrics import Metrics
from idp.observability.scrape import ENVIRONMENT, Folder
from tests.support.metrics import names_of, value

NOW: Final = 1_767_225_600
JWKS: Final = "netid_jwks_requests_total"
SECONDS: Final = "netid_request_seconds_count"
Process = Callable[[int], Metrics]


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    """Metrics as a worker process of that id keeps them: in files of the folder."""
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))

    def begin(pid: int) -> Metrics:
        kind = MultiProcessValue(lambda: pid)
        monkeypatch.setattr(prometheus_client.values, "ValueClass", kind)
        return Metrics(CollectorRegistry(), endpoints=["/jwks"], now=NOW)

    return begin


def page(folder: Folder) -> str:
    return scrape.render(folder.collect()).decode()


def test_counts_of_all_processes_add_up(process: Process, tmp_path: Path):
    one, other = process(1), process(2)
    one.request("/jwks", 200, 0.004)
    other.request("/jwks", 200, 0.04)
    told = page(Folder(tmp_path))
    assert value(told, JWKS) == 2
    assert value(told, SECONDS, {"endpoint": "/jwks"}) == 2
    at = {"endpoint": "/jwks", "le": "0.005"}
    assert value(told, "netid_request_seconds_bucket", at) == 1


def test_a_gauge_tells_of_the_process_that_is_worst_off(process: Process, tmp_path: Path):
    one, other = process(1), process(2)
    one.beat(NOW, lag=3.0)
    other.beat(NOW + 60, lag=0.0)
    one.keys_loaded(NOW - 500)
    other.drain()
    told = page(Folder(tmp_path))
    assert value(told, "netid_workers") == 2
    assert value(told, "netid_heartbeat_timestamp_seconds") == NOW
    assert value(told, "netid_keys_loaded_timestamp_seconds") == NOW - 500
    assert value(told, "netid_event_loop_lag_seconds") == 3
    assert value(told, "netid_draining") == 1


def test_what_a_dead_process_counted_stays_and_its_gauges_go(process: Process, tmp_path: Path):
    folder = Folder(tmp_path)
    for pid in (1, 2, 3):
        dead = process(pid)
        dead.beat(NOW, lag=9.0)
        dead.request("/jwks", 200, 0.1)
        folder.bury([9])
        assert value(page(folder), JWKS) == pid
        assert value(page(folder), SECONDS, {"endpoint": "/jwks"}) == pid
        assert not list(tmp_path.glob(f"*_{pid}.db"))
    assert "netid_workers" not in names_of(page(folder))


def test_the_living_are_not_buried(process: Process, tmp_path: Path):
    folder, living = Folder(tmp_path), process(1)
    living.beat(NOW, lag=0.0)
    folder.bury([1])
    living.request("/jwks", 200, 0.1)
    assert value(page(folder), "netid_workers") == 1
    assert value(page(folder), JWKS) == 1


def test_a_file_that_is_just_being_made_spoils_no_page(process: Process, tmp_path: Path):
    folder = Folder(tmp_path)
    process(1).request("/jwks", 200, 0.1)
    made = tmp_path / "counter_2.db"
    made.touch()
    assert value(page(folder), JWKS) == 1
    os.truncate(made, 1 << 16)
    assert value(page(folder), JWKS) == 1


def test_a_process_that_died_while_it_began_is_buried_all_the_same(
    process: Process, tmp_path: Path
):
    folder = Folder(tmp_path)
    process(1).request("/jwks", 200, 0.1)
    for kind in ("counter", "histogram", "gauge_livemax"):
        (tmp_path / f"{kind}_2.db").touch()
    folder.bury([1])
    assert value(page(folder), JWKS) == 1
