"""The warning that somebody is recovering this account: at every sign-in, and on every page.

At a sign-in it is a page of its own between the passkey and whatever comes next, a platform's
consent too. A silent request (``prompt=none``, or a session that goes on) is no sign-in and shows
nothing: the platform must not notice that anything is the matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.account import door
from idp.web.site import own_page, read_form, read_query
from idp.web.views_of import local

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request) -> Response:
        query = read_query(request)
        then = own_page(query.get("then"))
        token = query.get("interaction", "")
        site.services.interactions.open(token, expired=True)
        onward = site.address("/continue", token) if token else site.pages.url(then or "/")
        account = await site.services.sessions.find(site.session_cookie(request))
        if account is None:
            return site.leave(onward)
        await door.warn(site, request, account)
        stopped = "stopped" in query
        if getattr(request.state, "recovery", None) is None and not stopped:
            return site.leave(onward)
        shown: dict[str, object] = {
            "signed_in": True,
            "stopped": stopped,
            "continue_url": onward,
            "interaction": token,
            "then": then,
            "back": local("/recover/warning", interaction=token, then=then),
        }
        return site.pages.render(request, "recover/warning.html", shown)

    async def stop(request: Request, account: Account) -> Response:
        form = await read_form(request)
        door.check(site, request, account, form, door.STOP)
        await site.services.recovery.stop(account.session.person_id)
        return site.redirect(
            "/recover/warning",
            stopped="1",
            interaction=form.get("interaction", ""),
            then=own_page(form.get("then")),
        )

    return [
        Route("/recover/warning", show, methods=["GET"]),
        Route("/recover/stop", door.signed_in(site, stop, then="/account"), methods=["POST"]),
    ]
