"""The drill in short: keys rotate while people sign in, and a server dies on the way."""

from pathlib import Path

import pytest

from tests.drill.drill import Drill
from tests.drill.instance import running

SPEED, DAYS = 60, 360
LONG = 60  # seconds; a busy machine takes its time


@pytest.mark.timeout(240)
async def test_p7_a_rotation_with_a_kill_fails_no_verification(tmp_path: Path):
    async with running(tmp_path, speed=SPEED, days=DAYS, databases={}) as instance:
        drill = Drill(instance, pause=0.2)
        report = await drill.run(
            [["activate: not committed"]], rotations=1, theft=False, patience=LONG
        )
    log = (tmp_path / "servers.log").read_text(encoding="utf-8")
    assert report.well, (report.lines(), log[-2000:])
    assert report.rotations >= 1
    assert report.logins >= 1
    assert report.verifications > report.logins
