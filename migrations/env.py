"""Alembic's entry: runs on the connection that ``idp.storage.schema`` hands over."""

from __future__ import annotations

from alembic import context

from idp.storage import revisions, schema

attributes = context.config.attributes
connection, store = attributes["connection"], attributes["store"]
context.configure(
    connection=connection,
    version_table=schema.version_table(store),
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
    revisions.note_floor(store, connection)
