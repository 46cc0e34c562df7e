"""P5: people see and control every release: before, after, withdraw, renew (and the receipt).

Export and closing the account stand in a file of their own.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.pseudonym import RENEWAL_DAYS
from idp.protocol import jose
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.platforms import STATE, Holder
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running

AGES = '{"id_token":{"age_over_18":null,"age_over_65":null}}'
VALUE = re.compile(r'data-testid="value-(age_over_\d+)"><strong>(yes|no)<')
SAID = {"yes": True, "no": False}


async def at_two_platforms(provider: Provider) -> tuple[Holder, Platform, Platform]:
    one, two = [await Platform.register(provider) for _ in range(2)]
    holder = await Holder.signed_in(provider)
    for platform in (one, two):
        provider.clock.advance(7)
        await platform.log_in(holder.browser, remember=True, claims=AGES)
    return holder, one, two


def values(text: str) -> dict[str, bool]:
    return {name: SAID[said] for name, said in VALUE.findall(text)}


async def test_p5_what_the_page_shows_before_is_what_the_token_says_after(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, holder = await Platform.register(provider), await Holder.signed_in(provider)
        page = await platform.ask(holder.browser, claims=AGES)
        before = values(page.text)
        answer = await platform.decide(holder.browser, page, "allow", remember=True)
        tokens = (await platform.redeem(answer.location_query["code"])).json()
        claims = parts(tokens["id_token"])[1]
        assert before == {name: claims[name] for name in before} != {}
        assert "your date of birth" in page.text.partition("Not shared")[2]
        # And so says the account afterwards, with the network ID that the platform knows.
        assert values((await holder.page(platform)).text) == before
        assert await holder.network_id(platform) == claims["sub"]


async def test_p5_taking_back_costs_one_press_and_ends_everything_at_once(tmp_path: Path):
    async with running(tmp_path) as provider:
        holder, one, two = await at_two_platforms(provider)
        tokens = [await p.tokens(holder.browser, claims=AGES) for p in (one, two)]
        in_flight = await one.code(holder.browser, claims=AGES)
        provider.clock.advance(5 * 60)  # far from any fresh sign-in

        await holder.withdraw(one)

        provider.clock.advance(1)
        statuses = [
            (await platform.userinfo(token["access_token"])).status
            for platform, token in zip((one, two), tokens, strict=True)
        ]
        assert statuses == [401, 200]
        assert (await one.redeem(in_flight)).status == 400
        assert (await one.ask(holder.browser)).url.startswith("/consent?")
        assert "code" in (await holder.browser.get(two.address())).location_query


async def test_p5_a_fresh_start_makes_a_new_person_for_one_platform_once_in_a_while(
    tmp_path: Path,
):
    async with running(tmp_path) as provider:
        holder, one, two = await at_two_platforms(provider)
        known = {await holder.network_id(one)}
        there = await holder.network_id(two)
        provider.clock.advance(1)
        await provider.sign_in(again := provider.browser())
        holder = Holder(provider, again)
        for _ in range(3):
            assert (await holder.renew(one)).status == 303
            assert await holder.network_id(one) not in known
            known.add(await holder.network_id(one))
            page = await holder.browser.get((await holder.page(one)).url + "/renew")
            assert 'data-testid="renew"' not in page.text  # not twice
            provider.clock.advance(RENEWAL_DAYS * SECONDS_PER_DAY)
            holder = await Holder.signed_in(provider)
        assert len(known) == 4
        assert await holder.network_id(two) == there
        sub = (await one.id_token(holder.browser))["sub"]
        assert sub == await holder.network_id(one)


@pytest.mark.postgres
async def test_p5_on_postgresql_nothing_outlives_a_withdrawal_or_a_renewal_that_met_it(
    tmp_path: Path, postgres: Postgres
):
    """Logins, withdrawals and renewals really at once: connections of a pool, not turns of a loop.

    A login that won the race is honoured only if its consent was given after all of it ended.
    """
    urls = [postgres.new_database() for _ in range(2)]
    async with running(tmp_path, database_url=urls[0], enrolment_database_url=urls[1]) as provider:
        holder = await Holder.signed_in(provider)
        for act in ("withdraw", "renew") * 5:
            platform = await Platform.register(provider)
            await platform.log_in(holder.browser, remember=True)
            page = await holder.page(platform)
            action = f"{page.url}/{act}"
            asking = page if act == "withdraw" else await holder.browser.get(action)
            form = asking.form(action) | {"understood": "on"}
            done, again, *logins = await asyncio.gather(
                holder.browser.post(action, form),
                holder.browser.post(action, form),
                *[holder.browser.get(platform.address()) for _ in range(4)],
            )
            statuses = sorted([done.status, again.status])
            assert statuses == ([303, 303] if act == "withdraw" else [303, 409])
            for login in logins:
                if login.location.startswith(platform.redirect_uri):
                    answer = await platform.redeem(login.location_query["code"])
                    assert answer.json()["error"] == "invalid_grant"
            assert (await platform.ask(holder.browser)).url.startswith("/consent?")


async def test_p5_a_receipt_proves_a_yes_with_the_published_keys(tmp_path: Path):
    async with running(tmp_path) as provider:
        holder, one, _ = await at_two_platforms(provider)
        found = await holder.receipt(one)
        jwks = (await holder.browser.get("/jwks")).json()
        verified = jose.verify(
            found["jws"], jose.PublicKeys(jwks), algs=("ES256",), typs=("consent-receipt+jwt",)
        )
        assert verified.claims == found["receipt"]
        record = found["receipt"]["consent_record"]
        assert record["pii_principal_id"] == await holder.network_id(one)


async def test_p5_a_yes_that_was_not_remembered_has_its_receipt_too(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, holder = await Platform.register(provider), await Holder.signed_in(provider)
        await platform.log_in(holder.browser)
        provider.clock.advance(1)
        given = (await holder.receipt(platform))["receipt"]["consent_record"]
        assert [event["event_state"] for event in given["events"]] == ["consent given"]
        await holder.withdraw(platform)
        taken_back = (await holder.receipt(platform))["receipt"]["consent_record"]
        assert taken_back["record_id"] == given["record_id"]
        assert [event["event_state"] for event in taken_back["events"]] == [
            "consent given",
            "consent withdrawn",
        ]


async def test_p5_no_receipt_joins_an_old_network_id_with_a_new_one(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, holder = await Platform.register(provider), await Holder.signed_in(provider)
        await platform.log_in(holder.browser, remember=True)
        before = await holder.receipt(platform)
        await holder.renew(platform)
        path = (await holder.page(platform)).url
        gone = await holder.browser.get(f"{path}/receipt?client={platform.client_id}")
        assert gone.status == 404
        provider.clock.advance(1)
        await platform.log_in(holder.browser, remember=True)
        after = await holder.receipt(platform)
        shared = leaves(before) & leaves(after)
        assert await holder.network_id(platform) not in shared
        assert not {value for value in shared if value in telling(before)}


async def test_p2_receipts_of_one_person_share_nothing_that_two_strangers_do_not(tmp_path: Path):
    """P2 for the receipts: what two of one person have in common, all receipts have."""
    async with running(tmp_path) as provider:
        holder, one, two = await at_two_platforms(provider)
        stranger = Holder(provider, provider.browser())
        provider.clock.advance(60)
        await two.log_in(stranger.browser, "elder", remember=True, claims=AGES)
        mine, elsewhere = await holder.receipt(one), await holder.receipt(two)
        theirs = await stranger.receipt(two)
        assert leaves(mine) & leaves(elsewhere) == leaves(mine) & leaves(theirs)
        person_id = (await holder.person_id()).hex()
        for found in (mine, elsewhere):
            assert person_id not in json.dumps(found)
        other = leaves(elsewhere) - leaves(theirs)
        assert not [value for value in other if value in json.dumps(mine)]


async def test_p5_the_list_of_platforms_names_every_one_that_knows_the_person(tmp_path: Path):
    async with running(tmp_path) as provider:
        holder, one, two = await at_two_platforms(provider)
        text = (await holder.everywhere()).text
        assert text.count('data-testid="platform"') == 2
        for platform in (one, two):
            assert STATE.search((await holder.page(platform)).text)


def leaves(value: Any) -> set[str]:
    """Every text and number in a receipt; the signed form counts as its three parts."""
    return set(_leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from str(member).split(".") if name == "jws" else _leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member)
    else:
        yield str(value)


def telling(receipt: dict[str, Any]) -> set[str]:
    """What in a receipt tells whose it is, or which."""
    record = receipt["receipt"]["consent_record"]
    return {receipt["receipt"]["receipt_id"], record["record_id"], record["pii_principal_id"]}
