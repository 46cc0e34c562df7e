"""What every endpoint has around it: the journal, trouble that is switched on, and refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from network_id_simulator import trouble
from network_id_simulator.call import Call
from network_id_simulator.refusals import Refused
from network_id_simulator.trouble import NO_STORE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from network_id_simulator.journal import Entry
    from network_id_simulator.simulator import Simulator

_SHOWN_HEADERS: Final = ("accept", "authorization", "content-type", "dpop", "user-agent")
UNAUTHORIZED: Final = 401
BESIDE: Final = {
    "assertion_audience": "expected",
    "client_authentication_method": "registered",
    "grant_type_unsupported": "supported",
    "pkce_method_unsupported": "supported",
    "scope_not_granted": "granted",
}
"""Where the provider says what was sent beside what would have been taken, and why that."""
_NOT_TOLD: Final = re.compile(r"[^ !#-\[\]-~]")  # RFC 6749 §5.2
_MOST_TOLD: Final = 500


def endpoint(
    simulator: Simulator,
    at: str,
    handler: Callable[[Call], Awaitable[Response]],
    refuse: Callable[[Call, Refused], Response] | None = None,
) -> Callable[[Request], Awaitable[Response]]:
    """Return what Starlette routes to: ``handler``, with journal, trouble and refusals around it.

    ``refuse`` makes the answer to what is refused; JSON, unless it is said otherwise.
    """

    async def answer(request: Request) -> Response:
        call = Call(simulator, request, _entry(simulator, at, request))
        try:
            await call.read()
            response = await trouble.instead(call) or await handler(call)
        except Refused as refused:
            call.entry.refused = refused.cause
            response = (refuse or refuse_by_json)(call, refused)
        simulator.journal.close(call.entry, response.status_code)
        return response

    return answer


def _entry(simulator: Simulator, at: str, request: Request) -> Entry:
    headers = {n: request.headers[n] for n in _SHOWN_HEADERS if n in request.headers}
    return simulator.journal.add(
        time=simulator.now(),
        at=at,
        method=request.method,
        path=request.url.path,
        headers=headers,
    )


def refuse_by_json(call: Call, refused: Refused) -> Response:
    """Answer as the provider does: the wire code, its own stable one, and what to look for."""
    told = refused.answer
    call.note(refused.told)
    body = {
        "error": told.code,
        "error_description": _described(refused),
        "error_uri": refused.reference(call.simulator.issuer),
        "error_code": refused.cause,
        "request_id": call.simulator.new_id(),
    }
    if not told.code:  # RFC 6750 §3.1: no error code when no authentication was tried
        del body["error"]
    headers = dict(NO_STORE)
    # RFC 9449 §7.1: a proof that fails where access tokens are taken is a 401.
    at_resource = told.code == "invalid_dpop_proof" and call.entry.at == "userinfo"
    status = UNAUTHORIZED if at_resource else told.status
    if status == UNAUTHORIZED:
        headers["www-authenticate"] = trouble.challenge(call.entry.at, told.code, told.description)
    return JSONResponse(body, status, headers)


def _described(refused: Refused) -> str:
    detail, text = refused.detail, refused.answer.description
    basis = BESIDE.get(refused.cause)
    if basis is None:
        return text
    text += f" {basis.capitalize()}: {detail[basis]}. Sent: {detail['sent']}."
    return _NOT_TOLD.sub("'", text)[:_MOST_TOLD]
