"""P6: nobody is blocked in silence: reason, authority, second operator; seen, answered, logged.

The whole journey over HTTP: an authority names a network ID, two operators with passkeys of their
own open a case and suspend, the person sees why and by whom and objects, is answered, and comes
back; the platform learns nothing but that nobody signed in.
"""

import asyncio
import base64
from pathlib import Path

import pytest

from idp.domain import merkle
from idp.domain.activity import Happened
from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.operator import Role
from idp.protocol import tree_head
from tests.support import passkeys
from tests.support.audit_log import execute
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.operators import Desk, TwoDesks, approve, ask_to_open
from tests.support.passkeys import enrol
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump

REASON, AUTHORITY = "Court order of 3 November, paragraph 2.", "Harbour District Court"
OBJECTION = "I was abroad on that day.\nThe order names somebody else."
REPLY = "You are right. We have asked for the suspension to be lifted."
PAGE = "/account/suspension"


async def test_the_whole_journey(tmp_path: Path):
    async with running(tmp_path) as provider:
        await journey(provider)


@pytest.mark.postgres
async def test_the_whole_journey_on_postgresql(tmp_path: Path, postgres: Postgres):
    urls = (postgres.new_database(), postgres.new_database())
    async with running(tmp_path, database_url=urls[0], enrolment_database_url=urls[1]) as provider:
        await journey(provider)


async def journey(provider: Provider) -> None:
    desks, person = await TwoDesks.at(provider), provider.browser()
    platform = await Platform.register(provider)
    device = await enrol(provider, person)
    tokens = await platform.tokens(person, remember=True)
    network_id = (await platform.userinfo(tokens["access_token"])).json()["sub"]

    case_id = await desks.open_case(network_id)
    assert (await platform.userinfo(tokens["access_token"])).status == 200  # not suspended yet
    await desks.suspend(case_id, REASON, AUTHORITY)

    await the_platform_gets_nothing_more(platform, person, tokens["access_token"])
    await the_person_sees_why_and_keeps_the_account(provider, person, device, case_id)
    await the_person_objects_and_is_answered(person, desks.other, case_id)

    await desks.lift(case_id)
    assert "not-suspended" in (await person.get(PAGE)).text
    again = await platform.tokens(person)
    assert (await platform.userinfo(again["access_token"])).json()["sub"] == network_id
    assert (await platform.userinfo(tokens["access_token"])).status == 401  # ended for good
    await it_is_in_the_log_and_counted(provider, case_id)
    await the_person_finds_it_in_the_history(provider, person)
    await it_is_published_and_cannot_be_taken_back(provider, case_id)


async def it_is_published_and_cannot_be_taken_back(provider: Provider, case_id: str) -> None:
    """Anybody finds the numbers in a signed head; without the entry the log is not whole."""
    provider.clock.advance(31 * SECONDS_PER_DAY)
    assert await provider.services.operations.tree_heads.make()
    public = provider.browser()
    heads = (await public.get("/transparency/heads.json")).json()
    keys = [tree_head.read_verifier_key(key) for key in heads["keys"]]
    head = tree_head.read((await public.get("/transparency/checkpoint")).text, keys)
    [month] = (await public.get("/transparency/months.json")).json()["months"]
    assert {month["counts"][act] for act in ("unmasked", "suspended", "lifted", "appealed")} == {1}
    proved = (await public.get(f"/transparency/inclusion/{month['index']}-{head.size}")).json()
    path = [base64.b64decode(step) for step in proved["proof"]]
    leaf_hash = merkle.leaf_hash(month["entry"].encode())
    assert merkle.includes(leaf_hash, month["index"], head.size, path, head.root)

    check = provider.services.operations.audit_check
    assert (await check.check()).problems == []
    for act in (Act.SUSPENDED, Act.LIFTED):
        [entry] = [
            one
            for one in await provider.services.operations.audit.since(0, most=99)
            if (one.act, one.case_id) == (act, case_id)
        ]
        url = provider.parts.settings.database_url
        statement = "DELETE FROM audit WHERE position = :position"
        await asyncio.to_thread(execute, url, statement, position=entry.position)
        found = [(one.code, one.index) for one in (await check.check()).problems]
        assert ("entry_missing", entry.position) in found


async def the_platform_gets_nothing_more(
    platform: Platform, person: Browser, access_token: str
) -> None:
    dead = await platform.userinfo(access_token)
    assert (dead.status, dead.json()["error"]) == (401, "invalid_token")
    page = await platform.ask(person)
    assert page.url.startswith("/suspended?")
    silent = await person.get(platform.address(prompt="none"))
    assert silent.location_query["error"] == "login_required"
    for told in (REASON, AUTHORITY, "suspend"):
        assert told not in dead.text
        assert told not in silent.location


async def the_person_sees_why_and_keeps_the_account(
    provider: Provider, person: Browser, device: SoftAuthenticator, case_id: str
) -> None:
    elsewhere = provider.browser()  # a suspended person signs in at the provider as ever
    page = await elsewhere.get("/signin")
    assert (await passkeys.sign_in(provider, elsewhere, page, device)).status == 303
    for browser in (person, elsewhere):
        for path in ("/", PAGE):
            page = await browser.get(path)
            assert page.status == 200
            for told in (REASON, AUTHORITY, case_id):
                assert told in page.text
        assert (await browser.get("/account")).status == 200
    entries = await provider.services.operations.audit.since(0, most=99)
    [entry] = [one for one in entries if (one.act, one.case_id) == (Act.SUSPENDED, case_id)]
    assert f"entry No. {entry.position} of the audit log" in (await person.get(PAGE)).text


async def the_person_objects_and_is_answered(person: Browser, operator: Desk, case_id: str) -> None:
    page = await person.get(PAGE)
    answer = await send_objection(person, page, OBJECTION)
    assert answer.location == f"{PAGE}?said=objected"
    listed = await operator.browser.get("/operator/appeals")
    path = "/operator/appeals/" + listed.text.partition("/operator/appeals/")[2][:32]
    shown = await operator.browser.get(path)
    assert "I was abroad on that day." in shown.text
    assert case_id in shown.text
    answered = await operator.send(shown, f"{path}/answer", reply=REPLY)
    assert answered.status == 303
    assert REPLY in (await person.get(PAGE)).text


async def it_is_in_the_log_and_counted(provider: Provider, case_id: str) -> None:
    auditor = await Desk.join(provider, Role.AUDITOR)
    entries = await provider.services.operations.audit.page()
    of_case = [entry.act for entry in reversed(entries) if entry.case_id == case_id]
    assert of_case == [
        *(Act.UNMASK_PROPOSED, Act.UNMASKED, Act.SUSPEND_PROPOSED, Act.SUSPENDED),
        *(Act.APPEALED, Act.APPEAL_ANSWERED, Act.LIFT_PROPOSED, Act.LIFTED),
    ]
    assert (await auditor.browser.get("/operator/audit")).text.count(case_id) == len(of_case)


async def the_person_finds_it_in_the_history(provider: Provider, person: Browser) -> None:
    person_id = await person_of(provider, person)
    events = await provider.services.activity.events(person_id, [])
    assert {event.happened for event in events} >= {
        *(Happened.CASE_OPENED, Happened.SUSPENDED, Happened.APPEALED),
        *(Happened.APPEAL_ANSWERED, Happened.SUSPENSION_LIFTED),
    }


async def test_no_operator_sees_the_person_or_another_id_of_theirs(tmp_path: Path):
    """Two platforms each name their ID of one person: nothing that operators see joins the two."""
    async with running(tmp_path) as provider:
        desks, person = await TwoDesks.at(provider), provider.browser()
        await enrol(provider, person)
        platforms = [await Platform.register(provider), await Platform.register(provider)]
        ids = [str((await platform.id_token(person))["sub"]) for platform in platforms]
        person_ids = [row[0] for row in dump(provider)["provider.people"]]
        cases = [await desks.open_case(network_id) for network_id in ids]
        await desks.suspend(cases[0], REASON, AUTHORITY)
        pages = [
            (await desks.one.browser.get(path)).text
            for path in ("/operator/cases", *(f"/operator/cases/{case}" for case in cases))
        ]
        shown = "".join(pages).upper()
        for secret in [*ids, *(person_id.hex().upper() for person_id in person_ids)]:
            assert secret not in shown.replace("-", "")
        assert (
            "not suspended in this case" in pages[2]
        )  # of the same person, and it does not say so
        await desks.suspend(cases[1], "Another order.", "Another court")
        await desks.lift(cases[0])
        page = await person.get(PAGE)
        assert "Another court" in page.text
        assert AUTHORITY not in page.text


async def test_one_operator_alone_learns_nothing_about_a_network_id(tmp_path: Path):
    """Whether anybody has it is looked at when two have agreed, and not before."""
    async with running(tmp_path) as provider:
        desks, person = await TwoDesks.at(provider), provider.browser()
        platform = await Platform.register(provider)
        known = str((await platform.id_token(person))["sub"])
        unknown = "BY7Q2YWSGQNFEDCVVCMN1XMFN"
        seen = []
        for network_id in (known, unknown):
            proposal_id = await ask_to_open(desks.one, network_id)
            page = await desks.one.browser.get(f"/operator/proposals/{proposal_id}")
            seen.append(without(page.text, proposal_id))
            assert (await desks.one.browser.get(f"/operator/cases/{proposal_id}")).status == 404
        assert seen[0].count("\n") == seen[1].count("\n")
        case_id = await desks.open_case(unknown)
        assert "no account" in (await desks.one.browser.get(f"/operator/cases/{case_id}")).text


async def test_a_network_id_is_gone_from_a_decided_proposal(tmp_path: Path):
    async with running(tmp_path) as provider:
        desks, person = await TwoDesks.at(provider), provider.browser()
        known = str((await (await Platform.register(provider)).id_token(person))["sub"])
        approved, declined = [await ask_to_open(desks.one, known) for _ in range(2)]
        await approve(desks.other, approved)
        page = await desks.other.browser.get(f"/operator/proposals/{declined}")
        await desks.other.send(page, f"/operator/proposals/{declined}/decline")
        for proposal_id in (approved, declined):
            page = await desks.other.browser.get(f"/operator/proposals/{proposal_id}")
            assert known not in page.text.replace("-", "").replace("<wbr>", "")


def without(text: str, proposal_id: str) -> str:
    return text.replace(proposal_id, "")


async def send_objection(person: Browser, page: Answer, text: str) -> Answer:
    form = page.form(f"{PAGE}/object") | {"text": text}
    return await person.post(f"{PAGE}/object", form)


async def test_a_suspension_that_outlived_the_account_can_be_lifted(tmp_path: Path):
    """Whoever closes and enrols again is under it again: the case leads to where they are now."""
    async with running(tmp_path) as provider:
        desks, person = await TwoDesks.at(provider), provider.browser()
        platform = await Platform.register(provider)
        await enrol(provider, person)
        case_id = await desks.open_case(str((await platform.id_token(person))["sub"]))
        await desks.suspend(case_id, REASON, AUTHORITY)
        first = await person_of(provider, person)
        await provider.services.closing.close(first)
        page = await desks.one.browser.get(f"/operator/cases/{case_id}")
        assert "no account" in page.text

        again = provider.browser()
        await enrol(provider, again)  # the citizen whose place is free again
        assert await person_of(provider, again) != first
        assert REASON in (await again.get(PAGE)).text
        await desks.lift(case_id)
        assert "not-suspended" in (await again.get(PAGE)).text
        await platform.id_token(again)


async def person_of(provider: Provider, browser: Browser) -> bytes:
    cookie = next(value for name, value in browser.cookies.items() if name.endswith("session"))
    account = await provider.services.sessions.find(cookie)
    assert account is not None
    return account.session.person_id
