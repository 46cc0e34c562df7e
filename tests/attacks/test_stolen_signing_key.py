"""Whoever has our signing keys can say anything in our name, until the keys are given up."""

from pathlib import Path

from idp.domain.signing_key import KeyState
from tests.support.internet import Internet
from tests.support.jwt_kinds import OURS
from tests.support.jwt_sinks import SINKS, ok, scene_of
from tests.support.registering import bearer


async def test_nothing_that_a_stolen_key_signed_is_taken_anywhere_from_then_on(tmp_path: Path):
    """Grants stay here, so that nothing but the signature is what is refused."""
    async with scene_of(tmp_path, Internet()) as scene:
        services = scene.provider.services
        await services.key_lives.keep_up()
        taken = [
            (sink, kind)
            for sink, place in SINKS.items()
            for kind in sorted(place.takes & set(OURS))
            if not place.spoils and await place.took(scene, scene.texts[kind])
        ]
        assert len(taken) >= 10
        stolen = [k.kid for k in await services.key_lives.everyone() if k.state is KeyState.ACTIVE]
        for kid in stolen:
            plan = await services.compromise.plan(kid, also=stolen)
            await services.compromise.revoke(plan, also=stolen)
        await services.key_lives.keep_up()

        for sink, place in SINKS.items():
            for kind in OURS:
                assert not await place.took(scene, scene.texts[kind]), (sink, kind)

        fresh = await scene.tokens()
        browser = scene.provider.browser()
        assert ok(await browser.get("/userinfo", bearer(fresh["access_token"])))
