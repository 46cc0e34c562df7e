"""The words of the pages, in English and simplified Chinese, and which of them a person reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENGLISH = "en"
CHINESE = "zh-Hans"
LANGUAGES = {ENGLISH: "English", CHINESE: "简体中文"}


def read_words(folders: list[Path]) -> dict[str, Mapping[str, str]]:
    """Return all words by language; later folders win. Raises OSError or ValueError."""
    return {
        language: {
            name: text
            for folder in folders
            for name, text in json.loads(
                (folder / f"words.{language}.json").read_text(encoding="utf-8")
            ).items()
        }
        for language in LANGUAGES
    }


def choose_language(chosen: str | None, accepted: str) -> str:
    """Return the language: the one chosen here, else the best of ``Accept-Language``, else English.

    Never raises, whatever a browser sends.
    """
    if chosen in LANGUAGES:
        return chosen
    wanted = [tag for tag in accepted[:500].split(",") if _weight(tag) > 0]
    for tag in sorted(wanted, key=_weight, reverse=True):
        language = tag.partition(";")[0].strip().partition("-")[0].lower()
        if language in {"en", "zh"}:
            return CHINESE if language == "zh" else ENGLISH
    return ENGLISH


def _weight(tag: str) -> float:
    try:
        return float(tag.partition(";q=")[2] or 1)
    except ValueError:
        return 0.0
