"""The body around a demo platform's few lines: its FastAPI application and what pages need."""

from __future__ import annotations

import asyncio
import hmac
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from network_id import Logout, Pending, Platform, ProviderError, SignIn, SignInError, discover
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from relying_parties.demo.pages import Pages
from relying_parties.demo.problems import BROKEN, FORGED_FORM, NOT_FOUND, Problem, problem_of
from relying_parties.demo.sessions import Session, Sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from starlette.requests import Request

    from relying_parties.demo.settings import Settings

LARGEST_FORM = 4_096  # bytes
LOGOUT_PATH = "/backchannel-logout"
log = logging.getLogger("relying_parties.demo")


class Demo:
    """A platform without its own pages yet. ``folder`` holds templates, words, look and logo."""

    def __init__(self, name: str, folder: Path, settings: Settings) -> None:
        self.app = FastAPI(title=name, openapi_url=None, lifespan=self._lifespan)
        self._settings = settings
        self._pages = Pages(name, folder, settings.issuer)
        self._sessions = Sessions(name, settings)
        self._platform: Platform | None = None
        self._lock = asyncio.Lock()
        self.app.middleware("http")(self._with_headers)
        self.app.add_exception_handler(SignInError, self._refused)
        self.app.add_exception_handler(HTTPException, self._not_found)
        self.app.add_exception_handler(Exception, self._broken)
        self.app.get("/healthz")(_alive)
        self.app.get("/files/{name}")(self._file)
        self.app.get("/language")(self._choose_language)

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        yield
        if self._platform is not None:
            await self._platform.aclose()

    async def platform(self) -> Platform:
        """Return the SDK's Platform, discovered when it is first needed. Raises SignInError."""
        async with self._lock:
            if self._platform is None:
                s = self._settings
                self._platform = await discover(
                    s.issuer, s.client_id, s.client_secret, s.redirect_uri
                )
        return self._platform

    def language(self, request: Request) -> str:
        """Return the person's language, for ``ui_locales``."""
        return self._pages.language(request)

    def page(self, request: Request, name: str) -> Response:
        """Return a page of the platform; it sees ``sign_in`` (or None)."""
        return self._render(request, name, {})

    def send_away(self, request: Request, url: str, pending: Pending) -> Response:
        """Send the browser to the provider and remember the sign-in under way."""
        session = self._sessions.of(request)
        session.keep_pending(pending)
        response = RedirectResponse(url, status_code=303)
        self._sessions.save(response, session)
        return response

    def take_pending(self, request: Request) -> Pending | None:
        """Return what this browser's session holds for the answer that it brings, once."""
        return self._sessions.of(request).take_pending(request.query_params.get("state", ""))

    def welcome(self, request: Request, sign_in: SignIn) -> Response:
        """Sign the person in and show them the front page; the code leaves the address bar."""
        session = self._sessions.begin_anew(self._sessions.of(request), sign_in)
        response = RedirectResponse("/", status_code=303)
        self._sessions.save(response, session)
        return response

    async def is_own_form(self, request: Request) -> bool:
        """Tell whether a POST comes from a form of ours (CSRF is refused)."""
        token = (await _read_form(request)).get("csrf", "")
        return hmac.compare_digest(token.encode(), self._sessions.of(request).csrf.encode())

    def leaving(self, request: Request) -> tuple[str, SignIn | None]:
        """Return where to end up after logging out, and the sign-in to end at the provider too."""
        if "also" not in request.query_params:
            return "/", None
        return f"{self._settings.url}/", self._sessions.of(request).sign_in

    def forget(self, request: Request, to: str) -> Response:
        """End the browser's session and send it to ``to``."""
        response = RedirectResponse(to, status_code=303)
        self._sessions.end(response, self._sessions.of(request))
        return response

    async def logout_token(self, request: Request) -> str | None:
        """Return what the provider posted to the back-channel logout URI, if anything."""
        return (await _read_form(request)).get("logout_token")

    def end(self, logout: Logout) -> Response:
        """End the sessions that ended at the provider, and say so to it."""
        self._sessions.end_all(logout)
        return _told(200)

    def forged_form(self, request: Request) -> Response:
        """Return the page for a form that is not ours, or no longer."""
        return self._problem(request, FORGED_FORM)

    def _render(
        self, request: Request, name: str, context: dict[str, Any], status: int = 200
    ) -> Response:
        session: Session = self._sessions.of(request)
        known = {"sign_in": session.sign_in, "csrf": session.csrf, "issuer": self._settings.issuer}
        return self._pages.render(request, name, {**known, **context}, status)

    def _problem(
        self, request: Request, problem: Problem, error: SignInError | None = None
    ) -> Response:
        context = {"problem": problem.name, "error": error}
        return self._render(request, "problem.html", context, problem.status)

    async def _refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, SignInError):
            raise TypeError("only refusals come here")
        # The name alone: what came was written by somebody else.
        if request.url.path == LOGOUT_PATH:  # the provider asks, not a person
            log.warning("logout refused: %s", error.code)
            return _told(503 if isinstance(error, ProviderError) else 400)
        log.warning("sign-in refused: %s", error.code)
        return self._problem(request, problem_of(error), error)

    async def _not_found(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else NOT_FOUND.status
        return self._problem(request, replace(NOT_FOUND, status=status))

    async def _broken(self, request: Request, _error: Exception) -> Response:
        return self._problem(request, BROKEN)

    async def _with_headers(
        self, request: Request, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await answer(request)
        response.headers.update(self._pages.headers)
        return response

    async def _file(self, name: str) -> Response:
        file = self._pages.file(name)
        if file is None:
            raise HTTPException(404)
        return file

    async def _choose_language(self, to: str = "") -> Response:
        response = RedirectResponse("/", status_code=303)
        self._pages.choose(response, to)
        return response


def _told(status: int) -> Response:
    """Answer the provider's logout (OpenID Connect Back-Channel Logout 1.0 §2.8)."""
    return PlainTextResponse("", status_code=status, headers={"cache-control": "no-store"})


async def _alive() -> Response:
    return PlainTextResponse("ok")


async def _read_form(request: Request) -> dict[str, str]:
    """Return the fields of a small form; of a large one, none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    fields = parse_qs(body.decode(errors="replace"))
    return {name: values[0] for name, values in fields.items()}
