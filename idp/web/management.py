"""What a node tells whoever watches over it: ``/metrics``, ``/healthz/live``, ``/healthz/ready``.

On a port of its own, and nowhere else: whoever reaches it is believed to run this instance. It
takes GET and HEAD, and nothing that is sent changes an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Verdict(Struct, frozen=True):
    """The checks of a probe, by name: all must hold."""

    checks: Mapping[str, bool]

    @property
    def good(self) -> bool:
        """Whether all hold."""
        return all(self.checks.values())


class Node(Protocol):
    """Who is asked."""

    async def page(self) -> bytes:
        """Return the page of metrics."""
        ...

    async def live(self) -> Verdict:
        """Tell whether the node is alive."""
        ...

    async def ready(self) -> Verdict:
        """Tell whether it should be sent requests."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


class Management:
    """The application of the management port."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._paths: Mapping[str, Callable[[], Awaitable[Response]]] = {
            "/metrics": self._metrics,
            "/healthz/live": self._live,
            "/healthz/ready": self._ready,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the beginning and the end of the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        asked = self._paths.get(scope["path"])
        if asked is None:
            return _told({"error": "not_found"}, 404)
        if scope["method"] not in {"GET", "HEAD"}:
            return _told({"error": "method_not_allowed"}, 405, Allow="GET, HEAD")
        return await asked()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.node.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _metrics(self) -> Response:
        page = await self.node.page()
        return Response(page, headers=_HEADERS | {"Content-Type": _CONTENT_TYPE})

    async def _live(self) -> Response:
        return _probe(await self.node.live(), "live")

    async def _ready(self) -> Response:
        return _probe(await self.node.ready(), "ready")


def _probe(verdict: Verdict, word: str) -> Response:
    checks = {name: "ok" if holds else "failed" for name, holds in verdict.checks.items()}
    body = {"status": word if verdict.good else f"not {word}", "checks": checks}
    return _told(body, 200 if verdict.good else 503)


def _told(body: Mapping[str, object], status: int, **headers: str) -> Response:
    return JSONResponse(body, status, _HEADERS | headers)
