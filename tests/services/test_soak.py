"""Weeks of sign-ins on a stepped clock, in short: `make faults` has thousands of them."""

from pathlib import Path

import pytest

from tests.faults.soak import soak
from tests.support.postgres import Postgres

LOGINS = 1  # a day, which shows a row that stays as well as more would


async def test_rows_stay_as_many_as_they_are_on_sqlite(tmp_path: Path):
    assert (await soak(tmp_path, None, LOGINS)).wrong == []


@pytest.mark.postgres
async def test_rows_stay_as_many_as_they_are_on_postgresql(tmp_path: Path, postgres: Postgres):
    assert (await soak(tmp_path, postgres.new_database(), LOGINS)).wrong == []
