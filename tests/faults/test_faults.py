"""The faults in short: the same functions on one small instance, one after the other."""

import os
import socket
from pathlib import Path

import pytest

from tests.faults import aborted, clocks, codes, kills, outage, refreshes
from tests.faults.fault import Fault, Outcome, World
from tests.faults.list import FAULTS
from tests.faults.platform import Platform
from tests.support.nodes import Nodes
from tests.support.postgres import Postgres

CODES, CHAINS, REQUESTS, SECONDS = 6, 2, 40, 0.5


async def in_short(
    nodes: Nodes, *, killed: int, cluster: Postgres | None = None
) -> dict[str, Outcome]:
    apart = (await clocks.keep_apart(nodes, 1)).outcome()  # and all that follows, too
    platform = await Platform.register(nodes)
    raced = codes.judged(await codes.race_codes(platform, CODES))
    chains = (await refreshes.race_chains(platform, CHAINS)).outcome()
    cut = (await aborted.abort(nodes, REQUESTS)).outcome()
    outcomes = {"apart": apart, "codes": raced, "refreshes": chains, "cut": cut}
    if cluster is None:
        outcomes["full"] = await outage.fill(nodes, platform, SECONDS)
    else:
        outcomes["read-only"] = await outage.forbid(nodes, platform, cluster, SECONDS)
    if killed:
        told = await kills.kill_servers(nodes, killed)
        outcomes["killed"] = kills.judged(told, killed, "a provider")
    return outcomes


@pytest.mark.timeout(240)
@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 9700 §4.14.2")
async def test_p8_faults_break_no_promise_on_sqlite(tmp_path: Path):
    async with World(tmp_path).nodes("sqlite", started=False) as nodes:
        outcomes = await in_short(nodes, killed=1)
    assert {name: one.wrong for name, one in outcomes.items() if not one.well} == {}


@pytest.mark.timeout(240)
@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 9700 §4.14.2")
async def test_p8_faults_break_no_promise_on_postgresql(tmp_path: Path, postgres: Postgres):
    async with World(tmp_path).nodes("postgresql", cluster=postgres, started=False) as nodes:
        outcomes = await in_short(
            nodes, killed=0, cluster=postgres
        )  # see tests/promises/test_p8_kill.py
    assert {name: one.wrong for name, one in outcomes.items() if not one.well} == {}


def test_a_connection_that_is_kept_is_counted():
    before = aborted.connections(os.getpid())
    with socket.create_server(("127.0.0.1", 0)) as door:
        there = socket.create_connection(door.getsockname())
        here, _ = door.accept()
        there.close()
        assert aborted.connections(os.getpid()) == before + 1
        here.close()
        assert aborted.connections(os.getpid()) == before


def test_every_fault_has_a_name_of_its_own():
    assert all(isinstance(one, Fault) for one in FAULTS)
    assert len({one.name for one in FAULTS}) == len(FAULTS)
