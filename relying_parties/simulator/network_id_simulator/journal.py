"""What the platform sent, in the order in which it came: for tests to look at.

Everything is shown, secrets too: they are secrets of a test. ``secret`` names the parameters that
must never be written into a log where people are real.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 1_000
"""How many entries are kept; the oldest leave."""
SECRETS: Final = frozenset(
    {
        "access_token",
        "authorization",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "id_token_hint",
        "logout_token",
        "refresh_token",
        "token",
    }
)


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request, or one logout token that the simulator sent (``at`` is ``logout`` then).

    ``time`` is epoch seconds. ``parameters`` are those of query and form. ``faults`` are those that
    its answer delivered, ``refused`` is the cause for which the simulator refused it by itself,
    ``notes`` are what a developer should know about it.
    """

    number: int
    time: int
    at: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    status: int = 0
    faults: list[str] = field(default_factory=list)
    refused: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def secret(self) -> list[str]:
        """Names of the parameters and headers here that are secrets."""
        return sorted(SECRETS & {*self.parameters, *self.headers})

    def as_dict(self) -> dict[str, Any]:
        """Return it as GET /requests shows it."""
        return {**asdict(self), "secret": self.secret}


class Journal:
    """The last requests. ``tell`` is called with each entry that is complete."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self._count = 0
        self.tell: Callable[[Entry], None] = lambda _: None

    def add(self, **facts: Any) -> Entry:
        """Write down a request and return the entry, to be completed."""
        self._count += 1
        entry = Entry(number=self._count, **facts)
        self._entries.append(entry)
        return entry

    def close(self, entry: Entry, status: int) -> None:
        """Complete an entry with the status of the answer."""
        entry.status = status
        self.tell(entry)

    def entries(self, at: str | None = None) -> list[Entry]:
        """Return the entries, oldest first; with ``at`` those of one endpoint."""
        return [entry for entry in self._entries if at in {None, entry.at}]

    def clear(self) -> None:
        """Forget them. Numbers go on."""
        self._entries.clear()
