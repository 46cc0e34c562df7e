"""The API that steers the simulator: what the next answers are, and what the platform sent.

JSON in and out. It takes no request of a web page on another site: a body must be JSON, which a
browser sends elsewhere only after asking, and the host must be one of the simulator's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from network_id_simulator import logout
from network_id_simulator.call import read_body
from network_id_simulator.config import UNTIL_RESET, ConfigError, read_faults
from network_id_simulator.faults import FAULTS, UnknownFaultError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from network_id_simulator.simulator import Simulator

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_BYTES: Final = 256 * 1024


class _Answer(Exception):
    """Ends a request with an error."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.response = JSONResponse({"error": error, "message": message}, status)


class ConfigApi:
    """The endpoints ``/config``, ``/requests`` and ``/faults``."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._hosts = _LOOPBACK | {urlsplit(simulator.issuer).hostname or ""}

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/config", self._guarded(self._show), methods=["GET"]),
            Route("/config", self._guarded(self._change), methods=["PATCH"]),
            Route("/config", self._guarded(self._reset), methods=["DELETE"]),
            Route("/config/logout", self._guarded(self._logout), methods=["POST"]),
            Route("/config/rotate-keys", self._guarded(self._rotate), methods=["POST"]),
            Route("/requests", self._guarded(self._requests), methods=["GET"]),
            Route("/requests", self._guarded(self._forget), methods=["DELETE"]),
            Route("/faults", self._guarded(self._faults), methods=["GET"]),
        ]

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            if request.url.hostname not in self._hosts:  # DNS rebinding
                return JSONResponse({"error": "wrong_host"}, 421)
            try:
                return await answer(request)
            except _Answer as ended:
                return ended.response
            except (ConfigError, UnknownFaultError) as error:
                return JSONResponse({"error": "invalid_config", "message": str(error)}, 400)

        return guarded

    async def _show(self, _request: Request) -> Response:
        return JSONResponse(self._state())

    def _state(self) -> dict[str, Any]:
        switches = self._simulator.switches
        left = {name: UNTIL_RESET if n is None else n for name, n in switches.left.items()}
        return {
            "issuer": self._simulator.issuer,
            **self._simulator.config.as_dict(),
            "faults": left,
            "delivered": switches.all_delivered,
        }

    async def _change(self, request: Request) -> Response:
        members = await _object(request)
        faults = read_faults(members.pop("faults", {}))
        self._simulator.config.change(members)
        for name, times in faults.items():
            if times is None:
                self._simulator.switches.off(name)
            else:
                self._simulator.switches.on(name, None if times == UNTIL_RESET else int(times))
        return JSONResponse(self._state())

    async def _reset(self, _request: Request) -> Response:
        self._simulator.reset()
        return JSONResponse(self._state())

    async def _rotate(self, request: Request) -> Response:
        await _object(request)
        self._simulator.rotate_keys()
        return JSONResponse({"keys": self._simulator.keys.published()})

    async def _logout(self, request: Request) -> Response:
        members = await _object(request)
        unknown = members.keys() - {"persona", "client_id"}
        if unknown:
            raise _Answer(400, "invalid_config", "It takes persona and client_id, both optional.")
        try:
            sent = await logout.send(self._simulator, **members)
        except logout.NobodySignedInError as error:
            raise _Answer(409, "nobody_signed_in", str(error)) from None
        return JSONResponse({"sent": [asdict(one) for one in sent]})

    async def _requests(self, request: Request) -> Response:
        at = request.query_params.get("at")
        entries = self._simulator.journal.entries(at)
        return JSONResponse({"requests": [entry.as_dict() for entry in entries]})

    async def _forget(self, _request: Request) -> Response:
        self._simulator.journal.clear()
        return Response(status_code=204)

    async def _faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": [asdict(fault) for fault in FAULTS.values()]})


async def _object(request: Request) -> dict[str, Any]:
    """Return the JSON object of the body; raises _Answer."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = "Send JSON: -H 'Content-Type: application/json' -d '{...}'."
        raise _Answer(415, "not_json", message)
    body = await read_body(request, _MOST_BYTES)
    try:
        members = None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise _Answer(400, "not_json", "The body must be one JSON object.")
    return members
