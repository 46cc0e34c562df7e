"""Who may open a page of an account: its own person, and for some pages only just signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.clock import NODE_SKEW_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.services.interactions import mark
from idp.web.site import own_page
from idp.web.views import RecoveryView
from idp.web.words_account import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

    Page = Callable[[Request, Account], Awaitable[Response]]
    Endpoint = Callable[[Request], Awaitable[Response]]

FRESH_SECONDS = 2 * 60
STOP = "stop recovery"


def signed_in(site: Site, page: Page, *, then: str) -> Endpoint:
    """Return ``page`` for whoever is signed in; anybody else signs in first and goes to ``then``.

    ``then`` is the path of a page to look at, never one to post to.
    """

    async def guarded(request: Request) -> Response:
        account = await site.services.sessions.find(site.session_cookie(request))
        if account is None:
            return site.redirect("/signin", then=then)
        await warn(site, request, account)
        await _frame(site, request, account)
        return await page(request, account)

    return guarded


def just_signed_in(site: Site, page: Page, *, then: str) -> Endpoint:
    """Return ``page`` for whoever signed in within ``FRESH_SECONDS``; others do so once more.

    Whoever finds a browser open must not be able to add a passkey of their own (session riding).
    """

    async def guarded(request: Request, account: Account) -> Response:
        if not is_fresh(site, account):
            return site.redirect("/signin", then=then, again="1")
        return await page(request, account)

    return signed_in(site, guarded, then=then)


async def warn(site: Site, request: Request, account: Account) -> None:
    """Put the warning on the page of this request when somebody is recovering the account."""
    wait = await site.services.recovery.pending(account.session.person_id)
    if wait is not None:
        civil = site.civil(request)
        request.state.recovery = RecoveryView(
            method=wait.method,
            asked_at=wait.asked_at,
            valid_from=wait.valid_from,
            asked=civil.moment(wait.asked_at),
            valid=civil.moment(wait.valid_from),
            csrf=token(site, request, account, STOP),
            then=own_page(request.scope["path"]),
        )


async def _frame(site: Site, request: Request, account: Account) -> None:
    """Name the sections that concern this person; the others answer whoever asks for them."""
    hidden = set()
    if not site.services.contacts.offered:
        hidden.add("contact")
    # A word that frightens: only for who is suspended, or wrote or got an answer to an objection.
    if not account.notices and not await site.services.operations.appeals.known(
        account.session.person_id
    ):
        hidden.add("suspension")
    request.state.sections = [section for section in SECTIONS if section[0] not in hidden]


def is_fresh(site: Site, account: Account) -> bool:
    """Tell whether the person signed in within ``FRESH_SECONDS``."""
    age = site.clock.now() - account.session.authentication.time
    return -NODE_SKEW_SECONDS <= age < FRESH_SECONDS  # of a server whose clock is ahead


def token(site: Site, request: Request, account: Account, act: str) -> str:
    """Return the token of a form of an account: bound to browser, session and what it does."""
    return site.csrf(request, _purpose(account, act))


def check(site: Site, request: Request, account: Account, form: dict[str, str], act: str) -> None:
    """Refuse a form that was not made for this session and this act (CSRF)."""
    site.check_csrf(request, form, _purpose(account, act))


def chosen(form: dict[str, str], name: str) -> bytes:
    """Return the row identifier, in hexadecimal, that a form names; raises ``NOT_FOUND``."""
    try:
        return bytes.fromhex(form.get(name, ""))
    except ValueError as error:
        raise Refusal(Cause.NOT_FOUND) from error


def _purpose(account: Account, act: str) -> str:
    return f"account {act} {mark(account.session)}"
