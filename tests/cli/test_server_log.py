"""A server's own log, as whoever starts it has it."""

import fcntl
import json
import os
import urllib.request
from pathlib import Path

from tests.cli.test_serving import serving

SMALL = 4_096  # bytes; a hundred lines are more


def test_a_log_that_nobody_reads_holds_up_no_request(home: Path):
    with serving(home) as (process, port):
        assert process.stderr is not None
        reader = process.stderr.fileno()
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, SMALL)

        def ask(times: int) -> None:
            for _ in range(times):
                address = f"http://127.0.0.1:{port}/healthz/live"
                with urllib.request.urlopen(address, timeout=10) as answer:
                    assert answer.status == 200

        ask(100)
        assert len(os.read(reader, 1 << 20)) <= SMALL
        ask(1)
        told = [json.loads(one) for one in os.read(reader, 1 << 20).splitlines()]
    assert told[0]["event"] == "log_lost"
    assert {one["event"] for one in told[1:]} == {"request"}
    assert 0 < told[0]["lines"] < 100
