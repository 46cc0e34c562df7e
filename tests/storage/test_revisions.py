"""Old and new code on one schema: a migration says what it takes away, what only adds is served."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from idp.storage import revisions, schema
from idp.storage.revisions import Standing
from idp.storage.schema import Store
from tests.support.shapes import contracting, shape_of

DIALECTS: Final = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
NewUrl = Callable[[], str]


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    made: str = request.getfixturevalue("postgres").new_database()
    return made


def asked(url: str, question: Callable[[sa.Connection], Any]) -> Any:
    answers: list[Any] = []
    schema.run(url, lambda connection: answers.append(question(connection)))
    return answers[0]


@pytest.mark.parametrize("store", Store)
def test_a_migration_that_says_it_only_expands_takes_nothing_away(store: Store, url: str):
    """The rule of CONTRIBUTING.md, for every revision there is, and for the next."""
    told = {}
    before = asked(url, shape_of)
    for revision in reversed(schema.known(store)):
        schema.upgrade(store, url, revision)
        after = asked(url, shape_of)
        if not revisions.contracts(store, revision):
            told[revision] = contracting(before, after)
        before = after
    assert {revision: lost for revision, lost in told.items() if lost} == {}


@pytest.mark.parametrize("store", Store)
def test_a_revision_that_says_it_contracts_does(store: Store, url: str):
    """Else a rolling upgrade would be refused for nothing."""
    told = {}
    before = asked(url, shape_of)
    for revision in reversed(schema.known(store)):
        schema.upgrade(store, url, revision)
        after = asked(url, shape_of)
        told[revision] = not contracting(before, after)
        before = after
    said = {revision for revision in told if revisions.contracts(store, revision)}
    assert {revision for revision in said if told[revision]} == set()


@pytest.mark.parametrize("store", Store)
def test_a_database_remembers_the_last_revision_that_took_something_away(store: Store, url: str):
    assert revisions.standing(store, url) == Standing(None, None)
    schema.upgrade(store, url)
    newest, *before = schema.known(store)
    floor = next((one for one in (newest, *before) if revisions.contracts(store, one)), before[-1])
    assert revisions.standing(store, url) == Standing(newest, floor)
    assert schema.current(store, url) == newest


def test_a_database_that_was_migrated_before_there_were_floors_gets_one(url: str):
    schema.upgrade(Store.ENROLMENT, url, "0001_enrolments")
    asked(url, lambda one: one.execute(sa.text("ALTER TABLE enrolment_revision DROP COLUMN floor")))
    assert revisions.standing(Store.ENROLMENT, url) == Standing("0001_enrolments", None)
    schema.upgrade(Store.ENROLMENT, url)
    assert revisions.standing(Store.ENROLMENT, url).floor == "0001_enrolments"


@pytest.mark.parametrize(
    ("found", "floor", "served"),
    [
        ("0002_vouchers", "0001_enrolments", True),
        ("0002_vouchers", None, True),
        ("0009_only_adds", "0002_vouchers", True),
        ("0009_only_adds", "0001_enrolments", True),
        ("0009_takes_away", "0009_takes_away", False),
        ("0009_unknown", None, False),
        ("0000_of_somebody_else", "0001_enrolments", False),
        ("0001_enrolments", "0001_enrolments", False),
        (None, None, False),
    ],
)
def test_newer_is_served_when_nothing_that_this_code_needs_was_taken_away(
    found: str | None, floor: str | None, served: bool
):
    assert revisions.serves(Store.ENROLMENT, Standing(found, floor)) is served


@pytest.mark.parametrize("store", Store)
def test_every_revision_stands_in_a_file_of_its_name(store: Store):
    walked = schema.script(store).walk_revisions()
    assert tuple(one.revision for one in walked) == schema.known(store)
