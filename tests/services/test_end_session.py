"""Requests to sign out, when the key of their ID token has gone meanwhile."""

from pathlib import Path

import pytest

from idp.domain.signing_key import KeyState
from tests.support.leaving import AFTER, choose, leaving_platform, logout_page
from tests.support.provider import running
from tests.support.rotating import Front, ripen, wait_for

HOUR = 3600


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_an_id_token_of_a_removed_key_leads_back(tmp_path: Path):
    front = Front()
    async with running(tmp_path, internet=front.internet) as provider:
        front.stand_before(provider)
        lives, browser = provider.services.key_lives, provider.browser()
        await lives.load()
        shop = await leaving_platform(provider)
        hint = (await shop.tokens(browser))["id_token"]
        staged = await lives.stage("RS256")
        await ripen(provider)
        await lives.activate(staged.kid)
        await wait_for(provider, 2 * HOUR)
        for key in await lives.everyone():
            if key.state is KeyState.RETIRED:
                await lives.remove(key.kid)
        await lives.load()
        await provider.sign_in(browser)
        page = await logout_page(browser, hint, post_logout_redirect_uri=AFTER)
        assert (await choose(browser, page)).location == AFTER
