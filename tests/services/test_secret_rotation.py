"""Secrets get new versions: nobody notices, nothing is lost, nothing is left of the old ones."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain.audit import Act
from idp.domain.secret_key import SecretDomain
from idp.domain.secret_version import SETTLING_SECONDS, WAIT_SECONDS, SecretState
from idp.domain.signing_key import WrongStep
from idp.keystore.errors import SecretMissingError
from idp.keystore.files import FileKeystore
from idp.services.resealing import Left
from idp.storage import tables
from idp.storage.sealed_columns import ENROLMENT, PROVIDER, SealedColumn
from tests.support import refreshing
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.secret_lives import (
    FIELD,
    MAIL,
    SESSION,
    Killed,
    begin,
    same_life,
    states,
)
from tests.support.time import FrozenClock, SeededEntropy
from tests.support.whole_life import close, export, lived


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False, **MAIL) as started:
        await started.services.secret_versions.load()
        yield started


async def acts(provider: Provider) -> list[tuple[str, str | None]]:
    entries = await provider.services.operations.audit.page()
    return [(entry.act.value, entry.subject) for entry in reversed(entries)]


async def test_a_whole_life_outlives_the_field_secret(provider: Provider):
    owner, _ = await lived(provider)
    before = await export(owner)
    rotation = provider.services.secret_rotation

    await begin(provider, FIELD)
    assert await rotation.left(FIELD) == Left(0)
    during = await export(owner)
    assert (await rotation.go_on(FIELD)).since == provider.clock.now() + SETTLING_SECONDS
    provider.clock.advance(SETTLING_SECONDS)
    assert (await rotation.go_on(FIELD)).is_over
    after = await export(owner)

    assert await states(provider, FIELD) == {1: SecretState.REMOVED, 2: SecretState.ACTIVE}
    assert list(provider.parts.keystore.secret(FIELD).versions) == [2]
    for told in (during, after):
        assert same_life(told, before)
    await close(owner)


async def test_every_sealed_column_is_among_those_that_are_sealed_anew(provider: Provider):
    """What a life leaves in none of them is sealed in the same way, and opens where it is."""
    await lived(provider)
    filled = {
        f"{column.table}.{column.column}"
        for store, columns in (
            (provider.parts.database, PROVIDER),
            (provider.parts.enrolment_store, ENROLMENT),
        )
        for column in columns
        if await column.page(store, b"\0\0", after=None, size=1)
    }
    await begin(provider, FIELD)
    assert filled >= {"people.notice_sealed", "sessions.facts_sealed", "enrolments.person_sealed"}
    assert len(filled) >= 12
    sealed = [
        f"{table.name}.{column.name}"
        for store in (tables.provider, tables.enrolment)
        for table in store.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    ]
    known = [f"{column.table}.{column.column}" for column in (*PROVIDER, *ENROLMENT)]
    assert sorted(known) == sorted(sealed)


@pytest.mark.parametrize("after", [0, 7])
async def test_sealing_anew_that_was_killed_goes_on_where_it_stopped(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, after: int
):
    owner, _ = await lived(provider)
    before = await export(owner)
    replaced, left = SealedColumn.replace, [after]

    async def until_killed(self, connection, old, new):  # noqa: ANN001
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return await replaced(self, connection, old, new)

    rotation = provider.services.secret_rotation
    await rotation.stage(FIELD)
    with monkeypatch.context() as broken:
        broken.setattr(SealedColumn, "replace", until_killed)
        with pytest.raises(Killed):
            await rotation.go_on(FIELD)
    assert (await rotation.left(FIELD)).movable > 0
    assert same_life(await export(owner), before)

    await rotation.go_on(FIELD)
    provider.clock.advance(SETTLING_SECONDS)
    assert (await rotation.go_on(FIELD)).is_over
    assert same_life(await export(owner), before)


async def test_what_is_written_meanwhile_is_not_written_over(provider: Provider):
    """The row is no longer what was read: the newer value stands, and is moved by the next pass."""
    await lived(provider)
    column = next(
        one for one in PROVIDER if (one.table, one.column) == ("people", "contact_sealed")
    )
    database, rotation = provider.parts.database, provider.services.secret_rotation
    await rotation.stage(FIELD)
    (read,) = await column.page(database, b"\0\0", after=None, size=2)
    assert await column.replace(database, read, b"\0\1 newer")
    assert not await column.replace(database, read, b"\0\2 older")


async def test_a_broken_value_stops_the_removal_of_its_version(provider: Provider):
    await lived(provider)
    column = next(one for one in PROVIDER if one.table == "activity")
    database, rotation = provider.parts.database, provider.services.secret_rotation
    read = (await column.page(database, b"\0\0", after=None, size=1))[0]
    await column.replace(database, read, read.sealed[:-1] + bytes([read.sealed[-1] ^ 1]))
    await begin(provider, FIELD)
    provider.clock.advance(SETTLING_SECONDS)
    waiting = await rotation.go_on(FIELD)
    assert (waiting.is_over, waiting.left) == (False, Left(1))
    assert sorted(provider.parts.keystore.secret(FIELD).versions) == [1, 2]


async def test_a_version_waits_for_every_running_server(provider: Provider):
    rotation, nodes = provider.services.secret_rotation, provider.services.nodes
    await rotation.stage(FIELD)
    await nodes.beat(["field:1", "field:1:active"])
    waiting = await rotation.go_on(FIELD)
    assert waiting.waits_for == "1 running server to have it at hand"
    assert (await states(provider, FIELD))[2] is SecretState.STAGED

    at_hand = [name for name in provider.services.secret_versions.loaded() if name[:7] == "field:2"]
    await nodes.beat(["field:1:active", *at_hand])
    waiting = await rotation.go_on(FIELD)
    assert waiting.waits_for == "1 running server to use it"
    assert (await states(provider, FIELD))[2] is SecretState.ACTIVE

    await provider.services.key_lives.keep_up()
    provider.clock.advance(SETTLING_SECONDS)
    await nodes.beat(provider.services.secret_versions.loaded())
    assert (await rotation.go_on(FIELD)).is_over


async def test_a_version_waits_for_a_server_that_has_other_bytes_under_its_number(
    provider: Provider, tmp_path: Path
):
    """A folder of keys of its own, where somebody was killed who had made that version too."""
    store = FileKeystore.create(
        tmp_path / "keys", SeededEntropy(3).bytes(32), SeededEntropy(4), FrozenClock()
    )
    store.make_secret(FIELD, 2, SeededEntropy(5), FrozenClock())
    rotation, nodes = provider.services.secret_rotation, provider.services.nodes
    await rotation.stage(FIELD)
    parts = provider.parts
    other = type(provider.services.secret_versions)(
        parts.database, store, parts.clock, parts.entropy, most_seconds=300
    )
    await other.load()
    await nodes.beat(other.loaded())
    waiting = await rotation.go_on(FIELD)
    assert waiting.waits_for == "1 running server to have it at hand"
    assert (await states(provider, FIELD))[2] is SecretState.STAGED


async def test_forms_and_sign_ins_under_way_outlive_the_session_secret(provider: Provider):
    owner, (platform, *_) = await lived(provider)
    await owner.sign_in(owner.browser)
    form = await owner.browser.get("/account/passkeys/add")
    stranger = provider.browser()
    under_way = await platform.ask(stranger)
    other_keys = provider.services.upstreams._client_key.public_jwks

    await begin(provider, SESSION)
    assert (
        form.form("/account/passkeys/add")["csrf"]
        != (await owner.browser.get("/account/passkeys/add")).form("/account/passkeys/add")["csrf"]
    )
    sent = await owner.press(form, "/account/passkeys/add", credential="{}")
    assert sent.status != 403
    assert (await stranger.get(under_way.url)).status == 200
    keys = provider.services.upstreams._client_key.public_jwks
    assert keys[1:] == other_keys != keys[:1]

    provider.clock.advance(WAIT_SECONDS[SESSION])
    assert (await provider.services.secret_rotation.go_on(SESSION)).is_over
    assert await states(provider, SESSION) == {1: SecretState.REMOVED, 2: SecretState.ACTIVE}
    await owner.sign_in(owner.browser)
    refused = await owner.press(form, "/account/passkeys/add", credential="{}")
    assert refused.status == 403


async def test_a_rotation_is_not_begun_within_another(provider: Provider):
    rotation = provider.services.secret_rotation
    await rotation.stage(FIELD)
    with pytest.raises(WrongStep, match="under way"):
        await rotation.stage(FIELD)
    with pytest.raises(WrongStep, match="does not rotate"):
        await rotation.stage(SecretDomain.AUDIT)


async def test_each_step_stands_in_the_audit_log(provider: Provider):
    await begin(provider, FIELD)
    provider.clock.advance(SETTLING_SECONDS)
    await provider.services.secret_rotation.go_on(FIELD)
    told = [entry for entry in await acts(provider) if entry[1] in {"field:1", "field:2"}]
    assert told == [
        (Act.SECRET_STAGED, "field:2"),
        (Act.SECRET_ACTIVATED, "field:2"),
        (Act.REWRAPPED, "field:1"),
        (Act.SECRET_REMOVED, "field:1"),
    ]


async def test_a_server_without_the_bytes_of_a_version_does_not_start(
    provider: Provider, tmp_path: Path
):
    """A database that knows of a version, and a key folder of before it was made."""
    old = FileKeystore.create(
        tmp_path / "keys", SeededEntropy(3).bytes(32), SeededEntropy(4), FrozenClock()
    )
    await begin(provider, FIELD)
    versions = type(provider.services.secret_versions)(
        provider.parts.database,
        old,
        provider.clock,
        provider.parts.entropy,
        most_seconds=300,
    )
    with pytest.raises(SecretMissingError, match="does not hold field:2"):
        await versions.load()


async def test_two_operators_at_once_make_one_version(provider: Provider):
    rotation = provider.services.secret_rotation
    made = await asyncio.gather(
        *(rotation.stage(SESSION) for _ in range(2)), return_exceptions=True
    )
    assert any(not isinstance(one, BaseException) for one in made)
    assert (await states(provider, SESSION)).keys() == {1, 2}


async def test_a_platform_stays_connected_through_the_rotation(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await refreshing.register(provider)
        connection = await refreshing.connect(platform, provider.browser())
        await begin(provider, FIELD)
        await connection.refresh()
        provider.clock.advance(SETTLING_SECONDS)
        assert (await provider.services.secret_rotation.go_on(FIELD)).is_over
        await connection.refresh()
        assert await connection.is_honoured()
        assert isinstance(platform, Platform)
