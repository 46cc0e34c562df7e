"""The authorization endpoint: a persona answers by itself, or a page asks who it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, overload

from starlette.responses import Response

from network_id_simulator import (
    authorization_request,
    authorization_response,
    personas,
    rows_errors,
)
from network_id_simulator.faults import UnknownFaultError
from network_id_simulator.refusals import Refused
from network_id_simulator.trouble import NO_STORE

if TYPE_CHECKING:
    from network_id_simulator.authorization_request import AuthorizationRequest
    from network_id_simulator.authorization_response import Told
    from network_id_simulator.call import Call
    from network_id_simulator.pages import Pages
    from network_id_simulator.personas import Persona

_MOST_RECENT: Final = 50
_ERRORS: Final = {rows_errors.fault_name(code): code for code in rows_errors.CODES["authorize"]}


class Authorize:
    """Answers authorization requests, and the choice on the page."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def begin(self, call: Call) -> Response:
        """``/authorize``."""
        request = authorization_request.read(call.simulator, call.sent)
        try:
            authorization_request.check(request)
            _remember(call, request)
            told = await _told(call, request, call.simulator.persona())
        except Refused as refused:
            told = _refuse(call, request, refused)
        if told is not None:
            return self._give(call, told)
        handle = call.simulator.new_id()
        call.simulator.store.asked[handle] = dict(call.sent)
        return self._pages.choose(call, request, handle)

    async def chosen(self, call: Call) -> Response:
        """``/authorize/chosen``: what was pressed on the page."""
        sent = call.simulator.store.asked.pop(call.sent.get("asked", ""), None)
        if sent is None:
            raise Refused("interaction_expired")
        request = authorization_request.read(call.simulator, sent)
        authorization_request.check(request)
        fault = call.sent.get("fault")
        if fault is not None:
            _switch_on(call, fault)
        try:
            persona = personas.find(call.sent.get("persona", ""))
        except personas.UnknownPersonaError as unknown:
            raise Refused("persona_unknown", problem=str(unknown)) from None
        return self._give(call, await _told(call, request, persona))

    def _give(self, call: Call, told: Told) -> Response:
        """Send the browser back with the answer: by its address, or by a form."""
        if told.by_form:
            call.note("The answer is a form, which the browser sends (response_mode=form_post).")
            return self._pages.form_post(call, told.redirect_uri, told.members)
        return Response(status_code=303, headers={**NO_STORE, "location": told.location})


@overload
async def _told(call: Call, request: AuthorizationRequest, persona: Persona) -> Told: ...


@overload
async def _told(
    call: Call, request: AuthorizationRequest, persona: Persona | None
) -> Told | None: ...


async def _told(call: Call, request: AuthorizationRequest, persona: Persona | None) -> Told | None:
    """Return what the platform is told; None when a page has to ask who signs in."""
    error = call.simulator.switches.first(tuple(_ERRORS))
    if error is not None:
        call.entry.faults.append(error)
        return authorization_response.error(call, request, _ERRORS[error])
    if persona is not None:
        return await _decide(call, request, persona)
    if "none" in request.prompts:
        raise Refused("login_required")
    return None


def _switch_on(call: Call, fault: str) -> None:
    try:
        call.simulator.switches.on(fault)
    except UnknownFaultError as unknown:
        raise Refused("interaction_expired", problem=str(unknown)) from None


async def _decide(call: Call, request: AuthorizationRequest, persona: Persona) -> Told:
    if persona.hesitates:
        await asyncio.sleep(call.simulator.config.hesitation_seconds)
    if persona.refused is not None:
        raise_as = "person_suspended" if persona.id == "suspended" else "person_said_no"
        return _refuse(call, request, Refused(raise_as))
    return authorization_response.code(call, request, persona)


def _refuse(call: Call, request: AuthorizationRequest, refused: Refused) -> Told:
    call.entry.refused = refused.cause
    call.note(" ".join([refused.answer.description, *refused.detail.values()]))
    return authorization_response.refusal(call, request, refused)


def _remember(call: Call, request: AuthorizationRequest) -> None:
    recent = call.simulator.store.recent
    recent.append(request.sent)
    del recent[:-_MOST_RECENT]
