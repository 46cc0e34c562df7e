import pytest

from idp.services.replays import Replays
from tests.support.provider import Provider


@pytest.fixture
def replays(provider: Provider) -> Replays:
    return Replays(provider.parts.database)


async def test_a_value_is_used_up_per_kind_and_owner(replays: Replays):
    async def spend(*parts: str) -> bool:
        return await replays.spend(*parts, expires_at=2_000_000_000)

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
        spent = await replays.spend(*one, expires_at=2_000_000_000)
        assert spent
    assert not await replays.spend(*parts, expires_at=2_000_000_000)
