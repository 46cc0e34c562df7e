"""The way back to a client: a redirect, or a form that the browser sends (Form Post mode).

The form's page names the client and goes on by itself; without JavaScript a button does. Its
policy lets the form lead to the redirect URI's own origin and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.protocol.redirect_uri import origin
from idp.web.views_of import client_view, locale_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.protocol.authorization_response import AuthorizationResponse
    from idp.services.attempt import Attempt
    from idp.web.site import Site


def give_back(
    site: Site, request: Request, attempt: Attempt, told: AuthorizationResponse
) -> Response:
    """Return the answer that brings ``told`` to the client of ``attempt``."""
    if not told.by_form:
        return site.leave(told.location)
    shown = {
        "locale": attempt.interaction.sent.get("ui_locales"),
        "client": client_view(site, attempt.client, locale_of(site, request, attempt.interaction)),
        "action": told.redirect_uri,
        "members": told.members,
    }
    actions = [origin(told.redirect_uri)]
    return site.pages.render(request, "form_post.html", shown, form_action=actions, leaving=True)
