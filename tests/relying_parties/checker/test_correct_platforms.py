"""Platforms that do everything right pass everything: by hand, by the SDK, by Authlib.

One of openid-client for Node stands in tests/interop/test_checked_node.py.
"""

from collections.abc import Callable
from typing import Any

import pytest
from network_id_simulator.checker.verdict import Verdict

from tests.relying_parties.checker.by_hand import ByHand, Way
from tests.relying_parties.checker.with_authlib import WithAuthlib
from tests.relying_parties.checker.with_sdk import WithSdk
from tests.relying_parties.checker.world import OneTown, advice, findings


@pytest.mark.parametrize("make", [ByHand, WithSdk, WithAuthlib])
async def test_a_correct_platform_passes(make: Callable[[Way], Any]):
    town = OneTown(logout=make is not WithAuthlib)
    report = await town.check(make(town.way).app)
    assert findings(report) == {}
    assert advice(report) == {}
    assert report.told_by == "https://shop.example/"


async def test_a_platform_that_pushes_its_requests_is_seen_as_well():
    town = OneTown(logout=False)
    app = WithSdk(town.way, pushed=True).app
    report = await town.check(app, only=["par-error", "endpoint", "nonce"], skip=["logout"])
    assert findings(report) == {}
    told = {line.name: line for line in report.lines}
    assert {told[name].verdict for name in ("par-503", "par-error-server-error")} == {Verdict.RIGHT}
    assert {told[name].verdict for name in ("state", "nonce", "pkce")} == {Verdict.RIGHT}
