import pytest

from idp.storage import consents, grants, people
from idp.storage.database import Database
from tests.support.rows import (
    CLIENT,
    NOW,
    SECTOR,
    TODAY,
    add_grant,
    add_person,
    add_pseudonym,
    new_grant,
)

TAG = b"t" * 32


async def redeem(database: Database, grant_id: bytes, now: int = NOW) -> bool:
    return await grants.redeem(database, grant_id, now=now, expires_at=now + 600)


async def test_a_grant_is_found_by_its_id_and_by_its_code(database: Database):
    grant = await add_grant(database)

    for row in (
        await grants.find(database, grant.id),
        await grants.find_by_code(database, grant.code_digest),
    ):
        assert row is not None
        assert (row["id"], row["client_id"], row["network_id"]) == (grant.id, CLIENT, "NETWORK1D")
        assert row["facts_sealed"] == grant.facts_sealed
        assert (row["code_expires_at"], row["expires_at"]) == (NOW + 60, NOW + 660)
        assert (row["code_used_at"], row["revoked_at"]) == (None, None)
    assert await grants.find_by_code(database, grant.id) is None


async def test_a_code_is_redeemed_once(database: Database):
    grant = await add_grant(database)

    assert await redeem(database, grant.id)
    assert not await redeem(database, grant.id)

    row = await grants.find(database, grant.id)
    assert row is not None
    assert (row["code_used_at"], row["expires_at"]) == (NOW, NOW + 600)


async def test_a_code_is_redeemed_up_to_the_second_before_it_expires(database: Database):
    early, late = await add_grant(database), await add_grant(database)

    assert await redeem(database, early.id, NOW + 59)
    assert not await redeem(database, late.id, NOW + 60)


async def test_a_revoked_code_is_not_redeemed(database: Database):
    grant, other = await add_grant(database), await add_grant(database)

    await grants.revoke(database, grant.id, now=NOW)

    assert not await redeem(database, grant.id)
    assert await redeem(database, other.id)


async def test_a_grant_stays_revoked_since_the_first_time(database: Database):
    grant = await add_grant(database)

    await grants.revoke(database, grant.id, now=NOW)
    await grants.revoke(database, grant.id, now=NOW + 9)

    row = await grants.find(database, grant.id)
    assert row is not None
    assert row["revoked_at"] == NOW


@pytest.mark.parametrize("status", ["suspended", "closed", "ACTIVE", ""])
async def test_nobody_but_an_active_person_is_given_a_grant(database: Database, status: str):
    person_id, grant = await add_person(database, status=status), new_grant()

    assert not await grants.issue(database, grant, network_id="N", person_id=person_id)
    assert not await grants.issue(database, grant, network_id="N", person_id=b"nobody")

    assert await grants.find(database, grant.id) is None


class Remembered:
    """A person whose consent to the shop is remembered."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def prepare(self, **changes: object) -> str:
        self.person_id = await add_person(self.database)
        self.network_id = await add_pseudonym(self.database, TAG)
        put = {"items": "age_over_18 openid", "expires_day": TODAY + 1} | changes
        await consents.put(
            self.database,
            network_id=self.network_id,
            client_id=CLIENT,
            items=str(put["items"]),
            expires_day=int(str(put["expires_day"])),
        )
        return self.network_id

    async def issue(self, **changes: object) -> str | None:
        client_id = str(changes.pop("client_id", CLIENT))
        given: dict[str, object] = {
            "person_id": self.person_id,
            "sector": SECTOR,
            "holder_tag": TAG,
            "items": "age_over_18 openid",
            "today": TODAY,
        }
        consent = grants.Remembered(**given | changes)  # type: ignore[arg-type]
        self.grant = new_grant(client_id=client_id)
        return await grants.issue_remembered(self.database, self.grant, consent)


@pytest.fixture
def remembered(database: Database) -> Remembered:
    return Remembered(database)


async def test_a_remembered_consent_gives_a_grant_under_its_network_id(remembered: Remembered):
    network_id = await remembered.prepare()

    assert await remembered.issue() == network_id

    row = await grants.find(remembered.database, remembered.grant.id)
    assert row is not None
    assert (row["network_id"], row["client_id"]) == (network_id, CLIENT)
    assert row["facts_sealed"] == remembered.grant.facts_sealed


@pytest.mark.parametrize(
    "changes",
    [
        {"items": "openid"},
        {"items": "age_over_18 age_over_65 openid"},
        {"items": "openid age_over_18"},
        {"holder_tag": b"u" * 32},
        {"sector": "platform:other"},
        {"client_id": "another client of this sector"},
        {"person_id": b"nobody"},
        {"today": TODAY + 1},
    ],
    ids=lambda changes: str(next(iter(changes))),
)
async def test_nothing_less_than_that_very_consent_gives_a_grant(
    remembered: Remembered, changes: dict[str, object]
):
    await remembered.prepare()

    assert await remembered.issue(**changes) is None

    assert await grants.find(remembered.database, remembered.grant.id) is None


async def test_a_suspended_persons_consent_gives_nothing(remembered: Remembered):
    await remembered.prepare()
    await people.set_status(remembered.database, remembered.person_id, "suspended", None)
    assert await remembered.issue() is None
