"""Around an application: counts what it answered, and remembers what it should not have."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BROKEN: Final = 500
REFUSED: Final = 400


@dataclass
class Meter:
    """Passes requests on. `broken` are those answered by a 5xx; `slowest` is of refusals, in ms."""

    app: ASGIApp
    requests: int = 0
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.note(f"{scope['method']} {scope['path']}", message["status"], began)
            await send(message)

        await self.app(scope, receive, noted)

    def note(self, what: str, status: int, began: float) -> None:
        self.requests += 1
        if status >= BROKEN:
            self.broken.append(f"{what} {status}")
        if status >= REFUSED:
            self.slowest = max(self.slowest, (perf_counter() - began) * 1000)
