"""A whole country for promise P3: everybody's number can be listed, and many of them are enrolled.

Its national number has seven digits and a Luhn check digit: 10,000,000 valid numbers. The months
before and the month of sign-ins are made by the real services over a recorder in the place of the
database, which is filled with the rows afterwards: what 100,000 people and tens of thousands of
visits write is thus made by the product's own code, in the order in which it writes it. The last
minutes are lived over HTTP on the real database (``tests.support.neighbourhood``).

It is the quietest country there can be: nobody ever does anything while somebody else does. So row
order joins as much as it ever can.
"""

from __future__ import annotations

import gc
import random
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn

from msgspec.structs import replace
from sqlalchemy import Insert, Update

from idp.app.services import Joining
from idp.domain.activity import Happened
from idp.domain.assurance import Assurance
from idp.domain.blind_index import activity_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.proofing.proof import Proof
from idp.protocol import acr
from idp.protocol.webauthn import NewPasskey
from idp.services.enrolment import NewAccount
from idp.storage import people as stored_people
from tests.support.dumps import KNOWN, Dump, Row, Table
from tests.support.time import FrozenClock, SeededEntropy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from idp.app.parts import Parts
    from idp.domain.client import Client
    from idp.storage.statement import Statement

COUNTRY: Final = "XN"  # user-assigned in ISO 3166-1: no real number is among these
DOCUMENT: Final = "national-id"
PAYLOADS: Final = 10_000_000
TO_COME: Final = 9_900_000  # numbers from here on are of people who enrol in the last minutes
DAYS: Final = 30
_MONTHS_BEFORE: Final = 200
_LUHN: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ITEMS: Final = frozenset({"openid", "age_over_18"})


def number(payload: int) -> str:
    """Return the valid number with these seven leading digits."""
    digits = [int(digit) for digit in f"{payload:07}"]
    total = sum(_LUHN[digit] if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return f"{payload:07}{-total % 10}"


def every_number(head: bytes = b"", tail: bytes = b"") -> Iterator[bytes]:
    """Yield every valid number between ``head`` and ``tail``: the whole list, in a few seconds."""
    ends: list[list[bytes]] = [[] for _ in range(10)]
    for low in range(1000):
        last = int(number(low)[-1])
        for missing in range(10):
            ends[missing].append(b"%03d%d" % (low, (last - missing) % 10) + tail)
    for high in range(PAYLOADS // 1000):
        start = head + b"%04d" % high
        missing = -int(number(high * 1000)[-1]) % 10
        for end in ends[missing]:
            yield start + end


def new_passkey(chance: random.Random) -> NewPasskey:
    """Return a passkey as phones make them; nobody will sign with it."""
    credential_id, public_key = chance.randbytes(32), chance.randbytes(77)
    return NewPasskey(credential_id, public_key, 0, True, True, ("internal",))


@dataclass(repr=False)
class Truth:
    """What only somebody with the keys knows: which tag is whose, and of which platform."""

    numbers: dict[bytes, str] = field(default_factory=dict)
    people: dict[bytes, bytes] = field(default_factory=dict)
    units: dict[bytes, tuple[bytes, str]] = field(default_factory=dict)

    def copy(self) -> Truth:
        """Return the same, to which more may be added."""
        return Truth(dict(self.numbers), dict(self.people), dict(self.units))

    def enrolled(self, tag: bytes, person_id: bytes, of_number: str) -> None:
        self.numbers[tag] = of_number
        self.people[person_id] = tag

    def visited(self, services: Joining, person_id: bytes, client: Client) -> None:
        """Remember all tags of a person at a platform."""
        unit = (person_id, client.sector)
        self.units[services.pseudonyms.tags(client.sector, person_id)[0]] = unit
        self.units[services.consents.tags(client.client_id, person_id)[0]] = unit
        event = services.activity.new(person_id, Happened.APPEALED, sector=client.sector)
        assert event is not None  # a country keeps its people's history
        self.units[event.tag] = unit

    def has_a_history(self, services: Joining, person_id: bytes) -> None:
        """Remember the tag of what happened to a person at no platform."""
        self.units[services.link.tag(activity_tag, "", person_id)] = (person_id, "")


@dataclass(frozen=True)
class _Write:
    """A statement that inserts, or confirms a reservation just made."""

    table: str
    columns: tuple[str, ...]
    defaults: dict[str, Any]
    confirms: bool

    @classmethod
    def of(cls, statement: Statement) -> _Write | None:
        """Return what a statement writes; None of one that only reads or deletes."""
        element: Any = statement._element
        if not isinstance(element, Insert | Update):
            return None
        table, confirms = str(element.table), isinstance(element, Update)
        assert table == "enrolments" or not confirms
        columns = tuple(KNOWN[table].columns.keys())
        return cls(table, columns, dict(statement.compiled("sqlite").defaults), confirms)


class Recorder:
    """Stands where a database would and keeps what is inserted.

    Finds nothing, for all is new; but whoever signs in is there.
    """

    dialect = "sqlite"
    exchanges = 0

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self._writes: dict[Statement, _Write | None] = {}

    async def one(self, statement: Statement, **given: Any) -> Any:
        rows = await self.all(statement, **given)
        return rows[0] if rows else None

    async def all(self, statement: Statement, **given: Any) -> list[Any]:
        if statement is stored_people._HELD:
            return [given]
        if statement not in self._writes:  # what is asked of it each time takes a second in all
            self._writes[statement] = _Write.of(statement)
        write = self._writes[statement]
        if write is None:
            return []
        rows, values = self.rows[write.table], write.defaults | given
        if write.confirms:
            values = dict(zip(write.columns, rows.pop(), strict=True)) | values
        rows.append(tuple(map(values.get, write.columns)))
        return [values]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Recorder]:
        yield self

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            await self.all(statement, **row)

    def snapshot(self) -> NoReturn:
        raise NotImplementedError

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def use(self) -> None: ...


@dataclass(repr=False)
class Country:
    """All rows in the order of their making, and the truth about them."""

    rows: dict[str, list[Row]]
    truth: Truth
    platforms: list[Client]
    ended_at: int = 0

    def dump(self) -> Dump:
        """Return what a dump holds, rows in the order of their making, as PostgreSQL keeps them."""
        return {
            name: Table(tuple(KNOWN[name].columns.keys()), list(rows))
            for name, rows in self.rows.items()
        }


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens. ``active`` people share the month's sign-ins."""

    people: int
    active: int
    sign_ins_a_day: int


async def build(parts: Parts, clients: list[Client], size: Size) -> Country:
    """Enrol ``size.people`` and live a month, beginning at the time of ``parts``."""
    clock = FrozenClock(parts.clock.now())
    recorder = Recorder()
    services = Joining(
        replace(
            parts,
            database=recorder,
            enrolment_store=recorder,
            clock=clock,
            entropy=SeededEntropy(7),
        )
    )
    country = Country(recorder.rows, Truth(), clients)
    chance = random.Random(3)
    month = _Month(services, clients, country.truth, recorder, chance)
    gc.disable()  # hundreds of thousands of rows, and no garbage among them
    try:
        people = await _enrol(month, clock, size.people)
        await _live(month, clock, chance.sample(people, size.active), size.sign_ins_a_day)
    finally:
        gc.enable()
    today = clock.now() // SECONDS_PER_DAY
    alive = KNOWN["sessions"].columns.keys().index("expires_day")
    country.rows["sessions"] = [row for row in country.rows["sessions"] if row[alive] >= today]  # type: ignore[operator]
    country.ended_at = clock.now()
    return country


@dataclass
class _Month:
    """One month's life, written by the services that write it in the product."""

    services: Joining
    clients: list[Client]
    truth: Truth
    recorder: Recorder
    chance: random.Random
    known: set[tuple[bytes, str]] = field(default_factory=set)

    async def sign_in(self, person_id: bytes) -> None:
        await self.services.sessions.begin(
            person_id, acr=acr.PASSKEY, amr=acr.PASSKEY_METHODS, instead_of=None
        )

    async def visit(self, person_id: bytes, client: Client) -> None:
        """Say yes at the first visit and be remembered; every later one is silent."""
        happened = Happened.PLATFORM_SIGNED_IN
        detail = {"client_id": client.client_id}
        if (person_id, client.sector) not in self.known:
            happened, record = Happened.PLATFORM_ALLOWED, self.chance.randbytes(16).hex()
            detail |= {"items": " ".join(sorted(_ITEMS)), "record": record}
            self.known.add((person_id, client.sector))
            self.truth.visited(self.services, person_id, client)
            await self.services.pseudonyms.find_or_draw(self.recorder, client.sector, person_id)
            await self.services.consents.remember(
                self.recorder, client, person_id, _ITEMS, record=record, version=1
            )
        await self.services.activity.note(
            self.recorder, person_id, happened, sector=client.sector, **detail
        )


async def _enrol(month: _Month, clock: FrozenClock, count: int) -> list[bytes]:
    enrolment, chance = month.services.enrolment_side.enrolment, month.chance
    people: list[bytes] = []
    for payload in chance.sample(range(TO_COME), count):
        clock.advance(_MONTHS_BEFORE * SECONDS_PER_DAY // count)
        found = number(payload)
        born = date(1930, 1, 1) + timedelta(days=payload % 29_000)
        proof = Proof("in-person", Assurance.HIGH, COUNTRY, DOCUMENT, found, born)
        account = NewAccount(enrolment.new_user_id(), passkey=new_passkey(chance))
        person_id = await enrolment.create(proof, account)
        assert person_id is not None
        tag = month.recorder.rows["enrolments"][-1][0]
        assert isinstance(tag, bytes)
        month.truth.enrolled(tag, person_id, found)
        month.truth.has_a_history(month.services, person_id)
        people.append(person_id)
    return people


async def _live(month: _Month, clock: FrozenClock, active: list[bytes], a_day: int) -> None:
    popularity = [1 / (1 + place) for place in range(len(month.clients))]
    for _ in range(DAYS * a_day):
        clock.advance(SECONDS_PER_DAY // a_day)
        person_id = month.chance.choice(active)
        await month.sign_in(person_id)
        wanted = month.chance.choices(month.clients, popularity, k=month.chance.randint(1, 3))
        for client in dict.fromkeys(client.client_id for client in wanted):
            await month.visit(
                person_id, next(known for known in wanted if known.client_id == client)
            )
