import pytest
from sqlalchemy import bindparam, select

from idp.storage import tables
from idp.storage.statement import Statement


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_statement_is_compiled_once_per_dialect(dialect: str):
    statement = Statement(select(tables.clients))
    assert statement.compiled(dialect) is statement.compiled(dialect)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_parameter_that_is_not_given_is_no_null(dialect: str):
    statement = Statement(
        select(tables.clients.c.client_id).where(tables.clients.c.client_id == bindparam("wanted"))
    )
    with pytest.raises(KeyError):
        statement.compiled(dialect).arguments({})


def test_only_statements_that_change_something_write():
    assert not Statement(select(tables.clients)).writes
    assert Statement(tables.clients.insert()).writes
    assert Statement(tables.clients.delete()).writes
    assert Statement(tables.clients.update()).writes
