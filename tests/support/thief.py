"""The attacker of promise P3: has the code, the settings, a dump of both stores taken at one
instant and the whole list of valid national numbers, and no keys.

One function per attack. An attack reads the dump alone and returns guesses; how good they are is
judged elsewhere (``tests.support.verdict``), by whoever knows the truth. Where an attack says that
the thief is *told* something, it has help that no real thief has, and fails nevertheless.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from itertools import islice, pairwise
from math import gcd
from typing import TYPE_CHECKING, Final

from idp.domain.framing import framed
from idp.domain.sealing import OVERHEAD_BYTES
from tests.support.country import COUNTRY, DOCUMENT, every_number
from tests.support.in_clear import OPEN

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from tests.support.dumps import Dump, Row, Table, Value

Pair = tuple["Row", "Row"]

LABELS: Final = (
    b"",
    b"network-id/dedup-tag/1",
    b"network-id/holder-tag/1",
    b"network-id/code-tag/1",
    b"network-id/sealed-field/1",
)
"""Every constant of the code that could stand before a number; it has no secret ones."""

_TELLING: Final = 16  # characters; shorter texts are words such as a status
_THIS_CENTURY: Final = 946_684_800  # days since the epoch, and counts, are far smaller
_AT_ONCE: Final = 10_000


# 1. Numbers.


def _beginnings() -> Iterator[tuple[bytes, bytes]]:
    """What the code could have put before and after a number before hashing it."""
    country, document = COUNTRY.encode(), DOCUMENT.upper().encode()
    yield b"", b""
    for between in (b":", b"|", b"/", b" ", b""):
        yield between.join((country, document, b"")), b""
        yield between.join((country, document.lower(), b"")), b""
        yield between.join((country, b"")), b""
    for label in LABELS:
        yield framed(label, country, document) + (8).to_bytes(4, "big"), b""
        yield label, b""


def hash_every_number(tags: Iterable[bytes]) -> dict[bytes, bytes]:
    """Hash the whole list, 10^7 numbers, as a careless provider would have, and look it up."""
    found: dict[bytes, bytes] = {}
    wanted, numbers = set(tags), every_number()
    while some := list(islice(numbers, _AT_ONCE)):
        digests = [hashed.digest() for hashed in map(hashlib.sha256, some)]
        if not wanted.isdisjoint(digests):
            found |= {d: number for d, number in zip(digests, some, strict=True) if d in wanted}
    return found


def hash_told_numbers(tags: Iterable[bytes], told: Sequence[bytes]) -> dict[bytes, bytes]:
    """Told who of the whole list is enrolled, try every construction without a key.

    It matches whatever trying the whole list would match, in a hundredth of the time.
    """
    wanted, found = set(tags), {}
    functions: tuple[Callable[[bytes], bytes], ...] = (
        lambda value: hashlib.sha256(value).digest(),
        lambda value: hashlib.sha3_256(value).digest(),
        lambda value: hashlib.blake2b(value, digest_size=32).digest(),
        lambda value: hashlib.sha256(value.hex().encode()).digest(),
        lambda value: hmac.digest(b"", value, "sha256"),
        lambda value: hmac.digest(bytes(32), value, "sha256"),
    )
    for head, tail in _beginnings():
        for function in functions:
            for number in told:
                digest = function(head + number + tail)
                if digest in wanted:
                    found[digest] = number
    return found


def salts_and_keys(dump: Dump) -> set[bytes]:
    """Return every value of the dump that could be a salt or a key: all short byte strings."""
    return {
        cell
        for table in dump.values()
        for row in table.rows
        for cell in row
        if isinstance(cell, bytes) and len(cell) in {16, 32}
    }


def confirm_told_rows(told: Sequence[tuple[Row, bytes]]) -> set[bytes]:
    """Told whose number each row is of, confirm it by the row's own values as salt or key.

    Return those confirmed. Somebody with the list alone would have to try all of it for each.
    """
    confirmed: set[bytes] = set()
    beginnings = list(_beginnings())
    for row, number in told:
        own = [cell for cell in row if isinstance(cell, bytes)]
        if _confirms(set(own), own, [number, *(head + number for head, _ in beginnings)]):
            confirmed.add(number)
    return confirmed


def confirm_told_row(row: Row, number: bytes, values: Iterable[bytes]) -> bool:
    """Told whose number one row is of, confirm it by each of these values as salt or key."""
    cells, everything = {cell for cell in row if isinstance(cell, bytes)}, list(values)
    ours = framed(LABELS[1], COUNTRY.encode(), DOCUMENT.upper().encode(), number)
    return _confirms(cells, everything, [number]) or any(
        hmac.digest(key, ours, "sha256") in cells for key in everything
    )


def _confirms(cells: set[bytes], secrets: Sequence[bytes], forms: Sequence[bytes]) -> bool:
    return any(
        hashlib.sha256(secret + form).digest() in cells
        or hashlib.sha256(form + secret).digest() in cells
        or hmac.digest(secret, form, "sha256") in cells
        for secret in secrets
        for form in forms
    )


# 2. Joins.


def join_on_equality(dump: Dump) -> list[list[Row]]:
    """Join rows of all tables that share any value in any columns, foreign keys and duplicates of
    ciphertext included, and whatever is joined to those in turn. Return the groups.

    Numbers, and texts of which there are few (a status), say too little to join by.
    """
    joined = _Joined()
    rows = [row for name, table in dump.items() if name not in OPEN for row in table.rows]
    first: dict[Value, int] = {}
    for place, row in enumerate(rows):
        for cell in row:
            if isinstance(cell, bytes) or (isinstance(cell, str) and len(cell) >= _TELLING):
                seen = first.setdefault(cell, place)
                if seen != place:
                    joined.join(seen, place)
    groups: dict[int, list[Row]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[joined.top(place)].append(row)
    return [group for group in groups.values() if len(group) > 1]


class _Joined:
    """Places joined to each other, directly or by way of others (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def top(self, place: int) -> int:
        parent = self._parent
        while (above := parent.setdefault(place, place)) != place:
            parent[place] = place = parent[above]
        return place

    def join(self, one: int, other: int) -> None:
        self._parent[self.top(one)] = self.top(other)


def join_neighbours(table: Table) -> list[Pair]:
    """Guess that rows next to each other in the dump are of one person."""
    return list(pairwise(table.rows))


def align_by_rank(one: Table, other: Table) -> list[Pair]:
    """Guess that rows as far from the end of one table as of the other are of one person.

    Whatever each person writes more of into ``other`` is written at a steady rate.
    """
    rate = len(other.rows) / max(1, len(one.rows))
    return [
        (row, other.rows[-1 - int(place * rate)]) for place, row in enumerate(reversed(one.rows))
    ]


def join_nearest_time(table: Table, column: str, chance: random.Random) -> list[Pair]:
    """Guess that the rows nearest in time are of one person; where several are, any of them."""
    place = table.columns.index(column)
    rows = list(table.rows)
    chance.shuffle(rows)
    rows.sort(key=lambda row: int(row[place] or 0))
    return list(pairwise(rows))


def finest_times(dump: Dump) -> dict[str, int]:
    """Return, for each clear column of seconds since the epoch, the step of its values."""
    steps = {}
    for name, table in dump.items():
        for place, column in enumerate(table.columns):
            values = {cell for row in table.rows if isinstance(cell := row[place], int)}
            if values and max(values) > _THIS_CENTURY:
                steps[f"{name}.{column}"] = gcd(*values)
    return steps


# 3. Which platform?


def platform_by_length(dump: Dump) -> list[tuple[Row, str]]:
    """Compute how long a pseudonym's record is at each platform, and recognise it by that."""
    documents = [json.loads(str(text)) for text in dump["clients"].column("metadata")]
    by_length: dict[int, set[str]] = defaultdict(set)
    for sector in (f"platform:{document['platform']}" for document in documents):
        facts = {
            "network_id": "N" * 25,
            "person_id": "0" * 32,
            "sector": sector,
            "since_day": 20_454,
            "renewed_day": None,
        }
        plain = json.dumps(facts, separators=(",", ":"))
        by_length[len(plain) + OVERHEAD_BYTES].add(sector)
    sealed = dump["pseudonyms"].columns.index("facts_sealed")
    guesses = []
    for row in dump["pseudonyms"].rows:
        alike = by_length.get(len(bytes(row[sealed])), set())  # type: ignore[arg-type]
        guesses += [(row, sector) for sector in alike if len(alike) == 1]
    return guesses


Looks = tuple[int | str | None, ...]


def looks(row: Row) -> Looks:
    """What of a row could tell which platform it is about: lengths, beginnings, clear values."""
    seen: list[int | str | None] = []
    for cell in row:
        seen += [len(cell), cell[0]] if isinstance(cell, bytes) else [cell]
    return tuple(seen)


def learn_platform(
    told: Sequence[tuple[Looks, str]], asked: Sequence[Looks], column: int | None
) -> list[str]:
    """Told the platforms of many rows, guess those of others by what looks alike.

    ``column`` is the one thing of ``looks`` to go by; None means all of them.
    """

    def by(seen: Looks) -> Hashable:
        return seen if column is None else seen[column]

    known: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for seen, sector in told:
        known[by(seen)][sector] += 1
    usual = Counter(sector for _, sector in told).most_common(1)[0][0]
    best = {look: sectors.most_common(1)[0][0] for look, sectors in known.items()}
    return [best.get(by(seen), usual) for seen in asked]
