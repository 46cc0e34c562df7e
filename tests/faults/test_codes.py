"""P8 in short: clients race for codes at two servers, each a process of its own."""

from pathlib import Path

import pytest

from tests.faults.codes import judged, race_codes
from tests.faults.fault import World
from tests.faults.platform import Platform

CODES = 12


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_p8_racers_at_two_servers_redeem_each_code_once_and_hear_invalid_grant(
    tmp_path: Path,
):
    async with World(tmp_path).nodes("sqlite") as nodes:
        outcome = judged(await race_codes(await Platform.register(nodes), CODES))
    assert outcome.well, outcome.wrong
