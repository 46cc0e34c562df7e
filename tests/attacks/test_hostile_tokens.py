"""Hostile tokens: every lie about a good JWT, at every place that reads one, is refused there.

By class the advisories of peers and libraries: CVE-2026-28802 (none), CVE-2026-27962 (embedded
jwk), CVE-2024-37568 and CVE-2022-29217 (HMAC by the public key), CVE-2025-59420 (unknown crit),
CVE-2026-48525 (b64), CVE-2025-61920 (oversize), CVE-2024-33664 (bombs), CVE-2026-27932 (p2c),
CVE-2026-9793 (JWE), CVE-2020-26244 (future iat), CVE-2024-53861 (part of an issuer),
CVE-2026-27840 (truncation).
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from tests.support.hostile_tokens import Good, hostile
from tests.support.internet import Internet
from tests.support.jwt_kinds import JWTS, Scene
from tests.support.jwt_sinks import LENIENT, SINKS, right, scene_of

MODULE = pytest.mark.asyncio(loop_scope="module")
PLACES: Final = [
    (sink, kind)
    for sink, place in SINKS.items()
    for kind in sorted(place.takes & set(JWTS))
    if not place.spoils
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene_of(tmp_path_factory.mktemp("hostile"), Internet()) as made:
        yield made


@MODULE
@pytest.mark.spec("RFC 7515 §4.1.11")
@pytest.mark.spec("RFC 8725 §3.1", "RFC 8725 §3.2", "RFC 8725 §3.8", "RFC 8725 §3.9")
@pytest.mark.parametrize(("sink", "kind"), PLACES, ids=str)
async def test_every_lie_is_refused_at_every_place(scene: Scene, sink: str, kind: str):
    took = SINKS[sink].took
    signer = (await scene.good(kind)).signer
    good = Good(await right(scene, sink, kind), signer)
    assert await took(scene, good.resigned()), "or it would refuse everything"
    accepted = {name for name, lie in hostile(good).items() if await took(scene, lie)}
    assert accepted == LENIENT.get(sink, frozenset()) & set(hostile(good))
    assert await took(scene, good.resigned()), "nor has a lie spoiled anything"
    assert scene.meter.broken == []


@MODULE
async def test_no_lie_revokes_what_it_is_about(scene: Scene):
    """What we signed, whoever and whatever it is for, its client may give back."""
    for kind in ("access_token", "api_token", "bound_token"):
        good = await scene.good(kind)
        fine = {name for name in hostile(good) if name.startswith(("aud ", "sub "))}
        for name, lie in hostile(good).items():
            if name in fine | LENIENT["userinfo"]:
                continue
            answer = await scene.post("/revoke", {"token": lie})
            assert answer.status in {200, 400, 413}, name
    assert await SINKS["userinfo"].took(scene, scene.texts["access_token"])
    assert await SINKS["introspected"].took(scene, scene.texts["api_token"])
