"""The page that makes a first passkey: one page, whichever way somebody proved who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.web.journey import context, opened
from idp.web.signin import signed_in
from idp.web.views_of import local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.protocol.webauthn import NewPasskey
    from idp.web.site import Site

PURPOSE = "create"


class FirstPasskey(Struct, frozen=True):
    """Whose passkey is made: ``action`` takes the answer, ``token`` is the enrolment under way.

    ``user_id`` and ``account_name`` are for the person's device, and name nobody real.
    """

    action: str
    token: str
    user_id: bytes
    interaction: str
    account_name: str = "Network ID"


def page(
    site: Site,
    request: Request,
    first: FirstPasskey,
    *,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    """Show the page; ``notice`` says what went wrong before."""
    ceremony = site.services.passkeys.start_registration(
        site.browser(request), user_id=first.user_id, user_name=first.account_name
    )
    shown = context(site, request, opened(site, first.interaction)) | {
        "action": site.pages.url(first.action),
        "csrf": site.csrf(request, PURPOSE),
        "enrolment": first.token,
        "challenge": ceremony.challenge,
        "options": ceremony.options,
        "notice": notice,
        "back": local(first.action, enrolment=first.token),
    }
    if first.interaction:
        shown["continue_url"] = site.address("/continue", first.interaction)
    response = site.pages.render(request, "create_passkey.html", shown, status=status)
    return site.remember_browser(request, response)


async def made(site: Site, request: Request, form: Mapping[str, str]) -> NewPasskey:
    """Return the passkey that the page's answer proves; raises Refusal ``PASSKEY_REFUSED``."""
    return await site.services.passkeys.finish_registration(
        site.browser(request),
        form.get("challenge", ""),
        form.get("credential", ""),
        agent=request.headers.get("user-agent", ""),
    )


async def welcome(
    site: Site, request: Request, person_id: bytes, passkey: NewPasskey, interaction: str
) -> Response:
    """Sign a person in with the passkey just made, and say that all is done."""
    response = await signed_in(site, request, person_id, {}, passkey=passkey.credential_id)
    response.headers["location"] = site.address("/created", interaction)
    return response
