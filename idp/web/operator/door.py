"""Who may open an operators' page: somebody signed in as an operator, and who holds its role.

A person's cookie opens nothing here, and an operator's opens no account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.operator import Role
    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site

    Page = Callable[[Request, OnDuty], Awaitable[Response]]
    Endpoint = Callable[[Request], Awaitable[Response]]

_OWN_PAGES = re.compile(r"/operator(/[A-Za-z0-9-]+)*")


def operator_only(site: Site, page: Page, *, role: Role | None = None) -> Endpoint:
    """Return ``page`` for an operator who holds ``role`` (any operator, where it is None).

    Whoever is not signed in does so first and comes back to the page, if it was one to look at;
    an operator without the role is refused (``ROLE_MISSING``, 403).
    """

    async def guarded(request: Request) -> Response:
        on_duty = await site.services.operations.sessions.find(site.operator_cookie(request))
        if on_duty is None:
            there = request.scope["path"] if request.method in {"GET", "HEAD"} else ""
            return site.redirect("/operator/signin", then=own_page(there))
        if role is not None and not on_duty.operator.may(role):
            raise Refusal(Cause.ROLE_MISSING)
        return await page(request, on_duty)

    return guarded


def render(
    site: Site,
    request: Request,
    on_duty: OnDuty,
    name: str,
    shown: Mapping[str, object],
    *,
    status: int = 200,
) -> Response:
    """Render an operators' page: ``operator/NAME.html``, in their frame."""
    frame: dict[str, object] = {
        "operator": on_duty.operator,
        "signout_csrf": token(site, request, on_duty, "signout"),
    }
    response = site.pages.render(
        request, f"operator/{name}.html", frame | dict(shown), status=status
    )
    return site.remember_browser(request, response)


def token(site: Site, request: Request, on_duty: OnDuty, act: str) -> str:
    """Return the token of a form: bound to browser, session and what it does."""
    return site.csrf(request, _purpose(on_duty, act))


def check(site: Site, request: Request, on_duty: OnDuty, form: dict[str, str], act: str) -> None:
    """Refuse a form that was not made for this session and this act (CSRF)."""
    site.check_csrf(request, form, _purpose(on_duty, act))


def own_page(path: str | None) -> str:
    """Return ``path`` when it is an operators' page, else nothing (CWE-601)."""
    return path if path is not None and _OWN_PAGES.fullmatch(path) else ""


def _purpose(on_duty: OnDuty, act: str) -> str:
    return f"operator {act} {on_duty.session.digest.hex()}"
