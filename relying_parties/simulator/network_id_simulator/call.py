"""One request to the simulator, read strictly, and its line of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from network_id_simulator.refusals import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from network_id_simulator.journal import Entry
    from network_id_simulator.simulator import Simulator

_FORM: Final = "application/x-www-form-urlencoded"
MOST_BYTES: Final = 96 * 1024
"""How long a form may be, as at the provider."""


class Call:
    """One request, and what has been found out about it.

    ``sent`` are its parameters, each of which came once. ``entry`` is its line of the journal.
    """

    def __init__(self, simulator: Simulator, request: Request, entry: Entry) -> None:
        self.simulator = simulator
        self.request = request
        self.entry = entry
        self.sent: dict[str, str] = {}

    def fault(self, name: str) -> bool:
        """Tell whether the fault ``name`` is on; if so, this answer delivers it."""
        taken = self.simulator.switches.take(name)
        if taken:
            self.entry.faults.append(name)
        return taken

    def note(self, text: str) -> None:
        """Write something down that the platform's developer should know."""
        self.entry.notes.append(text)

    @property
    def authorization(self) -> str | None:
        """The Authorization header."""
        return self.request.headers.get("authorization")

    async def read(self) -> None:
        """Read the parameters: of the form for a POST, else of the query. Raises Refused."""
        raw = self.request.url.query
        if self.request.method == "POST":
            kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
            body = await read_body(self.request, MOST_BYTES)
            if body is None:
                raise Refused("too_large", limit=str(MOST_BYTES))
            if body and kind != _FORM:
                raise Refused("not_a_form", sent=kind)
            raw = body.decode("latin-1")
        self.sent = _parameters(raw)
        self.entry.parameters = dict(self.sent)


async def read_body(request: Request, most: int) -> bytes | None:
    """Return the body; None where it has more than ``most`` bytes, of which the rest is not read.

    The journal keeps what came: this, times its length, is what it can hold.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _parameters(raw: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refused("malformed_parameters") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("duplicated_parameter", parameter=twice)
    return {name: value for name, value in found.items() if value}
