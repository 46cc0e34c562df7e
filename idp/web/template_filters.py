"""Filters and tests of the templates: small, pure, and safe on any text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from babel.dates import format_date

if TYPE_CHECKING:
    from collections.abc import Callable

_GROUP = 5
_EPOCH = date(1970, 1, 1)
_DATES = {"en": "en_GB", "zh-Hans": "zh_Hans"}


def groups_of_five(network_id: str) -> list[str]:
    """Cut a network ID, with or without hyphens, into the groups it is shown in (DESIGN §4)."""
    characters = network_id.replace("-", "")
    return [characters[i : i + _GROUP] for i in range(0, len(characters), _GROUP)]


def utc(epoch: int) -> str:
    """Return whole seconds since the epoch as ``2026-11-23 23:21:05 UTC``."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S} UTC"


def iso(epoch: int) -> str:
    """Return whole seconds since the epoch as RFC 3339, for ``<time datetime>``."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"


def iso_day(days: int) -> str:
    """Return a day since the epoch as ``2026-11-23``, for ``<time datetime>``."""
    return (_EPOCH + timedelta(days=days)).isoformat()


def long_day(days: int, tag: str) -> str:
    """Return a day since the epoch as people of a language write it: ``23 November 2026``."""
    return format_date(_EPOCH + timedelta(days=days), format="long", locale=_DATES[tag])


def initial(name: str) -> str:
    """Return the first letter of a platform's name, which stands where a logo is missing."""
    return next((character.upper() for character in name if character.isalnum()), "·")


def is_web_address(text: object) -> bool:
    """Tell whether a platform's link may be shown: no ``javascript:``, no ``data:`` (CWE-79)."""
    if not isinstance(text, str):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.netloc)


FILTERS: dict[str, Callable[..., object]] = {
    "groups_of_five": groups_of_five,
    "utc": utc,
    "iso": iso,
    "iso_day": iso_day,
    "long_day": long_day,
    "initial": initial,
}
TESTS: dict[str, Callable[..., bool]] = {"web_address": is_web_address}
