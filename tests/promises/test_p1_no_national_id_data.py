"""P1: a platform receives no national ID data, ever."""

import logging
from base64 import b32encode, b64encode
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest

from idp.domain.assurance import Assurance
from idp.proofing.proof import Proof
from idp.protocol import acr
from idp.services.enrolment import NewAccount
from tests.support.browser_like import Answer, Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import Provider, running

NUMBER = "QX7710099934Z8"
BORN = date(1977, 10, 9)
DOCUMENT = "canarypassport"
COUNTRY = "QX"
CONFIRMED = {"age_over_14": True, "age_over_16": True, "age_over_18": True, "age_over_65": False}


@dataclass
class Citizen:
    """Somebody enrolled with canaries for data, and their browser."""

    provider: Provider
    browser: Browser
    person_id: bytes


async def enrolled(provider: Provider) -> Citizen:
    """Enrol somebody with the canaries, and sign them in."""
    services = provider.services
    enrolment = services.enrolment
    proof = Proof("test", Assurance.HIGH, COUNTRY, DOCUMENT, NUMBER, BORN)
    person_id = await enrolment.create(proof, NewAccount(enrolment.new_user_id()))
    assert person_id is not None
    browser = provider.browser()
    page = await browser.get("/signin")
    name = next(name for name in browser.cookies if name.endswith("browser"))
    browser.cookies[name.replace("browser", "session")] = await services.sessions.begin(
        person_id, acr=acr.PASSKEY, amr=acr.PASSKEY_METHODS, instead_of=None
    )
    assert page.status == 200
    return Citizen(provider, browser, person_id)


@pytest.fixture
async def citizen(tmp_path: Path) -> AsyncIterator[Citizen]:
    async with running(tmp_path, sandbox=False) as provider:
        yield await enrolled(provider)


def spellings(person_id: bytes) -> set[str]:
    """The canaries in every spelling that somebody might have thought of."""
    return of_identity() | _encoded(person_id.hex()) | set(_base64(person_id))


def of_identity() -> set[str]:
    """What was proved at enrolment: number, document, date of birth."""
    days = (BORN - date(1970, 1, 1)).days
    formats = ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
    plain = {NUMBER, NUMBER[2:], DOCUMENT, str(days * 86400), *map(BORN.strftime, formats)}
    return {text for value in plain for text in _encoded(value)}


def _encoded(value: str) -> set[str]:
    raw = value.encode()
    return {value, value[::-1], raw.hex(), b32encode(raw).decode(), *_base64(raw)}


def _base64(value: bytes) -> Iterable[str]:
    """Base64 of a value that stands at any place within a longer one."""
    for skipped in range(3):
        shifted = b64encode(b"\0" * skipped + value).decode().rstrip("=")
        middle = shifted[-(-skipped * 8 // 6) : len(shifted) - 1]
        yield middle
        yield middle.replace("+", "-").replace("/", "_")


def everything(answer: Answer) -> str:
    """An answer as a platform, or whoever it hands it to, may read it; JWTs opened."""
    told = f"{answer.url}\n{sorted(answer.headers.items())}\n{answer.text}"
    for word in told.replace('"', " ").split():
        if word.count(".") == 2 and word.startswith("ey"):
            told += str(parts(word))
    return f"{told}\n{unquote(told)}"


async def journeys(citizen: Citizen, platform: Platform) -> list[Answer]:
    """All that a platform can see, or cause and see: yes, no, silence, tokens, refusals, errors."""
    wish = {"scope": "openid age", "max_age": "10000"}
    page = await platform.ask(citizen.browser, **wish)
    assert page.url.startswith("/consent"), page.url
    denied = await platform.decide(citizen.browser, page, "deny")
    page = await platform.ask(citizen.browser, **wish)
    allowed = await platform.decide(citizen.browser, page, "allow", remember=True)
    silent = await citizen.browser.get(platform.address(prompt="none", **wish))
    code = allowed.location_query["code"]
    tokens = await platform.redeem(code)
    token = tokens.json()["access_token"]
    userinfo = await platform.userinfo(token)
    assert userinfo.json() | CONFIRMED == userinfo.json()
    public = citizen.provider.browser()
    return [
        denied,
        allowed,
        silent,
        tokens,
        userinfo,
        await platform.redeem(code),
        await platform.userinfo(token),
        await platform.redeem("made up"),
        await citizen.browser.get(platform.address(redirect_uri="https://evil.example/")),
        await citizen.browser.get(platform.address(scope="profile")),
        await citizen.browser.get(
            platform.address(claims='{"id_token":{"birthdate":null,"name":{"essential":true}}}')
        ),
        await public.get("/.well-known/openid-configuration"),
        await public.get("/jwks"),
    ]


async def test_p1_no_canary_reaches_a_platform_in_any_spelling(citizen: Citizen):
    platform = await Platform.register(citizen.provider, userinfo_signed_response_alg=None)
    seen = [everything(answer) for answer in await journeys(citizen, platform)]
    assert found(seen, spellings(citizen.person_id)) == set()


async def test_p1_signed_userinfo_holds_no_more(citizen: Citizen):
    platform = await Platform.register(citizen.provider, userinfo_signed_response_alg="ES256")
    code = await platform.code(citizen.browser, scope="openid age")
    tokens = (await platform.redeem(code)).json()
    answer = await platform.userinfo(tokens["access_token"])
    claims = parts(answer.text)[1]
    assert set(claims) == {"sub", "iss", "aud", *CONFIRMED}
    assert found([everything(answer)], spellings(citizen.person_id)) == set()


async def test_p1_no_canary_stands_in_the_log(citizen: Citizen, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    await journeys(citizen, await Platform.register(citizen.provider))
    assert "/token" in caplog.text
    assert found([caplog.text], spellings(citizen.person_id)) == set()


async def test_p1_no_canary_stands_in_clear_in_either_database(citizen: Citizen):
    await journeys(citizen, await Platform.register(citizen.provider))
    files = [*citizen.provider.parts.settings.home.glob("*.db*")]
    assert len(files) >= 2
    stored = [file.read_bytes().decode("latin-1") for file in files]
    # The person's own identifier stands in the rows of the person side, and nowhere else.
    assert found(stored, of_identity()) == set()


async def test_p1_the_search_finds_what_is_there(citizen: Citizen):
    told = [f"x {b64encode(b'ab' + NUMBER.encode()).decode()} y", BORN.isoformat()[::-1]]
    assert len(found(told, spellings(citizen.person_id))) >= 2


def found(texts: list[str], canaries: set[str]) -> set[str]:
    """The canaries that occur, upper and lower case alike where letters are no encoding."""
    joined = "\n".join(texts)
    return {canary for canary in canaries if canary in joined or canary.lower() in joined.lower()}
