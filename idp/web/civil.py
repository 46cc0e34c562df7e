"""Times as people write them: in the page's language, by the clock of the instance's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name
from msgspec import Struct

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = date(1970, 1, 1)
_LOCALES = {"en": "en_GB", "zh-Hans": "zh_Hans_CN"}


class Civil(Struct, frozen=True):
    """Words for times and places. ``tag`` is the language of the page."""

    zone: ZoneInfo
    tag: str

    def day(self, days: int) -> str:
        """Return a day since the epoch: ``25 November 2026``."""
        return self._long(_EPOCH + timedelta(days=days))

    def day_of(self, epoch: int) -> str:
        """Return the day on which a moment lies here."""
        return self._long(self._local(epoch).date())

    def weekday_of(self, epoch: int) -> str:
        """Return the day on which a moment lies here, with its day of the week."""
        return format_date(self._local(epoch).date(), format="full", locale=_LOCALES[self.tag])

    def clock(self, epoch: int) -> str:
        """Return the time of day: ``16:05``."""
        return format_time(self._local(epoch).time(), "HH:mm", locale=_LOCALES[self.tag])

    def moment(self, epoch: int) -> str:
        """Return day and time of day: ``25 November 2026, 16:05``."""
        between = " " if self.tag.startswith("zh") else ", "
        return f"{self.day_of(epoch)}{between}{self.clock(epoch)}"

    def zone_name(self, epoch: int) -> str:
        """Return what the time zone is called at a moment, summer time told apart."""
        return get_timezone_name(self._local(epoch), locale=_LOCALES[self.tag])

    def country(self, code: str) -> str:
        """Return the name of a country (ISO 3166-1 alpha-2); the code itself if it has none."""
        return str(Locale.parse(_LOCALES[self.tag]).territories.get(code, code))

    def _local(self, epoch: int) -> datetime:
        return datetime.fromtimestamp(epoch, UTC).astimezone(self.zone)

    def _long(self, day: date) -> str:
        return format_date(day, format="long", locale=_LOCALES[self.tag])
