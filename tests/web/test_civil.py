"""Times by the clock of the instance's zone, in the language of the page."""

from zoneinfo import ZoneInfo

import pytest

from idp.web.civil import Civil

NEW_YEARS_EVE = 1_767_222_000  # 2025-12-31T23:00:00Z


@pytest.mark.parametrize(
    ("zone", "tag", "moment", "weekday", "called"),
    [
        ("UTC", "en", "31 December 2025, 23:00", "Wednesday, 31", "Coordinated Universal Time"),
        ("Asia/Shanghai", "en", "1 January 2026, 07:00", "Thursday, 1", "China Standard Time"),
        ("Asia/Shanghai", "zh-Hans", "2026年1月1日 07:00", "2026年1月1日星期四", "中国标准时间"),
    ],
)
def test_a_moment_is_told_as_people_there_write_it(
    zone: str, tag: str, moment: str, weekday: str, called: str
):
    civil = Civil(ZoneInfo(zone), tag)
    assert civil.moment(NEW_YEARS_EVE) == moment
    assert civil.weekday_of(NEW_YEARS_EVE).startswith(weekday)
    assert civil.zone_name(NEW_YEARS_EVE) == called


def test_countries_have_names_and_what_is_none_keeps_its_code():
    assert Civil(ZoneInfo("UTC"), "en").country("AT") == "Austria"
    assert Civil(ZoneInfo("UTC"), "zh-Hans").country("AT") == "奥地利"
    assert Civil(ZoneInfo("UTC"), "en").country("QQ") == "QQ"
