"""The log: one JSON object a line, of fields on a list, and no bearer value in it."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.observability import FIELDS, Log, write_to_stderr
from tests.support.browser_like import Browser
from tests.support.logins import VERIFIER, Platform
from tests.support.passkeys import enrol
from tests.support.provider import Provider, running
from tests.support.time import FrozenClock

CANARY: Final = "hunter2canary"
NOW: Final = 1_767_225_600


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path) as started:
        yield started


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def events(lines: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(r.getMessage()) for r in lines.records if r.name == "idp"]


def test_an_event_is_one_line_of_json_with_the_time_of_the_instance(
    lines: pytest.LogCaptureFixture,
):
    Log(FrozenClock()).event("started", issuer="https://id.example\nx", sandbox=False, error=None)
    assert "\n" not in lines.records[0].getMessage()
    assert events(lines) == [
        {"time": NOW, "event": "started", "issuer": "https://id.example\nx", "sandbox": False}
    ]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """The logger as a process finds it that has only just begun."""
    log = logging.getLogger("idp")
    for name, value in {"handlers": [], "propagate": True, "level": logging.NOTSET}.items():
        monkeypatch.setattr(log, name, value)
    return log


@pytest.mark.usefixtures("log")
def test_a_server_writes_events_to_its_error_stream_once_each_and_nothing_around_them(
    capsys: pytest.CaptureFixture[str],
):
    write_to_stderr()
    write_to_stderr()
    Log(FrozenClock()).event("started", version="1")
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err) == {"time": NOW, "event": "started", "version": "1"}


@given(
    st.dictionaries(
        st.sampled_from(sorted(FIELDS)),
        st.text()
        | st.integers()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.none(),
    )
)
def test_a_line_is_what_the_standard_library_writes(fields: dict[str, Any]):
    log, stream = logging.getLogger("idp"), StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"handlers": [], "propagate": True, "level": logging.NOTSET}.items():
            patch.setattr(log, name, value)
        patch.setattr("sys.stderr", stream)
        write_to_stderr()
        Log(FrozenClock()).event("request", **fields)
    told = {name: value for name, value in fields.items() if value is not None}
    assert stream.getvalue() == json.dumps({"time": NOW, "event": "request", **told}) + "\n"


@pytest.mark.usefixtures("log")
def test_a_stream_that_takes_no_line_stops_nothing(monkeypatch: pytest.MonkeyPatch):
    """A full disk, or a collector of logs that has died."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stderr", full)
        write_to_stderr()
        for _ in range(200):
            Log(FrozenClock()).event("request", endpoint="/authorize" * 100)
        with suppress(OSError):
            full.close()
        Log(FrozenClock()).event("request")


def test_whoever_else_listens_gets_every_event_too(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
):
    write_to_stderr()
    more = StringIO()
    log.addHandler(logging.StreamHandler(more))
    Log(FrozenClock()).event("started", version="1")
    assert (
        more.getvalue()
        == capsys.readouterr().err
        == '{"time": 1767225600, "event": "started", "version": "1"}\n'
    )


@pytest.mark.parametrize(
    "field", ["person_id", "sub", "code", "token", "query", "cookie", "ip", "user_agent", "url"]
)
def test_a_field_that_is_not_on_the_list_cannot_be_logged(
    lines: pytest.LogCaptureFixture, field: str
):
    with pytest.raises(ValueError, match=field):
        Log(FrozenClock()).event("request", **{field: CANARY})
    assert lines.records == []


def test_nothing_on_the_list_names_a_person_or_a_secret():
    """Each field was thought about; whoever adds one changes this list and says why."""
    assert {
        "cause",
        "client_id",
        "endpoint",
        "error",
        "issuer",
        "limit",  # how many requests are worked on at once
        "method",
        "milliseconds",
        "problem",
        "refused",  # how many were, because too many came
        "request_id",
        "sandbox",
        "status",
        "version",
    } == FIELDS


async def test_a_request_is_told_by_its_route_and_the_id_in_its_answer(
    provider: Provider, lines: pytest.LogCaptureFixture
):
    answer = await provider.browser().get("/authorize?client_id=nobody")
    [event] = events(lines)
    assert event.pop("milliseconds") >= 0
    assert event == {
        "time": NOW,
        "event": "request",
        "request_id": answer.headers["x-request-id"],
        "method": "GET",
        "endpoint": "/authorize",
        "status": 400,
        "cause": "unknown_client",
    }
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        (f"/{CANARY}", "unknown"),
        (f"/clients/{CANARY}/logo.png", "/clients/{client_id}/logo.png"),
        (f"/authorize/{CANARY}", "unknown"),
        (f"/help?{CANARY}", "/help"),
        (f"/token/{quote(CANARY)}%0a", "unknown"),
    ],
)
async def test_a_path_is_never_logged_as_it_was_sent(
    provider: Provider, lines: pytest.LogCaptureFixture, path: str, endpoint: str
):
    await provider.browser().get(path)
    assert [event["endpoint"] for event in events(lines)] == [endpoint]
    assert CANARY not in lines.text


def bearer_values(browser: Browser, platform: Platform, *more: str) -> set[str]:
    """What whoever read it in a log could use."""
    return {CANARY, VERIFIER, platform.secret, *browser.cookies.values(), *more}


def leaked(lines: pytest.LogCaptureFixture, values: set[str]) -> set[str]:
    return {value for value in values if value in lines.text or quote(value) in lines.text}


async def test_a_whole_login_leaves_no_bearer_value_and_no_person_in_the_log(
    provider: Provider, lines: pytest.LogCaptureFixture
):
    platform, browser = await Platform.register(provider), provider.browser()
    await enrol(provider, browser)
    wish = {"state": f"state-{CANARY}", "nonce": f"nonce-{CANARY}", "login_hint": CANARY}
    page = await platform.ask(browser, **wish)
    interaction = page.form("/consent")["interaction"]
    csrf = page.form("/consent")["csrf"]
    answer = await platform.decide(browser, page, "allow", remember=True)
    code = answer.location_query["code"]
    tokens = (await platform.redeem(code)).json()
    userinfo = (await platform.userinfo(tokens["access_token"])).json()
    await platform.redeem(code)  # a replay, which is logged with its cause
    await platform.userinfo(tokens["access_token"])

    assert len(events(lines)) > 10
    assert {"/authorize", "/consent", "/token", "/userinfo"} <= {
        event["endpoint"] for event in events(lines)
    }
    secrets = bearer_values(browser, platform, code, interaction, csrf, userinfo["sub"])
    secrets |= {tokens["access_token"], tokens["id_token"]}
    secrets |= {token.split(".")[2] for token in (tokens["access_token"], tokens["id_token"])}
    assert leaked(lines, secrets) == set()


async def test_refusals_of_every_kind_repeat_nothing_of_what_was_sent(
    provider: Provider, lines: pytest.LogCaptureFixture
):
    platform, browser = await Platform.register(provider), provider.browser()
    await browser.get(platform.address(redirect_uri=f"https://{CANARY}.example/"))
    await browser.get(platform.address(client_id=CANARY))
    await browser.get(platform.address(scope=CANARY, prompt=CANARY))
    await browser.get(platform.address(claims=f'{{"{CANARY}": '))
    await browser.get(platform.address(id_token_hint=f"{CANARY}.{CANARY}.{CANARY}"))
    await browser.get(f"/authorize?client_id={CANARY}&client_id={CANARY}&%ff={CANARY}")
    await browser.get(f"/signin?interaction={CANARY}")
    await browser.get(f"/create/passkey?enrolment={CANARY}")
    for action in ("/signin/persona", "/signin/passkey", "/consent", "/signout", "/create"):
        await browser.post(action, {"csrf": CANARY, "interaction": CANARY, "persona": CANARY})
    await platform.redeem(CANARY)
    await platform.at_token_endpoint({"grant_type": CANARY}, {"authorization": f"Basic {CANARY}"})
    await platform.at_token_endpoint({"client_assertion": f"{CANARY}.e.y", "client_id": CANARY})
    await platform.userinfo(CANARY)
    await browser.get("/", {"cookie": f"a={CANARY}", "accept-language": CANARY})
    await browser.post("/token", body=CANARY.encode(), headers={"content-type": CANARY})

    assert len(events(lines)) >= 18
    assert CANARY not in lines.text
    for event in events(lines):
        assert set(event) <= FIELDS | {"time", "event"}


async def test_what_broke_is_told_by_its_kind_and_not_by_its_words(
    provider: Provider, lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """The words of an exception may quote anything: a row, a parameter, a birth date."""

    async def break_down(*_: object, **__: object) -> None:
        raise LookupError(CANARY)

    monkeypatch.setattr(type(provider.services.clients), "find", break_down)
    answer = await provider.browser().get("/authorize?" + urlencode({"client_id": "shop"}))
    assert answer.status == 500
    assert CANARY not in answer.text
    [event] = events(lines)
    assert (event["status"], event["error"], event["cause"]) == (500, "LookupError", "server_error")
    assert CANARY not in lines.text
