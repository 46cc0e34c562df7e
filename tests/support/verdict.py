"""What the thief's guesses are worth, judged by whoever has the keys (promise P3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, Final

from tests.support import thief

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.support.country import Truth
    from tests.support.dumps import Row

SIGMAS: Final = 5  # beyond chance by this much happens once in three million honest runs


@dataclass(frozen=True)
class Verdict:
    """Guesses that were right, of how many, and how many a guesser without a dump gets right."""

    right: int
    of: int
    by_chance: float

    @property
    def better_than_chance(self) -> bool:
        share = self.by_chance / max(1, self.of)
        spread = sqrt(self.of * share * (1 - share))
        return self.right > self.by_chance + SIGMAS * spread + 1


def units_of(truth: Truth, row: Row) -> set[tuple[bytes, str]]:
    """Whom a row is about, and at which platform (none: ''), by its tags and clear ids."""
    units = {truth.units[cell] for cell in row if isinstance(cell, bytes) and cell in truth.units}
    people = {(cell, "") for cell in row if isinstance(cell, bytes) and cell in truth.people}
    return units | people


def is_known(truth: Truth, row: Row) -> bool:
    """Whether it can be told whom a row is about."""
    return any(
        cell in truth.units or cell in truth.people for cell in row if isinstance(cell, bytes)
    )


def joined_units(truth: Truth, groups: Iterable[Sequence[Row]]) -> int:
    """How many groups hold rows of one person at two platforms, or of a person and a platform."""
    joined = 0
    for group in groups:
        units = {unit for row in group for unit in units_of(truth, row)}
        joined += any(one[0] == other[0] for one, other in combinations(sorted(units)[:50], 2))
    return joined


def same_person(truth: Truth, pairs: Sequence[tuple[Row, Row]]) -> Verdict:
    """How many pairs of rows are of one person; by chance: of as many pairs drawn at random."""
    one = [_person(truth, row) for row, _ in pairs]
    other = [_person(truth, row) for _, row in pairs]
    right = sum(
        mine is not None and mine == theirs for mine, theirs in zip(one, other, strict=True)
    )
    seen = Counter(other)
    by_chance = sum(seen[person] for person in one if person is not None) / max(1, len(pairs))
    return Verdict(right, len(pairs), by_chance)


def _person(truth: Truth, row: Row) -> bytes | None:
    return next((person for person, _ in units_of(truth, row)), None)


def named(clear: Mapping[str, set[bytes]], pairs: Sequence[tuple[Row, Row]]) -> int:
    """In how many pairs both rows name a network ID or a platform: what a join is worth.

    ``clear`` is what ``names_in_clear`` has found.
    """
    names = clear["network ids"] | clear["platforms"]

    def tells(row: Row) -> bool:
        cells = {cell if isinstance(cell, bytes) else str(cell).encode() for cell in row}
        return bool(cells & names)

    return sum(tells(one) and tells(other) for one, other in pairs) if names else 0


def platform_right(truth: Truth, guesses: Sequence[tuple[Row, str]]) -> int:
    """How many guesses name the platform that the row is really about."""
    return sum(sector in {found for _, found in units_of(truth, row)} for row, sector in guesses)


def platform_learnt(truth: Truth, rows: Sequence[Row]) -> dict[str, Verdict]:
    """Tell the thief the platforms of half of the people; judge its guesses for the others.

    It looks at one thing after the other of ``thief.looks``, and at all together. By chance: always
    guessing the platform that most of them use.
    """
    told: list[tuple[thief.Looks, str]] = []
    asked: list[tuple[thief.Looks, str]] = []
    for row in rows:
        for person_id, sector in units_of(truth, row):
            if sector:  # no person is on both sides, or a tag would be known again
                (told if person_id[0] % 2 else asked).append((thief.looks(row), sector))
    usual = Counter(sector for _, sector in asked).most_common(1)[0][1]
    verdicts = {}
    for column in (None, *range(len(told[0][0]))):
        guesses = thief.learn_platform(told, [looks for looks, _ in asked], column)
        right = sum(guess == sector for guess, (_, sector) in zip(guesses, asked, strict=True))
        verdicts["everything" if column is None else f"look {column}"] = Verdict(
            right, len(asked), usual
        )
    return verdicts
