"""Logging in: the way to the provider, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.common.security import generate_token

from network_id.errors import SessionValueError, SignInError
from network_id.integrations.core.desk import Session, read_session
from network_id.integrations.core.messages import redirect
from network_id.integrations.core.refusals import log
from network_id.integrations.core.settings import is_loopback
from network_id.sign_in import Pending, SignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.integrations.core.desk import Desk
    from network_id.integrations.core.messages import Answer, Asked, Cookie
    from network_id.integrations.core.steps import Steps

ID_CHARACTERS = 43  # of 62 kinds: 256 bits
PENDING_SECONDS = 3_600  # as long as the SDK accepts an answer
MOST_PENDING = 4  # tabs; with the session they stay below the 8 kB that servers allow for cookies
LONGEST_NEXT = 512
OLDEST_AGE = 150
HTTP_PORT = 80


def log_in(desk: Desk, asked: Asked) -> Steps[Answer]:
    """Send the browser to the provider. ``?next=`` says where it goes then, ``?age=`` asks that."""
    _tell_of_another_port(desk, asked)
    elsewhere = _at_the_other_name(desk, asked)
    if elsewhere is not None:
        return redirect(elsewhere)
    wishes = _first(asked.query)
    then, age = local_path(wishes.get("next")), read_age(wishes.get("age"))
    session = yield from read_session(desk, asked)
    # What is known already is asked again with it, or the new answer would take its place.
    known = () if session is None else tuple(session.sign_in.ages)
    needed = sorted({*desk.ages, *(() if age is None else (age,))})
    ages = sorted({*needed, *known})
    try:
        platform = desk.platform()
        url, pending = yield lambda: platform.begin_sign_in(
            **(desk.ask | {"ages": ages, "ui_locales": desk.locale(asked)})
        )
    except SignInError as error:
        return desk.refuse_error(asked, error, again=login_url(desk, then, age))
    name = desk.cookies.pending(pending.state)
    # Known ones may stay without an answer: perhaps it is another person who logs in here now.
    kept = {"pending": pending.to_dict(), "next": then, "ages": needed}
    cookie = desk.cookies.seal(name, kept, PENDING_SECONDS)
    return redirect(url).setting(cookie, *_too_many(desk, asked))


def come_back(desk: Desk, asked: Asked) -> Steps[Answer]:
    """Sign in whom the provider sent back, and send them where they wanted to go."""
    name = desk.cookies.pending(_first(asked.query).get("state", ""))
    kept = desk.cookies.read(name, asked.cookies) or {}
    then, ages = local_path(kept.get("next")), kept.get("ages", [])
    again = login_url(desk, then)
    platform = desk.platform()
    try:
        yield platform.ready
    except SignInError as error:
        return desk.refuse_error(asked, error, again=again)  # a reload may succeed
    used = [desk.cookies.drop(name)] if kept else []
    try:
        sign_in = yield lambda: platform.finish_sign_in(_pending(kept), asked.query)
    except SignInError as error:
        return desk.refuse_error(asked, error, again=again).setting(*used)
    for age in ages:
        if sign_in.over(age) is None:
            # Let in without it, they would be sent to answer it for ever.
            log.error("network ID: age_over_%d was asked for and not answered", age)
            again = login_url(desk, then, age)
            page = desk.refuse(asked, "age-not-told", 403, again=again, age=age)
            return page.setting(*used)
    return (yield from _let_in(desk, asked, sign_in, then)).setting(*used)


def _let_in(desk: Desk, asked: Asked, sign_in: SignIn, then: str | None) -> Steps[Answer]:
    """Begin a fresh session; one that this browser had before ends, here and for who copied it."""
    old = yield from read_session(desk, asked)
    # Before anything else is done: an ID token with many claims may fit into no cookie.
    cookie = _kept(desk, Session(generate_token(ID_CHARACTERS), desk.clock(), sign_in))
    yield lambda: desk.hooks.on_signed_in(asked.native, sign_in)
    if old is not None:
        yield lambda: desk.forget(old)
    return redirect(desk.settings.origin + (then or desk.at.home)).setting(cookie)


def _kept(desk: Desk, session: Session) -> Cookie:
    values = {
        "id": session.id,
        "begun_at": session.begun_at,
        "sign_in": session.sign_in.to_dict(),
    }
    return desk.cookies.seal(desk.cookies.session, values, desk.session_seconds)


def _pending(kept: Mapping[str, Any]) -> Pending | None:
    try:
        return Pending.from_dict(kept.get("pending"))
    except SessionValueError:
        return None  # none here, or of another release of this SDK


def _too_many(desk: Desk, asked: Asked) -> list[Cookie]:
    """Return what drops the oldest sign-ins under way, so that cookies stay few."""
    begun: dict[str, int] = {}
    for name in desk.cookies.all_pending(asked.cookies):
        kept = _pending(desk.cookies.read(name, asked.cookies) or {})
        begun[name] = 0 if kept is None else kept.begun_at
    newest_first = sorted(begun, key=begun.__getitem__, reverse=True)
    return [desk.cookies.drop(name) for name in newest_first[MOST_PENDING - 1 :]]


def _at_the_other_name(desk: Desk, asked: Asked) -> str | None:
    """Return this address on the platform's own name where somebody used the machine's other one.

    http://127.0.0.1:8000 and http://localhost:8000 are the same program and not the same cookies:
    the answer would come back to where nobody knows of it.
    """
    host = asked.headers.get("host", "").rpartition(":")[0] or asked.headers.get("host", "")
    host, own = host.strip("[]").lower(), desk.settings.host
    if host == own or not (is_loopback(host) and is_loopback(own)):
        return None
    query = f"?{asked.query}" if asked.query else ""
    return f"{desk.settings.origin}{desk.at.login}{query}"


def _tell_of_another_port(desk: Desk, asked: Asked) -> None:
    """Tell developers that people come back to another port of this machine than they came from.

    Nothing is refused for it: behind a development server of its own that may be right.
    """
    try:
        came, own = urlsplit(f"//{asked.headers.get('host', '')}"), urlsplit(desk.settings.origin)
        port = came.port or HTTP_PORT
    except ValueError:
        return
    if (
        desk.settings.is_at_home
        and is_loopback(came.hostname or "")
        and port != (own.port or HTTP_PORT)
    ):
        log.warning(
            "network ID: a login began on port %d, and people are sent back to %s%s. If nothing "
            "answers there, set PORT=%d (or NETWORK_ID_URL) and start again.",
            *(port, desk.settings.origin, desk.at.callback, port),
        )


def login_url(desk: Desk, then: str | None = None, age: int | None = None) -> str:
    """Return the path that begins a login, which asks for ``age`` and then leads to ``then``."""
    wishes = {"next": then, "age": age}
    given = {name: value for name, value in wishes.items() if value is not None}
    return f"{desk.at.login}?{urlencode(given)}" if given else desk.at.login


def local_path(path: object) -> str | None:
    """Return ``path`` if it is one of this site's, else None: nobody is sent to another site.

    Backslashes, control characters and spaces are refused because browsers rewrite them.
    """
    if not isinstance(path, str) or len(path) > LONGEST_NEXT or not path.isascii():
        return None
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    return path if path.isprintable() and " " not in path else None


def read_age(text: str | None) -> int | None:
    """Return the age that a query asks for, or None."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > len("150"):
        return None
    age = int(text)
    return age if 0 < age <= OLDEST_AGE else None


def _first(query: str) -> dict[str, str]:
    """Return the parameters; of one that comes twice the first. The SDK refuses that itself."""
    found = parse_qsl(query[:8_192], keep_blank_values=True, errors="replace")
    return dict(reversed(found))
