"""P1 along a whole life: enrolled in person, recovering, suspended, exporting, leaving.

The canaries are typed in by a registrar, as they are in an office. After that the number is
nowhere, on the person's own pages neither. The birth date is in one place, the person's own copy of
all that is held, and so is the address for notices, which also its own page shows. Metrics and
traces are searched in ``test_p1_telemetry``.
"""

import html
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from idp.domain.operator import Role
from idp.proofing import in_person
from idp.services import closing, contacts, data
from tests.promises.test_p1_accidents import dump
from tests.promises.test_p1_no_national_id_data import (
    BORN,
    NUMBER,
    Citizen,
    _encoded,
    everything,
    found,
    journeys,
    of_identity,
)
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.dumps import from_sqlite
from tests.support.logins import Platform
from tests.support.operators import Desk, TwoDesks
from tests.support.passkeys import sign_in
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.recovery import make_codes, recover

ADDRESS = "canary.of.p1@post.example"
REGISTRAR = "/operator/registrar"
NOT_WALKED = ("/static", "/signout", "/signin", "/operator", "/language", "/account/data/export")
LINK = re.compile(r'(?:href|action)="(/[^"#]*)"')
FULL: dict[str, Any] = {
    "sandbox": False,
    "documents": "passport",
    "smtp_url": "smtp://127.0.0.1:9",
    "mail_from": "id@provider.example",
}


@dataclass
class Life:
    """Somebody enrolled at an office, and all that anybody has seen of them since."""

    provider: Provider
    browser: Browser
    device: SoftAuthenticator
    person_id: bytes = b""
    operators: list[str] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def begin(cls, provider: Provider) -> Self:
        life = cls(provider, provider.browser(), SoftAuthenticator())
        code = await life._at_the_office()
        page = await life.browser.get("/enrol/code")
        form = page.form("/enrol/code") | {"code": code}
        page = await life.browser.follow(await life.browser.post("/enrol/code", form))
        credential = life.device.create(page.passkey_options(), provider.issuer)
        form = page.form("/enrol/passkey") | {"credential": credential}
        created = await life.browser.follow(await life.browser.post("/enrol/passkey", form))
        life.own |= {"an enrolment's passkey": everything(page), "created": everything(created)}
        cookie = next(v for k, v in life.browser.cookies.items() if k.endswith("session"))
        account = await provider.services.sessions.find(cookie)
        assert account is not None
        life.person_id = account.session.person_id
        return life

    async def _at_the_office(self) -> str:
        desk = await Desk.join(self.provider, Role.REGISTRAR)
        page = await desk.browser.get(REGISTRAR)
        typed = {"country": "GB", "document": "passport", "number": NUMBER}
        typed |= {"birth_date": BORN.isoformat(), "lifetime": "3600"}
        refused = await desk.send(page, REGISTRAR, **typed | {"lifetime": "1"})
        slip = await desk.send(page, REGISTRAR, **typed)
        assert slip.status == 200, slip.text
        self.operators += [everything(refused), everything(slip)]
        code = slip.text.partition('data-testid="slip-code"')[2].partition(">")[2]
        return html.unescape(code.partition("<")[0])

    async def press(self, path: str, action: str | None = None, **fields: str) -> Answer:
        """Fill in a form on one of the person's own pages, signed in just now."""
        await self.sign_in()
        page = await self.browser.follow(await self.browser.get(path))
        form = page.form(action or path) | fields
        return await self.browser.follow(await self.browser.post(action or path, form))

    async def sign_in(self) -> None:
        self.provider.clock.advance(1)
        page = await self.browser.get("/signin?again=1")
        answer = await sign_in(self.provider, self.browser, page, self.device)
        assert answer.status == 303, answer.text

    async def walk(self) -> None:
        """Open every page that a link or a form of the person's own pages leads to."""
        await self.sign_in()
        waiting, seen = ["/account", "/", "/transparency"], set()
        while waiting:
            path = html.unescape(waiting.pop())
            if path in seen or path.startswith(NOT_WALKED):
                continue
            seen.add(path)
            page = await self.browser.follow(await self.browser.get(path))
            self.own[path] = everything(page)
            waiting += LINK.findall(page.text) if page.url.startswith("/account") else []


@pytest.fixture
async def life(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Life]:
    caplog.set_level(logging.DEBUG)
    async with running(tmp_path, **FULL) as provider:
        yield await Life.begin(provider)


async def live(life: Life) -> list[str]:
    """Go through all of it but the closing; return what platforms have seen."""
    await life.press("/account/contact", address=ADDRESS)
    platform = await Platform.register(life.provider)
    citizen = Citizen(life.provider, life.browser, life.person_id)
    seen = [everything(answer) for answer in await journeys(citizen, platform)]
    await life.sign_in()
    codes = await make_codes(life.browser)
    await recover(life.provider, life.provider.browser(), codes[0])
    await life.walk()
    await suspended(life, platform)
    return seen


async def suspended(life: Life, platform: Platform) -> None:
    """Let two operators suspend somebody of whom they know a network ID, and read the answer."""
    tokens = await platform.tokens(life.browser)
    network_id = (await platform.userinfo(tokens["access_token"])).json()["sub"]
    desks = await TwoDesks.at(life.provider)
    case = await desks.open_case(network_id)
    await desks.suspend(case)
    life.own["suspended"] = everything(
        await life.browser.follow(await life.browser.get("/account/suspension"))
    )
    await life.walk()
    for desk in (desks.one, desks.other):
        for path in ("/operator", f"/operator/cases/{case}", "/operator/audit"):
            life.operators.append(everything(await desk.browser.get(path)))
    await desks.lift(case)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    records = [record for phase in ("setup", "call") for record in caplog.get_records(phase)]
    return "\n".join(f"{record.getMessage()} {record.exc_text}" for record in records)


def identity() -> set[str]:
    """Number and birth date, in every spelling."""
    return of_identity()


def address() -> set[str]:
    return {form for text in (ADDRESS, ADDRESS.partition("@")[0]) for form in _encoded(text)}


async def test_p1_of_a_whole_life_nobody_sees_a_canary(
    life: Life, caplog: pytest.LogCaptureFixture
):
    platforms = await live(life)
    assert {"/account/platforms", "/account/activity", "/account/sessions"} <= set(life.own)
    assert len(life.own) > 12
    assert len(life.operators) > 6
    assert found(platforms, identity() | address()) == set()
    assert found(life.operators, identity() | address()) == set()
    assert found([*life.own.values()], identity()) == set()
    showing = {path for path, text in life.own.items() if found([text], address())}
    assert showing == {"/account/contact"}
    written = logged(caplog)
    assert REGISTRAR in written
    assert found([written], identity() | address() | {life.person_id.hex()}) == set()


async def test_p1_the_persons_own_copy_holds_the_birth_date_and_no_number(life: Life):
    await live(life)
    copy = await life.press("/account/data", "/account/data/export")
    assert copy.headers["content-type"].startswith("application/json")
    assert BORN.isoformat() in copy.text
    assert ADDRESS in copy.text
    number = {form for text in (NUMBER, NUMBER[2:]) for form in _encoded(text)}
    assert found([everything(copy)], number) == set()


async def test_p1_closing_leaves_no_canary_behind(life: Life, caplog: pytest.LogCaptureFixture):
    await live(life)
    closed = await life.press("/account/close", understood="yes")
    assert "closed" in closed.url, closed.text
    assert found([everything(closed), logged(caplog)], identity() | address()) == set()
    stored = await of_sqlite(life.provider)
    assert found(stored, identity() | address() | {life.person_id.hex()}) == set()
    settings = life.provider.parts.settings
    urls = (settings.database_url, settings.enrolment_database_url)
    for name, table in from_sqlite(*(url.removeprefix("sqlite:///") for url in urls)).items():
        cells = [cell for row in table.rows for cell in row if isinstance(cell, bytes)]
        assert not any(life.person_id in cell for cell in cells), name


async def of_sqlite(provider: Provider) -> list[str]:
    files = [*provider.parts.settings.home.glob("*.db*")]
    assert len(files) >= 2
    return [file.read_bytes().decode("latin-1") for file in files]


async def test_p1_no_canary_of_a_whole_life_stands_in_clear_in_sqlite(life: Life):
    await live(life)
    assert found(await of_sqlite(life.provider), identity() | address()) == set()


@pytest.mark.postgres
async def test_p1_no_canary_of_a_whole_life_stands_in_clear_in_postgresql(
    tmp_path: Path, postgres: Postgres
):
    urls = [postgres.new_database() for _ in range(2)]
    stores = {"database_url": urls[0], "enrolment_database_url": urls[1]}
    async with running(tmp_path, **FULL | stores) as provider:
        life = await Life.begin(provider)
        await live(life)
        dumps = [dump(postgres, url) for url in urls]
    assert found(dumps, identity() | address()) == set()


QUOTED = f"{NUMBER} {BORN.isoformat()} {ADDRESS}"


@pytest.mark.parametrize(
    ("broken", "path", "action"),
    [
        (data.Data, "/account/data", "/account/data/export"),
        (contacts.Contacts, "/account/contact", "/account/contact"),
        (closing.Closing, "/account/close", "/account/close"),
    ],
)
async def test_p1_what_breaks_on_the_way_quotes_a_canary_to_nobody(
    life: Life,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    broken: type,
    path: str,
    action: str,
):
    """An unhandled error with canaries in its text and in the variables of its frames."""

    async def break_down(*_: object, **__: object) -> None:
        number, born = NUMBER, BORN
        raise LookupError(f"{QUOTED} {number} {born}")

    name = {"data": "export", "contacts": "ask", "closing": "close"}[broken.__module__[13:]]
    monkeypatch.setattr(broken, name, break_down)
    answer = await life.press(path, action, address=ADDRESS, understood="yes")
    assert answer.status == 500
    assert found([everything(answer), logged(caplog)], identity() | address()) == set()


async def test_p1_a_registrars_page_that_breaks_quotes_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    async def break_down(*_: object, **__: object) -> None:
        raise ValueError(QUOTED)

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(in_person.InPerson, "prove", break_down)
    async with running(tmp_path, **FULL) as provider:
        desk = await Desk.join(provider, Role.REGISTRAR)
        typed = {"country": "GB", "document": "passport", "number": NUMBER}
        typed |= {"birth_date": BORN.isoformat(), "lifetime": "3600"}
        answer = await desk.send(await desk.browser.get(REGISTRAR), REGISTRAR, **typed)
    assert answer.status == 500
    assert found([everything(answer), logged(caplog)], identity() | address()) == set()
