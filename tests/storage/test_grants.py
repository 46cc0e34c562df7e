import pytest

from idp.storage import activity, grants, grants_born, people, pseudonyms, pushed_requests
from idp.storage.database import Database
from tests.support.rows import (
    CONSENT,
    HOLDER,
    ITEMS,
    NOW,
    TODAY,
    add_grant,
    add_person,
    add_pseudonym,
    new_event,
    new_grant,
    put_consent,
    unique,
)


async def test_a_grant_is_found_alone_and_with_its_consent(database: Database):
    grant = await add_grant(database)

    for row in (
        await grants.find(database, grant.id),
        await grants.find_with_consent(database, grant.id),
    ):
        assert row is not None
        assert (row["id"], row["holder_tag"]) == (grant.id, grant.holder_tag)
        assert row["facts_sealed"] == grant.facts_sealed
        assert row["pseudonym_sealed"] == b"sealed pseudonym"
        assert (row["code_used"], row["revoked"], row["expires_at"]) == (0, 0, NOW + 660)
    assert await grants.find_with_consent(database, unique()) is None


async def test_a_code_is_redeemed_once(database: Database):
    grant = await add_grant(database)

    assert await grants.redeem(database, grant.id)
    assert not await grants.redeem(database, grant.id)

    row = await grants.find(database, grant.id)
    assert row is not None
    assert (row["code_used"], row["expires_at"]) == (1, NOW + 660)


async def test_a_revoked_code_is_not_redeemed(database: Database):
    grant, other = await add_grant(database), await add_grant(database)

    assert await grants.revoke(database, grant.id)
    assert not await grants.revoke(database, grant.id)

    assert not await grants.redeem(database, grant.id)
    assert await grants.redeem(database, other.id)


async def test_a_grant_is_gone_with_its_holders_pseudonym(database: Database):
    grant = await add_grant(database)
    await pseudonyms.remove(database, [grant.holder_tag])
    assert await grants.find(database, grant.id) is None
    assert await grants.find_with_consent(database, grant.id) is None


async def test_all_of_many_grants_are_revoked_by_either_tag_and_no_other(database: Database):
    some = [await add_grant(database) for _ in range(70)]

    await grants.revoke_of_holders(database, [g.holder_tag for g in some[1:40]])
    everywhere = [grant.holder_tag for grant in some]
    await grants.revoke_of_consents(database, everywhere, [g.consent_tag for g in some[30:]])

    rows = [await grants.find(database, grant.id) for grant in some]
    revoked = [row["revoked"] for row in rows if row is not None]
    assert revoked == [0, *[1] * 69]


@pytest.mark.parametrize("status", ["suspended", "closed", "ACTIVE", ""])
async def test_nobody_but_an_active_person_is_given_a_grant(database: Database, status: str):
    person_id, grant, event = await add_person(database, status=status), new_grant(), new_event()
    await add_pseudonym(database, HOLDER)

    assert not await grants_born.issue(database, grant, event, person_id=person_id)
    assert not await grants_born.issue(database, grant, event, person_id=b"nobody")

    assert await grants.find(database, grant.id) is None
    assert await activity.of_tags(database, [event.tag]) == []


@pytest.mark.parametrize("pushed", [False, True])
async def test_where_no_history_is_kept_a_grant_is_born_under_the_same_conditions(
    database: Database, *, pushed: bool
):
    """Without its event, it needs the person, the consent and the pushed request all the same."""
    person_id, digest = await add_person(database), unique()
    await add_pseudonym(database, HOLDER)
    await put_consent(database)
    if pushed:
        await pushed_requests.add(database, digest=digest, facts_sealed=b"", expires_at=NOW + 60)
    consent = grants_born.Remembered(person_id, ITEMS, TODAY, digest if pushed else None)
    born = new_grant(holder_tag=HOLDER, consent_tag=CONSENT)
    assert await grants_born.issue_remembered(database, born, None, consent)
    assert await grants.find(database, born.id) is not None
    if pushed:  # it was used up
        again = new_grant(holder_tag=HOLDER, consent_tag=CONSENT)
        assert not await grants_born.issue_remembered(database, again, None, consent)
    nobody = grants_born.Remembered(b"nobody", ITEMS, TODAY, None)
    assert not await grants_born.issue_remembered(database, new_grant(), None, nobody)
    assert await grants_born.issue(database, new_grant(), None, person_id=person_id)
    assert not await grants_born.issue(database, new_grant(), None, person_id=b"nobody")


class Remembered:
    """A person whose consent to the shop is remembered."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def prepare(self) -> None:
        self.person_id = await add_person(self.database)
        await add_pseudonym(self.database, HOLDER)
        await put_consent(self.database)

    async def issue(self, **changes: bytes | int) -> bool:
        tags = {
            name: changes.pop(name) for name in ("holder_tag", "consent_tag") if name in changes
        }
        given = {"person_id": self.person_id, "items_tag": ITEMS, "today": TODAY}
        consent = grants_born.Remembered(**given | changes)  # type: ignore[arg-type]
        self.grant, self.event = new_grant(**tags), new_event()
        return await grants_born.issue_remembered(self.database, self.grant, self.event, consent)


@pytest.fixture
def remembered(database: Database) -> Remembered:
    return Remembered(database)


async def test_a_remembered_consent_gives_a_grant_and_its_event(remembered: Remembered):
    await remembered.prepare()

    assert await remembered.issue()

    row = await grants.find(remembered.database, remembered.grant.id)
    assert row is not None
    assert (row["holder_tag"], row["consent_tag"]) == (HOLDER, CONSENT)
    assert row["facts_sealed"] == remembered.grant.facts_sealed
    events = await activity.of_tags(remembered.database, [remembered.event.tag])
    assert [event["id"] for event in events] == [remembered.event.id]


@pytest.mark.parametrize(
    "changes",
    [
        {"items_tag": b"j" * 32},
        {"holder_tag": unique(32)},
        {"consent_tag": unique(32)},
        {"person_id": b"nobody"},
        {"today": TODAY + 1},
    ],
    ids=lambda changes: str(next(iter(changes))),
)
async def test_nothing_but_that_very_consent_gives_a_grant(
    remembered: Remembered, changes: dict[str, bytes | int]
):
    await remembered.prepare()

    assert not await remembered.issue(**changes)

    await add_pseudonym(remembered.database, unique(32))
    assert await grants.find(remembered.database, remembered.grant.id) is None
    assert await activity.of_tags(remembered.database, [remembered.event.tag]) == []


async def test_a_suspended_persons_consent_gives_nothing(remembered: Remembered):
    await remembered.prepare()
    await people.set_status(remembered.database, remembered.person_id, "suspended", None)
    assert not await remembered.issue()
