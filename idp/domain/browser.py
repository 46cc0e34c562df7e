"""A browser in two words: its family and its system, so that a person recognises their sessions.

What a browser says of itself (User-Agent, RFC 9110 §10.1.5) tells versions, models and builds apart
and is near to a fingerprint. Two words of short lists are kept, and nothing else of it.
"""

from __future__ import annotations

import re

from msgspec import Struct

UNKNOWN = "unknown"
_MAX_AGENT = 512

# In this order: nearly all of them say Chrome, Safari and Mozilla too.
_FAMILIES = (
    ("edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("opera", re.compile(r"\bOPR/|\bOPT/|\bOpera\b")),
    ("samsung", re.compile(r"\bSamsungBrowser/")),
    ("wechat", re.compile(r"\bMicroMessenger/")),
    ("firefox", re.compile(r"\bFirefox/|\bFxiOS/")),
    ("chrome", re.compile(r"\bChrom(?:e|ium)/|\bHeadlessChrome/|\bCriOS/")),
    ("safari", re.compile(r"\bSafari/")),
)
# Android says Linux too, and an iPad that asks for desktop pages says Macintosh.
_SYSTEMS = (
    ("iphone", re.compile(r"\biPhone\b|\biPod\b")),
    ("ipad", re.compile(r"\biPad\b")),
    ("harmonyos", re.compile(r"\bHarmonyOS\b|\bOpenHarmony\b")),
    ("android", re.compile(r"\bAndroid\b")),
    ("chromeos", re.compile(r"\bCrOS\b")),
    ("windows", re.compile(r"\bWindows\b")),
    ("mac", re.compile(r"\bMacintosh\b|\bMac OS X\b")),
    ("linux", re.compile(r"\bLinux\b|\bX11\b")),
)


class Browser(Struct, frozen=True):
    """Family and system, each one word of a short list or ``UNKNOWN``."""

    family: str = UNKNOWN
    system: str = UNKNOWN


NOT_TOLD = Browser()


def recognised(user_agent: str) -> Browser:
    """Return the two words for a User-Agent header; never fails, whatever is sent."""
    agent = user_agent[:_MAX_AGENT]
    return Browser(*(_first(words, agent) for words in (_FAMILIES, _SYSTEMS)))


def _first(words: tuple[tuple[str, re.Pattern[str]], ...], agent: str) -> str:
    return next((word for word, pattern in words if pattern.search(agent)), UNKNOWN)
