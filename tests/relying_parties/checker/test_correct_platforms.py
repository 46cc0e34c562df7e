"""Platforms that do everything right pass everything: by hand, by the SDK, by Authlib."""

from collections.abc import Callable
from typing import Any

import pytest

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
