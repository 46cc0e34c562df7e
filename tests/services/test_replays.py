import hashlib
from pathlib import Path

import pytest

from idp.domain.framing import framed
from idp.services.epoch import Epoch
from idp.services.replays import Replays
from tests.support.provider import Provider, running
from tests.support.ready_made import link_keys
from tests.support.rows import NOW
from tests.support.shared_provider import dump


@pytest.fixture
def replays(provider: Provider) -> Replays:
    return Replays(provider.parts.database, link=link_keys(b"k" * 32))


async def test_a_value_is_used_up_per_kind_and_owner(replays: Replays):
    async def spend(*parts: str) -> bool:
        return await replays.spend(*parts, expires_at=2_000_000_000, made_at=NOW)

    assert await spend("client_assertion", "shop", "jti")
    assert not await spend("client_assertion", "shop", "jti")
    assert await spend("client_assertion", "forum", "jti")
    assert await spend("challenge", "shop", "jti")
    assert await spend("client_assertion", "shop", "\ud800")


@pytest.mark.parametrize("parts", [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd")])
async def test_parts_that_join_to_the_same_text_stay_apart(
    replays: Replays, parts: tuple[str, str, str]
):
    """Or a client named after the end of another could use up its assertions."""
    for one in (("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd")):
        spent = await replays.spend(*one, expires_at=2_000_000_000, made_at=NOW)
        assert spent
    assert not await replays.spend(*parts, expires_at=2_000_000_000, made_at=NOW)


async def test_what_was_spent_is_kept_under_a_keyed_tag_until_a_full_hour(tmp_path: Path):
    """Promise P3: a client's counter could be guessed, and its minute laid beside a sign-in."""
    async with running(tmp_path) as provider:
        replays = Replays(provider.parts.database, link=link_keys(b"k" * 32))
        assert await replays.spend("client_assertion", "shop", "1", expires_at=3601, made_at=NOW)
        [(digest, expires_at)] = dump(provider)["provider.replays"]
    plain = framed(b"client_assertion", b"shop", b"1")
    assert digest not in {hashlib.sha256(plain).digest(), hashlib.sha256(b"1").digest()}
    assert expires_at == 7200


async def test_what_was_made_before_the_database_was_restored_counts_as_used(provider: Provider):
    epoch = Epoch(restored_at=NOW)
    replays = Replays(provider.parts.database, link=link_keys(b"k" * 32), epoch=epoch)

    assert not await replays.spend("challenge", "", "old", expires_at=NOW + 900, made_at=NOW - 1)
    assert await replays.is_spent("token", "", "old", made_at=NOW - 1)
    assert await replays.spend("challenge", "", "new", expires_at=NOW + 900, made_at=NOW)
    assert not await replays.is_spent("token", "", "new", made_at=NOW)
