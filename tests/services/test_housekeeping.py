import sqlite3

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.consent import CONSENT_DAYS
from idp.services import housekeeping
from idp.services.enrolment import Enrolment, NewAccount
from idp.storage import grants_born, pushed_requests, replays, sessions
from tests.services.conftest import proof
from tests.support.provider import Provider
from tests.support.rows import new_event, new_grant, put_consent, unique

ENROLLED = {"activity": 3, "people": 1}  # being enrolled is the first event of a history
SWEPT = ("activity", "consents", "grants", "pushed_requests", "replays", "sessions")


def counts(provider: Provider) -> dict[str, int]:
    connection = sqlite3.connect(provider.parts.settings.home / "provider.db")
    found = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
        for name in (*SWEPT, "people")
    }
    connection.close()
    return found


async def fill(provider: Provider, enrolment: Enrolment, rows: int) -> None:
    """What a number of logins leave behind, and the one person they are of."""
    database, now = provider.parts.database, provider.clock.now()
    person_id = await enrolment.create(proof(), NewAccount(enrolment.new_user_id()))
    assert person_id is not None
    for _ in range(rows):
        await replays.spend(database, unique(32), expires_at=now + 900)
        await sessions.add(
            database,
            digest=unique(32),
            person_id=person_id,
            facts_sealed=b"",
            expires_day=now // SECONDS_PER_DAY,
        )
        await put_consent(database, unique(32), expires_day=now // SECONDS_PER_DAY + CONSENT_DAYS)
        grant = new_grant(expires_at=now + 660)
        event = new_event(day=now // SECONDS_PER_DAY)
        assert await grants_born.issue(database, grant, event, person_id=person_id)
        await pushed_requests.add(
            database, digest=unique(32), facts_sealed=b"", expires_at=now + 660
        )


@pytest.mark.parametrize("batch", [1, 3, 5, 100])
async def test_all_that_has_expired_leaves_however_small_a_batch_is(
    provider: Provider, enrolment: Enrolment, batch: int
):
    await fill(provider, enrolment, 5)
    provider.clock.advance((CONSENT_DAYS + 2) * SECONDS_PER_DAY)

    await housekeeping.prune(provider.parts.database, provider.clock, batch=batch)

    assert counts(provider) == dict.fromkeys(SWEPT, 0) | {"people": 1}


async def test_nothing_leaves_before_its_time(provider: Provider, enrolment: Enrolment):
    await fill(provider, enrolment, 2)
    await housekeeping.prune(provider.parts.database, provider.clock)
    assert counts(provider) == dict.fromkeys(SWEPT, 2) | ENROLLED

    provider.clock.advance(660 + housekeeping.CLOCK_SKEW_SECONDS)
    await housekeeping.prune(provider.parts.database, provider.clock)
    assert counts(provider) == dict.fromkeys(SWEPT, 2) | ENROLLED | {
        "grants": 0,
        "pushed_requests": 0,
    }


async def test_what_was_used_is_remembered_by_nodes_whose_clock_is_behind(
    provider: Provider, enrolment: Enrolment
):
    await fill(provider, enrolment, 1)
    provider.clock.advance(900 + housekeeping.CLOCK_SKEW_SECONDS - 1)
    await housekeeping.prune(provider.parts.database, provider.clock)
    assert counts(provider)["replays"] == 1
    provider.clock.advance(1)
    await housekeeping.prune(provider.parts.database, provider.clock)
    assert counts(provider)["replays"] == 0
