"""Where the CPU time of our server goes: samples by part, by function, and by what calls it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Stack = tuple[str, ...]
_OURS: Final = re.compile(r".*?/(idp/[a-z_]+)(?:/|\.py)")
_PACKAGE: Final = re.compile(r".*/site-packages/([A-Za-z0-9_]+)")
_SHOWN: Final = 24


def read(file: Path) -> dict[Stack, int]:
    """Return how often each stack was seen, innermost function first (``sampled`` wrote them)."""
    seen: Counter[Stack] = Counter()
    for stack, count in json.loads(file.read_text(encoding="utf-8")):
        seen[tuple(stack)] += count
    return dict(seen)


def part(function: str) -> str:
    """Return which part of the program a function is of: our layer, a package, or the library."""
    package = _PACKAGE.match(function)
    if package is not None:
        return package[1]
    ours = _OURS.match(function)
    return "Python's library" if ours is None else ours[1]


def short(function: str) -> str:
    """Return a function's name without the folders above its package."""
    return re.sub(r"^.*/(?:site-packages|python3\.\d+|(?=idp/))/?", "", function)


def _shares(counts: Counter[str], total: int) -> Iterable[str]:
    for name, count in counts.most_common(_SHOWN):
        yield f"{count / total:6.1%}  {name}"


def tell(seen: dict[Stack, int]) -> list[str]:
    """Return the profile as lines of text."""
    total = sum(seen.values())
    if not total:
        return ["no samples"]
    parts: Counter[str] = Counter()
    own: Counter[str] = Counter()
    under: Counter[str] = Counter()
    for stack, count in seen.items():
        parts[part(stack[0])] += count
        own[short(stack[0])] += count
        for function in {one for one in stack if part(one).startswith("idp/")}:
            under[short(function)] += count
    return [
        f"{total} samples of CPU time, one at each of its ticks",
        "",
        "by part (innermost function):",
        *_shares(parts, total),
        "",
        "by function, itself:",
        *_shares(own, total),
        "",
        "by function of ours, with all that it calls:",
        *_shares(under, total),
    ]


def collapsed(seen: dict[Stack, int]) -> str:
    """Return the samples as flame graph tools read them: ``outer;inner count`` a line."""
    return "".join(
        f"{';'.join(short(one) for one in reversed(stack))} {count}\n"
        for stack, count in sorted(seen.items())
    )
