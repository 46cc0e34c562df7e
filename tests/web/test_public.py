"""Pages that ask nobody who they are."""

from pathlib import Path

import pytest

from tests.support.provider import running


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (0, None),
        (14, "for 14 days. Nobody but you reads it, and you can clear it.</li>"),
        (40, "and deleted within 1 day more."),
        (365, "and deleted within 12 days more."),
    ],
)
async def test_the_privacy_notice_says_when_history_leaves_the_disk(
    tmp_path: Path, days: int, told: str | None
):
    async with running(tmp_path, activity_days=days) as provider:
        page = (await provider.browser().get("/privacy")).text
    assert ("Your own history, encrypted" in page) == (told is not None)
    assert told is None or told in page
