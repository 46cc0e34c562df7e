"""When nothing can be said about a platform, that is said, and what would help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from network_id_simulator.checker.verdict import Verdict
from network_id_simulator.checker.wish import CannotRunError
from starlette.applications import Starlette
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from tests.relying_parties.checker.by_hand import ByHand, Refused
from tests.relying_parties.checker.world import HOME, OneTown, findings

if TYPE_CHECKING:
    from starlette.requests import Request

FEW = ("nonce", "response-iss", "error-access-denied", "extra-claims")


async def to_the_front_page(_request: Request, _error: Exception) -> Response:
    return RedirectResponse("/", 303)


class Deaf(ByHand):
    """A platform at which neither a sign-in nor a refusal shows anywhere."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.app.add_exception_handler(Refused, to_the_front_page)

    async def home(self, request: Request) -> Response:
        return HTMLResponse("<p>Welcome, whoever you are.</p>")


class Account(Deaf):
    """The same with one page that is for people who are signed in."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.app.router.routes.append(Route("/account", self.account))

    async def account(self, request: Request) -> Response:
        session = self.sessions.get(request.cookies.get("session", ""))
        if session is None or session.sub is None:
            return PlainTextResponse("Log in first.", 401)
        return PlainTextResponse("Your orders.")


class Newcomer(ByHand):
    """A first attempt: no page and no session, the callback itself says who came."""

    async def callback(self, request: Request) -> Response:
        await super().callback(request)
        found = [session.sub for session in self.sessions.values() if session.sub]
        return JSONResponse({"network_id": found[-1]})

    async def home(self, request: Request) -> Response:
        return HTMLResponse('<a href="/login">Log in</a>')


class Buttons(ByHand):
    """A platform whose login page has buttons, and whose right one is a form with a token."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.app.router.routes[:0] = [
            Route("/login", self.choose),
            Route("/go", self.go, methods=["POST"]),
        ]

    async def choose(self, request: Request) -> Response:
        return HTMLResponse(
            "<form method=post action=/password><input name=name><button>Log in</button></form>"
            "<form method=post action=/go><input type=hidden name=csrf value=abc>"
            "<button>Log in with network ID</button></form>"
        )

    async def go(self, request: Request) -> Response:
        if (await request.body()) != b"csrf=abc":
            return PlainTextResponse("forged", 400)
        return await self.login(request)


class Restless(ByHand):
    """A platform that begins again by itself whenever an answer is refused."""

    async def callback(self, request: Request) -> Response:
        try:
            return await super().callback(request)
        except Exception:  # noqa: BLE001 - whatever it was
            return await self.login(request)


async def test_a_platform_where_a_sign_in_shows_nowhere_is_told_what_to_give():
    town = OneTown()
    with pytest.raises(CannotRunError, match="--probe") as told:
        await town.check(Deaf(town.way).app, only=FEW)
    assert told.value.code == "no_difference"


async def test_a_page_that_the_owner_names_is_looked_at():
    town = OneTown()
    report = await town.check(Account(town.way, "nonce").app, only=FEW, probe=f"{HOME}/account")
    assert report.told_by == f"{HOME}/account"
    assert findings(report) == {"nonce": "signed in"}


async def test_a_text_that_the_owner_names_is_looked_for():
    town = OneTown()
    report = await town.check(ByHand(town.way, "nonce").app, only=FEW, signed_in_text="Welcome")
    assert report.told_by == f'"Welcome" on {HOME}/'
    assert findings(report) == {"nonce": "signed in"}


async def test_a_text_that_everybody_sees_is_not_believed():
    town = OneTown()
    with pytest.raises(CannotRunError):
        await town.check(ByHand(town.way).app, only=FEW, signed_in_text="<p>")


async def test_a_platform_without_sessions_is_judged_by_its_callback():
    town = OneTown()
    report = await town.check(Newcomer(town.way, "nonce").app, only=FEW)
    assert report.told_by == "the answer at the redirect URI"
    assert findings(report) == {"nonce": "signed in"}


async def test_the_right_button_of_a_login_page_is_pressed():
    town = OneTown()
    report = await town.check(Buttons(town.way, "nonce").app, only=FEW)
    assert findings(report) == {"nonce": "signed in"}


async def test_a_second_answer_is_not_taken_for_the_first():
    town = OneTown()
    report = await town.check(Restless(town.way).app, only=FEW)
    assert findings(report) == {}
    assert {line.name for line in report.advice} == {"nonce", "response-iss", "error-access-denied"}


async def test_a_platform_that_never_comes_is_told_where_it_went():
    town = OneTown()
    page = Starlette(routes=[Route("/{path:path}", lambda _: HTMLResponse("Closed today."))])
    with pytest.raises(CannotRunError, match="never came to the simulator") as told:
        await town.check(page)
    assert told.value.notes[1] == f"  GET {HOME}/login -> 200"


async def test_a_platform_that_signs_in_nobody_does_not_pass():
    town = OneTown()
    wrong = replace(town.way, client_secret="another secret")
    with pytest.raises(CannotRunError, match="did not take a good sign-in") as told:
        await town.check(ByHand(wrong).app, patience=0)
    assert any("client_authentication_failed" in note for note in told.value.notes)


async def test_a_platform_that_signs_in_who_said_no_is_caught():
    class Eager(ByHand):
        async def callback(self, request: Request) -> Response:
            response = Response(status_code=303, headers={"location": "/"})
            if "error" in request.query_params:
                self.begin(response, type(next(iter(self.sessions.values())))(sub="somebody"))
                return response
            return await super().callback(request)

    town = OneTown()
    report = await town.check(Eager(town.way).app, only=FEW)
    assert findings(report) == {"error-access-denied": "signed in"}


async def test_what_waits_for_metadata_is_met_by_a_platform_that_has_none_yet():
    town = OneTown()
    report = await town.check(ByHand(town.way).app, only=["endpoint"])
    met = {line.name for line in report.results if line.verdict is not Verdict.NOT_MET}
    assert {"discovery-issuer", "discovery-503", "discovery-slow", "jwks-garbage"} <= met


async def test_a_platform_that_keeps_broken_keys_is_told_after_which_faults():
    class Keeper(ByHand):
        async def look_at_keys(self, url: str) -> None:
            if not self.looked_at:
                self.looked_at = 1
                found = await self.fetch("GET", url)
                self.keys = found.get("keys", [])

    town = OneTown()
    with pytest.raises(CannotRunError, match=r"not recover from one of .*jwks-slow") as told:
        await town.check(Keeper(town.way).app, only=["endpoint"], patience=0)
    assert told.value.code == "no_sign_in"


async def test_a_page_that_takes_an_errors_text_for_html_is_found():
    class Frank(ByHand):
        async def callback(self, request: Request) -> Response:
            if "error" in request.query_params:
                return HTMLResponse(request.query_params.get("error_description", ""), 400)
            return await super().callback(request)

    town = OneTown()
    report = await town.check(Frank(town.way).app, only=FEW)
    assert findings(report) == {"error-text": "error_description becomes HTML of the page (XSS)"}


async def test_a_platform_of_another_provider_is_told_whose_issuer_to_take_and_not_waited_for():
    other = "http://127.0.0.1:9000/authorize?response_type=code&client_id=shop"
    page = Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse("Welcome")),
            Route("/login", lambda _: RedirectResponse(other, 303)),
        ]
    )
    town = OneTown()
    with pytest.raises(CannotRunError, match=f"9000, not .* issuer {town.way.issuer}") as told:
        await town.check(page)
    assert told.value.code == "no_sign_in"
    assert town.slept == 0
