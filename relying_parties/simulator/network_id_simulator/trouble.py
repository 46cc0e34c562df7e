"""Endpoints in trouble: errors, and answers that are slow, broken, huge or lead elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from network_id_simulator import rows_errors
from network_id_simulator.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from network_id_simulator.call import Call

NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
ELSEWHERE: Final = "/elsewhere"
"""Where the redirects of endpoints in trouble lead: the same endpoints once more."""
_STATUS: Final = {
    "invalid_client": 401,
    "invalid_token": 401,
    "insufficient_scope": 403,
    "server_error": 500,
}
_ALGS: Final = "ES256 PS256 Ed25519"
_PIECE: Final = 64 * 1024
_PAGE: Final = (
    "<!doctype html><title>503 Service Unavailable</title><h1>503 Service Unavailable</h1>"
)


async def instead(call: Call) -> Response | None:
    """Return the answer of an endpoint in trouble, or None to go on (perhaps some time later)."""
    code = _error(call)
    if code is not None:
        return error(call.entry.at, code)
    for name, answer in _TROUBLES.items():
        fault = f"{call.entry.at}-{name}"
        if fault in FAULTS and not _is_followed(call, name) and call.fault(fault):
            return await answer(call)
    return None


def _error(call: Call) -> str | None:
    """Return the error that this endpoint is to answer; the authorization endpoint asks itself."""
    at = call.entry.at
    if at == "authorize":
        return None
    codes = rows_errors.CODES.get(at, ())
    return next((code for code in codes if call.fault(rows_errors.fault_name(code, at))), None)


def _is_followed(call: Call, name: str) -> bool:
    return name == "redirect" and call.request.url.path.startswith(ELSEWHERE)


def error(at: str, code: str) -> Response:
    """Return an error response of the endpoint ``at``."""
    description = "The simulator was told to answer this."
    status = _STATUS.get(code, 400)
    headers = dict(NO_STORE)
    if status in {401, 403}:
        headers["www-authenticate"] = challenge(at, code, description)
    return JSONResponse({"error": code, "error_description": description}, status, headers)


def challenge(at: str, code: str, description: str) -> str:
    """Return the WWW-Authenticate value (RFC 6749 §5.2, RFC 6750 §3)."""
    if at != "userinfo":
        return 'Basic realm="token"'
    told = f'error="{code}", error_description="{description}"' if code else ""
    return f'Bearer {told}, DPoP algs="{_ALGS}"' if told else f'Bearer, DPoP algs="{_ALGS}"'


async def _slow(call: Call) -> Response | None:
    await asyncio.sleep(call.simulator.config.slow_seconds)
    if await call.request.is_disconnected():
        # Who has gone gets nothing: the faults that are on by now are meant for somebody else.
        return Response(status_code=503)
    return None


async def _busy(_call: Call) -> Response:
    return Response(_PAGE, 503, {"retry-after": "5"}, "text/html")


async def _garbage(_call: Call) -> Response:
    return PlainTextResponse("<html>Welcome to the Wi-Fi of this caf\xe9", media_type="text/html")


async def _huge(call: Call) -> Response:
    return StreamingResponse(
        _padding(call.simulator.config.huge_bytes), 200, None, "application/json"
    )


async def _padding(size: int) -> AsyncIterator[bytes]:
    yield b'{"padding":"'
    for start in range(0, size, _PIECE):
        yield b"x" * min(_PIECE, size - start)
        await asyncio.sleep(0)  # who has read enough and gone is noticed, and sent no more
    yield b'"}'


async def _redirect(call: Call) -> Response:
    url = call.request.url
    query = f"?{url.query}" if url.query else ""
    location = f"{call.simulator.issuer}{ELSEWHERE}{url.path}{query}"
    # 307: whoever follows sends the secret and the code along.
    return Response(status_code=307, headers={"location": location})


_TROUBLES: Final[dict[str, Callable[[Call], Awaitable[Response | None]]]] = {
    "slow": _slow,
    "503": _busy,
    "garbage": _garbage,
    "huge": _huge,
    "redirect": _redirect,
}
