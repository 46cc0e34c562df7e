"""Logging out: by the person's own button, and by the provider's word (back-channel logout)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from network_id.errors import ConfigurationError, ProviderError, SignInError
from network_id.integrations.core.desk import read_session
from network_id.integrations.core.ended import name_of
from network_id.integrations.core.messages import redirect, to_machine
from network_id.integrations.core.pages import leave_page
from network_id.integrations.core.refusals import kind_of, note

if TYPE_CHECKING:
    from network_id.integrations.core.desk import Desk
    from network_id.integrations.core.messages import Answer, Asked
    from network_id.integrations.core.steps import Steps

ALSO = "also=network-id"
LARGEST_BODY = 20_000  # bytes of a back-channel logout; a logout token has about 700
LATE = 3_600  # seconds by which a sign-in that was under way may still begin a session


def log_out(desk: Desk, asked: Asked) -> Steps[Answer]:
    """End the browser's session, and with ``?also=network-id`` lead on to the provider's logout.

    A session of the provider's is the person's to end: they are asked there, and come back.
    """
    if asked.method != "POST":  # a link or an image elsewhere must log nobody out
        action = f"{desk.at.logout}?{ALSO}" if asked.query == ALSO else desk.at.logout
        issuer = desk.settings.issuer
        return leave_page(desk.language(asked), action, desk.at.home, issuer=issuer)
    if not is_own_form(desk, asked):
        return desk.refuse(asked, "foreign-form", 403, again=None)
    session = yield from read_session(desk, asked)
    to = desk.settings.origin + desk.at.home
    if session is not None:
        yield lambda: desk.forget(session)
    yield lambda: desk.hooks.on_signed_out(asked.native)
    if session is not None and asked.query == ALSO:
        sign_in = session.sign_in
        try:
            platform = desk.platform()
            to = yield lambda: platform.sign_out(to, sign_in)
        except SignInError as error:  # the provider is down: the person is logged out here
            note(error, kind_of(error)[0])
    return redirect(to).setting(desk.cookies.drop(desk.cookies.session))


def is_own_form(desk: Desk, asked: Asked) -> bool:
    """Tell whether a POST may come from a page of ours; one from another site is refused.

    Another *site* sends no SameSite=Lax cookie anyway; this refuses neighbouring subdomains too.
    A browser that says neither where it comes from is an old one, and Lax protects it.
    """
    site = asked.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    return asked.headers.get("origin") in {None, desk.settings.origin}


def be_told(desk: Desk, asked: Asked) -> Steps[Answer]:
    """End the sessions that the provider says have ended (OpenID Connect Back-Channel Logout 1.0).

    200 when it is done; 400 for a token that does not hold; 503, so that the provider comes again,
    while its keys cannot be had.
    """
    try:
        token = _logout_token(asked.body)
        platform = desk.platform()
        logout = yield lambda: platform.verify_logout(token)
    except (ProviderError, ConfigurationError) as error:
        note(error, kind_of(error)[0])
        return to_machine(503, {"error": "temporarily_unavailable"})
    except SignInError as error:
        note(error, "unproven")
        described = {"error": "invalid_request", "error_description": error.code}
        return to_machine(400, described)
    now, seconds = desk.clock(), desk.session_seconds + LATE
    if logout.sid is not None:
        # A sid that ended never comes back, so a session that begins a moment later is over too.
        yield lambda: desk.ended.end([name_of("sid", logout.sid)], now + seconds, seconds)
    else:
        # All sessions of the person until now; they may sign in again.
        person = name_of("network-id", logout.network_id)
        yield lambda: desk.ended.end([person], now, seconds)
    return to_machine(200, {})


def _logout_token(body: bytes) -> str | None:
    fields = parse_qs(body[:LARGEST_BODY].decode("ascii", errors="replace"))
    values = fields.get("logout_token", [])
    return values[0] if len(values) == 1 else None
