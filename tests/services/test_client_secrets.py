"""Two live secrets, so that a platform can change its own without a moment when neither works."""

import asyncio

from tests.support.logins import Platform, basic
from tests.support.provider import Provider


async def works(platform: Platform, secret: str) -> bool:
    """Tell whether a secret authenticates; the invented code is refused only after it does."""
    answer = await platform.at_token_endpoint(
        platform.token_form("no code"), basic(platform.client_id, secret)
    )
    assert answer.json()["error"] in {"invalid_grant", "invalid_client"}
    return bool(answer.json()["error"] == "invalid_grant")


async def test_both_secrets_are_valid_until_the_older_one_is_retired(provider: Provider):
    changes = provider.services.client_changes
    platform = await Platform.register(provider)
    new = await changes.rotate_secret(platform.client_id)
    assert new is not None
    assert (await works(platform, platform.secret), await works(platform, new)) == (True, True)
    assert not await works(platform, new[:-1])
    assert await changes.retire_secret(platform.client_id)
    assert (await works(platform, platform.secret), await works(platform, new)) == (False, True)
    assert not await changes.retire_secret(platform.client_id)  # the last one stays
    assert await works(platform, new)


async def test_the_older_one_ends_by_itself_at_a_time(provider: Provider):
    changes = provider.services.client_changes
    platform = await Platform.register(provider)
    new = await changes.rotate_secret(platform.client_id, old_seconds=3600) or ""
    provider.clock.advance(3599)
    assert (await works(platform, platform.secret), await works(platform, new)) == (True, True)
    provider.clock.advance(1)
    assert (await works(platform, platform.secret), await works(platform, new)) == (False, True)
    newest = await changes.rotate_secret(platform.client_id) or ""
    assert (await works(platform, new), await works(platform, newest)) == (True, True)


async def test_there_are_never_more_than_two(provider: Provider):
    changes = provider.services.client_changes
    platform = await Platform.register(provider)
    drawn = [platform.secret] + [
        await changes.rotate_secret(platform.client_id) or "" for _ in range(3)
    ]
    assert [await works(platform, one) for one in drawn] == [False, False, True, True]


async def test_secrets_drawn_at_once_leave_two_that_work(provider: Provider):
    changes = provider.services.client_changes
    platform = await Platform.register(provider)
    drawn = await asyncio.gather(*(changes.rotate_secret(platform.client_id) for _ in range(5)))
    assert sum([await works(platform, one or "") for one in drawn]) == 2


async def test_a_client_without_a_secret_gets_none(provider: Provider):
    changes = provider.services.client_changes
    public = await Platform.register(provider, token_endpoint_auth_method="none")
    for client_id in (public.client_id, "nobody", "\0"):
        assert await changes.rotate_secret(client_id) is None
        assert not await changes.retire_secret(client_id)


async def test_only_digests_of_both_are_kept(provider: Provider):
    changes = provider.services.client_changes
    platform = await Platform.register(provider)
    new = await changes.rotate_secret(platform.client_id)
    assert new is not None
    stored = b"".join(f.read_bytes() for f in provider.parts.settings.home.glob("provider.db*"))
    assert new.encode() not in stored
    assert platform.secret.encode() not in stored
