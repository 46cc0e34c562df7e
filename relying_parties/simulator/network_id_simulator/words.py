"""The words that people read, in English and simplified Chinese, and which of them they read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = {"en": "English", "zh-Hans": "简体中文"}
_HERE: Final = Path(__file__).parent


def read() -> dict[str, Mapping[str, str]]:
    """Return the words by language."""
    return {
        tag: json.loads((_HERE / "words" / f"{tag}.json").read_text(encoding="utf-8"))
        for tag in LANGUAGES
    }


def choose(*wanted: str | None) -> str:
    """Return the first language of ``wanted`` that there is, English if none is.

    Each may be a list of tags, as in ``ui_locales`` and ``Accept-Language``. Never raises.
    """
    for text in wanted:
        for tag in (text or "")[:500].replace(",", " ").split():
            short = tag.partition(";")[0].partition("-")[0].lower()
            if short in {"en", "zh"}:
                return "zh-Hans" if short == "zh" else "en"
    return "en"
