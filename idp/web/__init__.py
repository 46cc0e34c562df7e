"""HTTP only: parse a request, call one service, render the answer. One file per endpoint.

Decides nothing of the protocol and reads no store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.web import (
    account,
    authorize,
    consent,
    create,
    discovery,
    end_session,
    enrol,
    enrol_upstream,
    error_codes,
    introspect,
    openapi,
    operator,
    par,
    programs,
    public,
    recover,
    registration,
    revoke,
    sandbox_resource,
    select_account,
    signin,
    signout,
    suspended,
    token,
    transparency,
    transparency_data,
    userinfo,
    warning,
)

if TYPE_CHECKING:
    from starlette.routing import Route

    from idp.web.site import Site

_ENDPOINTS = (
    discovery,
    authorize,
    par,
    token,
    userinfo,
    introspect,
    sandbox_resource,
    revoke,
    registration,
    signin,
    select_account,
    consent,
    suspended,
    create,
    enrol,
    enrol_upstream,
    account,
    operator,
    recover,
    warning,
    transparency,
    transparency_data,
    error_codes,
    end_session,
    signout,
    public,
    programs,
)


def routes(site: Site) -> list[Route]:
    """Return every route of the provider."""
    every = [route for endpoint in _ENDPOINTS for route in endpoint.routes(site)]
    return [*every, openapi.route(site, every)]
