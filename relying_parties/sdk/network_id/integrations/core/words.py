"""The words of the few pages that an integration shows, in English and simplified Chinese."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
CHINESE: Final = "zh-Hans"
LONGEST_HEADER = 500


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the words of a language: ``denied.title``, ``denied.text`` and so on."""
    file = Path(__file__).with_name(f"words.{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def choose_language(accepted: str) -> str:
    """Return the better of our languages for an ``Accept-Language`` header; never raises."""
    tags = accepted[:LONGEST_HEADER].split(",")
    wanted = sorted((tag for tag in tags if _weight(tag) > 0), key=_weight, reverse=True)
    for tag in wanted:
        language = tag.partition(";")[0].strip().partition("-")[0].lower()
        if language in {"en", "zh"}:
            return CHINESE if language == "zh" else ENGLISH
    return ENGLISH


def _weight(tag: str) -> float:
    try:
        return float(tag.partition(";q=")[2] or 1)
    except ValueError:
        return 0.0
