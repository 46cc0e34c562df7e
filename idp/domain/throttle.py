"""How many tries are too many, and who is slowed by that: the guesser, never the person guessed at.

Rules in prose.

1. Nobody can lock somebody else out. No count hangs on an account that others can move: a person's
   own right passkey and own right recovery code work however many wrong ones others have sent.
2. What cannot be guessed (a passkey's signature, a recovery code of 80 bits) is looked at first and
   counted only when it was wrong. The limit then spares our machines; it protects no secret.
3. What is short enough to be guessed by trying (an enrolment code of 40 bits) is counted before it
   is looked at, or several tries at once would all pass; a right one is given back. Here somebody
   in the same network can make others wait, so the window is short, the page says when it ends,
   and any other network is open meanwhile.
4. Many people share one network (an office, a school, a mobile carrier), so a network's limit is
   many times a browser's. A browser's cookie can be thrown away: its limit only stops one honest
   person's stuck form before it uses up what is for a whole network.
5. What only a signed-in person can do (write an appeal, ask for a mail) is counted for the person:
   then nobody else can move that count.
6. A window is a fixed span of time, and its number is part of the keyed tag: counts of two windows
   do not join, and are deleted when theirs is over.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Act(StrEnum):
    """What is tried."""

    PASSKEY = auto()
    RECOVERY_CODE = auto()
    ENROLMENT_CODE = auto()
    MESSAGE = auto()
    MAIL = auto()
    REGISTRATION = auto()
    PUSH = auto()
    REQUEST_URI = auto()


class Subject(StrEnum):
    """By what tries are counted, in the order in which they are."""

    # First, so that whoever is over it adds no more rows: a browser's name costs nothing to change.
    NETWORK = auto()
    DEVICE = auto()
    PERSON = auto()


class Limit(Struct, frozen=True):
    """At most ``tries`` in each window of ``seconds``."""

    tries: int
    seconds: int

    def window(self, now: int) -> int:
        """Return the number of the window that ``now`` (epoch seconds) lies in."""
        return now // self.seconds

    def ends(self, now: int) -> int:
        """Return the epoch second at which the window of ``now`` is over."""
        return (self.window(now) + 1) * self.seconds


class Caller(Struct, frozen=True):
    """Who tries: our name for the browser, the network, and the person where one is proved."""

    device: str
    network: str
    person_id: bytes | None = None

    def of(self, subject: Subject) -> bytes | None:
        """Return what is counted for ``subject``; None when nothing is."""
        known = {Subject.DEVICE: self.device.encode(), Subject.NETWORK: self.network.encode()}
        return self.person_id if subject is Subject.PERSON else known[subject]


_TEN_MINUTES: Final = 10 * 60
_DAY: Final = 24 * 60 * 60

# 20 tries in ten minutes from each of 10,000 networks, against 1,000 live enrolment codes of 40
# bits: one hit in 38 days on average. A registrar's office stays far below, since right ones are
# given back. DECISIONS 29.
LIMITS: Final[Mapping[Act, Mapping[Subject, Limit]]] = {
    Act.PASSKEY: {
        Subject.NETWORK: Limit(600, _TEN_MINUTES),
        Subject.DEVICE: Limit(20, _TEN_MINUTES),
    },
    Act.RECOVERY_CODE: {
        Subject.NETWORK: Limit(200, _TEN_MINUTES),
        Subject.DEVICE: Limit(10, _TEN_MINUTES),
    },
    Act.ENROLMENT_CODE: {
        Subject.NETWORK: Limit(20, _TEN_MINUTES),
        Subject.DEVICE: Limit(5, _TEN_MINUTES),
    },
    Act.MESSAGE: {Subject.PERSON: Limit(5, _DAY)},
    Act.MAIL: {Subject.PERSON: Limit(5, _DAY)},
    # A program has no cookie to be known by: clients that nobody invited, in a sandbox.
    Act.REGISTRATION: {Subject.NETWORK: Limit(300, _TEN_MINUTES)},
    # Requests pushed by nobody in particular (public clients), each of which is a row for a while.
    Act.PUSH: {Subject.NETWORK: Limit(600, _TEN_MINUTES)},
    # Sign-ins that have us fetch something, from a host that did not ask to be visited just then.
    Act.REQUEST_URI: {Subject.NETWORK: Limit(200, _TEN_MINUTES)},
}
