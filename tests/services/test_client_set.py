"""Clients as they are written down, put in their place: together, in any order, at once."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from idp.domain.audit import Act
from idp.domain.difference import Change
from idp.services.client_set import SetRefused, Step, Wanted
from idp.storage import clients as storage
from tests.support.internet import Internet
from tests.support.provider import Provider, running
from tests.support.registering import Registrant

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

SHOP = {"client_name": "Shop", "redirect_uris": ["https://shop.example/callback"]}
API = {
    "client_name": "Records",
    "platform": "records",
    "grant_types": [],
    "resource": "https://records.example/api",
    "resource_scopes": {"records:read": "Read your records"},
}
USER = SHOP | {"platform": "shop", "scope": "openid records:read"}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, registration="open") as started:
        yield started


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    url = None
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database()
    async with running(tmp_path, database_url=url) as started:
        yield started


class Applying:
    """Applies sets, and keeps the secrets that were drawn."""

    def __init__(self, provider: Provider) -> None:
        self.set = provider.services.client_set
        self.clients = provider.services.clients
        self.secrets: list[tuple[str, str]] = []

    async def plan(self, *wanted: Wanted) -> list[tuple[str, Change]]:
        return [(s.difference.client_id, s.difference.change) for s in await self.steps(*wanted)]

    async def steps(self, *wanted: Wanted) -> list[Step]:
        return await self.set.steps(wanted)

    async def do(self, *wanted: Wanted) -> list[Change]:
        steps = await self.steps(*wanted)
        done = [await self.set.apply(step, self.keep) for step in steps]
        return [step.difference.change for step in done]

    def keep(self, client_id: str, secret: str) -> None:
        self.secrets.append((client_id, secret))


def shop(client_id: str = "shop", logo: bytes | None = None, **changes: Any) -> Wanted:
    document = {n: v for n, v in (SHOP | changes).items() if v is not None}
    return Wanted(client_id, document, logo)


async def test_a_set_applied_twice_changes_nothing_the_second_time(provider: Provider):
    applying = Applying(provider)
    wanted = (shop(logo=PNG + b"logo"), shop("forum", token_endpoint_auth_method="none"))
    assert await applying.do(*wanted) == [Change.ADDED, Change.ADDED]
    before = await applying.clients.everyone()
    assert await applying.do(*wanted) == [Change.UNCHANGED, Change.UNCHANGED]
    assert await applying.clients.everyone() == before
    assert [client_id for client_id, _ in applying.secrets] == ["shop"]
    entries = await provider.services.operations.audit.page()
    assert [(e.act, e.subject) for e in entries if e.act is Act.CLIENT_ADDED] == [
        (Act.CLIENT_ADDED, "forum"),
        (Act.CLIENT_ADDED, "shop"),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_of_the_files_counts_for_nothing(provider: Provider, order: tuple[int]):
    """Who asks for the scope of a resource may stand before who has it."""
    applying = Applying(provider)
    three = (Wanted("user", dict(USER)), Wanted("api", dict(API)), shop())
    assert await applying.do(*(three[place] for place in order)) == [Change.ADDED] * 3
    user = await applying.clients.find("user")
    assert user is not None
    assert "records:read" in user.scopes


async def test_only_what_differs_is_told_and_changed(provider: Provider):
    applying = Applying(provider)
    await applying.do(shop(), shop("forum"))
    document = SHOP | {"client_name": "New name", "client_name#zh-Hans": "新名字"}
    changed = Wanted("shop", document)
    steps = await applying.steps(changed, shop("forum"))
    assert [s.difference.change for s in steps] == [Change.CHANGED, Change.UNCHANGED]
    assert [(m.name, m.before, m.after) for m in steps[0].difference.members] == [
        ("client_name", "Shop", "New name"),
        ("client_name#zh-Hans", None, "新名字"),
    ]
    await applying.do(changed, shop("forum"))
    shown = await applying.clients.find("shop")
    assert shown is not None
    assert shown.name("zh-Hans") == "新名字"
    assert await applying.do(shop(), shop("forum")) == [Change.CHANGED, Change.UNCHANGED]
    again = await applying.clients.show("shop")
    assert again is not None
    assert again.document == SHOP, "what is written down no more is gone"


async def test_a_secret_comes_with_the_need_for_one_and_stays(either: Provider):
    applying = Applying(either)
    public = shop(token_endpoint_auth_method="none")
    await applying.do(public)
    await applying.do(shop())
    first = await applying.clients.show("shop")
    await applying.do(shop(client_name="Another name"))
    second = await applying.clients.show("shop")
    assert first is not None
    assert second is not None
    assert first.client.secret_digest == second.client.secret_digest is not None
    assert [client_id for client_id, _ in applying.secrets] == ["shop"]
    await applying.do(public)
    without = await applying.clients.show("shop")
    assert without is not None
    assert without.client.secret_digest is None


async def test_a_logo_is_part_of_what_is_written_down(provider: Provider):
    applying = Applying(provider)
    await applying.do(shop(logo=PNG + b"one"))
    assert await applying.do(shop(logo=PNG + b"two")) == [Change.CHANGED]
    assert await applying.clients.logo("shop") == PNG + b"two"
    assert await applying.do(shop()) == [Change.CHANGED]
    assert await applying.clients.logo("shop") is None


async def test_sets_applied_at_once_leave_each_client_whole_with_one_secret(either: Provider):
    applying = Applying(either)
    names = ["shop", "forum", "clinic"]

    async def one(number: int) -> None:
        wanted = [shop(name, client_name=f"Run {number}") for name in names]
        await applying.do(*wanted)

    await asyncio.gather(*(one(number) for number in range(4)))
    assert sorted(client_id for client_id, _ in applying.secrets) == sorted(names)
    assert {c.client.name("")[:4] for c in await applying.clients.everyone()} == {"Run "}


async def test_a_client_changed_by_somebody_else_meanwhile_is_read_again(either: Provider):
    applying = Applying(either)
    await applying.do(shop())
    (step,) = await applying.steps(shop(client_name="Mine"))
    await applying.do(shop(client_name="Theirs", client_uri="https://shop.example"))
    done = await applying.set.apply(step, applying.keep)
    told = {m.name: (m.before, m.after) for m in done.difference.members}
    assert told["client_name"] == ("Theirs", "Mine")
    assert told["client_uri"] == ("https://shop.example", None)


async def test_whoever_changes_it_all_the_time_ends_the_attempt(provider: Provider):
    applying = Applying(provider)
    await applying.do(shop())
    (step,) = await applying.steps(shop(client_name="Mine"))
    show, count = applying.clients.show, itertools.count()

    async def meddling(client_id: str) -> Any:
        found = await show(client_id)
        async with provider.parts.database.transaction() as transaction:
            changed = json.dumps(SHOP | {"client_name": f"Theirs {next(count)}"})
            assert found is not None
            assert await storage.change(
                transaction,
                client_id,
                old_metadata=json.dumps(found.document, ensure_ascii=False),
                metadata=changed,
                logo=None,
                resource=None,
            )
        return found

    applying.clients.show = meddling  # type: ignore[method-assign]
    await meddling("shop")
    with pytest.raises(SetRefused, match="somebody else is changing"):
        await applying.set.apply(step, applying.keep)


async def test_what_cannot_be_is_told_of_every_client_and_nothing_is_changed(provider: Provider):
    applying = Applying(provider)
    await applying.do(shop())
    with pytest.raises(SetRefused) as refused:
        await applying.steps(
            shop(redirect_uris=["https://elsewhere.example/callback"]),
            shop("forum", surprise=1),
            shop("clinic", scope="openid nobodys:scope"),
            shop("picture", logo=b"GIF89a"),
            Wanted("api", dict(API)),
            Wanted("other-api", dict(API)),
        )
    reasons = refused.value.reasons
    assert reasons["shop"].startswith("redirect_uris: lead to another sector")
    assert reasons["forum"].startswith("surprise:")
    assert reasons["clinic"].startswith("scope: no resource has nobodys:scope")
    assert reasons["picture"].startswith("logo:")
    assert "api offers" in reasons["other-api"]
    assert "api" not in reasons
    assert len(await applying.clients.everyone()) == 1


async def test_a_secret_that_cannot_be_kept_leaves_no_client(provider: Provider):
    applying = Applying(provider)
    (step,) = await applying.steps(shop())

    def full(client_id: str, secret: str) -> None:
        raise ValueError(f"no space for {client_id}, {len(secret)}")

    with pytest.raises(ValueError, match="no space"):
        await applying.set.apply(step, full)
    assert await applying.clients.find("shop") is None


async def test_who_registered_itself_is_left_alone(provider: Provider):
    applying = Applying(provider)
    own = await Registrant(provider, Internet()).registered()
    assert await applying.plan(shop()) == [("shop", Change.ADDED)], "it is not unlisted either"
    with pytest.raises(SetRefused, match="registered itself"):
        await applying.steps(shop(own["client_id"]))


async def test_what_no_file_is_about_is_told_and_stays(provider: Provider):
    applying = Applying(provider)
    await applying.do(shop(), shop("forum"))
    assert await applying.plan(shop("forum")) == [
        ("forum", Change.UNCHANGED),
        ("shop", Change.UNLISTED),
    ]
    await applying.do(shop("forum"))
    assert await applying.clients.find("shop") is not None


async def test_words_that_people_allowed_stay_readable_when_they_are_changed(provider: Provider):
    applying = Applying(provider)
    resources = provider.services.resources
    await applying.do(Wanted("api", dict(API)))
    (item,) = [
        i for i, (r, _) in (await resources.catalogue()).by_item.items() if r.client_id == "api"
    ]
    words = {"records:read": "Read everything about you", "records:write": "Add to it"}
    await applying.do(Wanted("api", API | {"resource_scopes": words}))
    catalogue = await resources.catalogue()
    assert "Read your records" in catalogue.told([item], "")[item]
    assert not catalogue.offers(item), "nobody said yes to the new words"
    assert catalogue.by_scope["records:read"].allows("records:read", "") == words["records:read"]
