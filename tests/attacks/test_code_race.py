"""One code, redeemed by many at the same moment: one wins (promise P8)."""

import asyncio
from pathlib import Path

import pytest

from idp import app as joining
from idp.storage.connect import connect
from tests.support import assertions
from tests.support.browser_like import Answer
from tests.support.logins import Platform, basic
from tests.support.provider import Provider, running
from tests.support.races import at_once

RACERS = 50


async def second_node(first: Provider) -> Provider:
    """Another process of the same instance: the same keys and files, connections of its own."""
    settings = first.parts.settings
    parts = joining.Parts(
        settings,
        first.parts.keystore,
        connect(settings.database_url, durable=False),
        connect(settings.enrolment_database_url, durable=False),
        first.clock,
        first.parts.entropy,
        first.parts.outbound,
    )
    application = joining.build(parts)
    return Provider(application, parts, application.services, first.clock)


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 9700 §4.5")
async def test_of_fifty_redemptions_at_once_exactly_one_wins(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider)
        code = await platform.code(provider.browser())
        answers = await at_once(provider, (platform.redeem(code) for _ in range(RACERS)))
        assert_one_winner(answers)
        token = next(answer for answer in answers if answer.status == 200).json()["access_token"]
        # Whoever the losers were, the code was used twice: nothing it gave is honoured.
        assert (await platform.userinfo(token)).status == 401


async def test_two_nodes_on_one_database_give_one_winner(tmp_path: Path):
    async with running(tmp_path) as provider:
        other = await second_node(provider)
        async with other.parts.opened():
            platform = await Platform.register(provider)
            twin = Platform(other, platform.registered)
            code = await platform.code(provider.browser())
            nodes = [platform, twin] * (RACERS // 2)
            assert_one_winner(await at_once(provider, (node.redeem(code) for node in nodes)))


async def test_an_assertion_opens_the_token_endpoint_once_on_two_nodes(tmp_path: Path):
    async with running(tmp_path) as provider:
        other = await second_node(provider)
        async with other.parts.opened():
            platform = await assertions.register(provider)
            twin = Platform(other, platform.registered)
            proof = assertions.assertion(platform)
            answers = await at_once(
                provider,
                (
                    node.at_token_endpoint(assertions.with_assertion(node, proof, "no code"))
                    for node in [platform, twin] * (RACERS // 2)
                ),
            )
            # The one that passed authentication goes on to learn that its code is none.
            assert [a.json()["error"] for a in answers].count("invalid_grant") == 1


async def test_two_first_logins_at_once_draw_one_network_id(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider)
        browsers = [provider.browser() for _ in range(10)]
        pages = [
            await platform.choose_persona(one, await platform.ask(one), "newcomer")
            for one in browsers
        ]
        allowing = zip(browsers, pages, strict=True)
        redirects = await at_once(
            provider, (platform.decide(one, page, "allow") for one, page in allowing)
        )
        codes = [answer.location_query["code"] for answer in redirects]
        answers = [(await platform.redeem(code)).json() for code in codes]
        subs = [(await platform.userinfo(a["access_token"])).json()["sub"] for a in answers]
        assert len(set(subs)) == 1


async def test_a_wrong_secret_in_the_race_burns_nothing(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider)
        code = await platform.code(provider.browser())
        wrong = [
            platform.at_token_endpoint(
                platform.token_form(code), basic(platform.client_id, "wrong")
            )
            for _ in range(10)
        ]
        answers = await asyncio.gather(*wrong, platform.redeem(code))
        assert [answer.status for answer in answers] == [401] * 10 + [200]


def assert_one_winner(answers: list[Answer]) -> None:
    won = [answer for answer in answers if answer.status == 200]
    lost = [answer.json()["error"] for answer in answers if answer.status == 400]
    assert len(won) == 1
    assert lost == ["invalid_grant"] * (RACERS - 1)
