"""The registrar's page: for registrars only, clear about mistakes, silent about persons."""

import pytest

from idp.domain.enrolment_code import parse
from idp.domain.operator import Role
from idp.web.words_enrol import EVIDENCE_FAULTS, FAULTY_FIELDS
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer
from tests.support.operators import Desk
from tests.support.provider import Provider

PATH = "/operator/registrar"
NUMBER, BORN = "11010519491231002X", "1949-12-31"
ORDINARY = {
    "country": "CN",
    "document": "national_id",
    "number": NUMBER,
    "birth_date": BORN,
    "lifetime": "3600",
}


async def issue(desk: Desk, **changes: str) -> Answer:
    page = await desk.browser.get(PATH)
    assert page.status == 200, page.text
    return await desk.send(page, PATH, **ORDINARY | changes)


def code_of(page: Answer) -> str:
    return page.text.partition('data-testid="slip-code"')[2].partition(">")[2].partition("<")[0]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REGISTRAR])
async def test_only_registrars_hand_codes_out(provider: Provider, role: Role):
    desk = await Desk.join(provider, role)
    for answer in (await desk.browser.get(PATH), await desk.browser.post(PATH, ORDINARY)):
        assert (answer.status, answer.error_code()) == (403, "role_missing")
    assert PATH not in (await desk.browser.get("/operator")).text


async def test_a_stranger_is_sent_to_sign_in_and_issues_nothing(provider: Provider):
    for answer in (
        await provider.browser().get(PATH),
        await provider.browser().post(PATH, ORDINARY),
    ):
        assert answer.location.startswith("/operator/signin")


async def test_the_slip_is_the_answer_itself_and_stays_in_no_history(provider: Provider):
    desk = await Desk.join(provider, Role.REGISTRAR)
    slip = await issue(desk)
    assert (slip.status, slip.url) == (200, PATH)
    assert slip.headers["cache-control"] == "no-store"
    assert parse(code_of(slip))
    assert "http://localhost:8000/enrol" in slip.text
    for secret in (NUMBER, BORN):
        assert secret not in slip.text
    again = await desk.browser.get(PATH)
    assert code_of(slip) not in again.text


async def test_the_code_works_in_the_persons_browser(provider: Provider):
    slip = await issue(await Desk.join(provider, Role.REGISTRAR))
    browser = provider.browser()
    form = (await browser.get("/enrol/code")).form("/enrol/code") | {"code": code_of(slip).lower()}
    page = await browser.follow(await browser.post("/enrol/code", form))
    credential = SoftAuthenticator().create(page.passkey_options(), provider.issuer)
    form = page.form("/enrol/passkey") | {"credential": credential}
    assert (await browser.post("/enrol/passkey", form)).location == "/created"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"country": ""}, "country"),
        ({"country": "XX"}, "country"),
        ({"document": "passport"}, "document"),
        ({"number": "110105194912310021"}, "number"),
        ({"number": "<script>"}, "number"),
        ({"birth_date": "1949-12-30"}, "birth_date_and_number"),
        ({"birth_date": ""}, "birth_date"),
        ({"lifetime": "1"}, "lifetime"),
        ({"lifetime": ""}, "lifetime"),
    ],
)
async def test_a_mistake_is_named_at_its_field_and_nothing_of_the_person_comes_back(
    provider: Provider, caplog: pytest.LogCaptureFixture, changes: dict[str, str], fault: str
):
    caplog.set_level("DEBUG")
    page = await issue(await Desk.join(provider, Role.REGISTRAR), **changes)
    assert page.status == 400
    [field] = FAULTY_FIELDS[fault]
    assert f'id="wrong-{field}"' in page.text
    assert EVIDENCE_FAULTS[fault].partition("'")[0] in page.text
    for secret in (NUMBER, changes.get("number", NUMBER), BORN, changes.get("birth_date") or BORN):
        assert secret not in page.text
        assert secret not in caplog.text
    chosen = '<option value="CN" selected>' in page.text
    assert chosen == ("country" not in changes)  # what is of no person need not be typed again


async def test_a_form_of_another_session_is_refused(provider: Provider):
    mine, theirs = await Desk.join(provider, Role.REGISTRAR), provider.browser()
    form = (await mine.browser.get(PATH)).form(PATH)
    desk = await Desk.join(provider, Role.REGISTRAR, browser=theirs)
    answer = await desk.browser.post(PATH, form | ORDINARY)
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
