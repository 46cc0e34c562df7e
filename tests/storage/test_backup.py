"""Whole tables, out of one database and into another, of either dialect."""

import asyncio
from typing import Any

from sqlalchemy import Integer, LargeBinary

from idp.storage import backup, schema, tables
from idp.storage.database import Database
from tests.storage.conftest import Opening, Place, sqlite_place
from tests.support.rows import add_grant, add_passkey, add_person

STORES = {schema.Store.PROVIDER: tables.provider, schema.Store.ENROLMENT: tables.enrolment}


async def shapes_of(place: Place) -> dict[schema.Store, list[backup.Shape]]:
    urls = {schema.Store.PROVIDER: place.provider, schema.Store.ENROLMENT: place.enrolment}
    return {s: await asyncio.to_thread(backup.shapes, s, url) for s, url in urls.items()}


async def contents(database: Database, shapes: list[backup.Shape]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    async with database.snapshot() as snapshot:
        for shape in shapes:
            found[shape.name] = [
                tuple(row[name] for name in shape.columns)
                async for rows in shape.rows(snapshot)
                for row in rows
            ]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


async def test_no_table_and_no_column_can_be_forgotten(place: Place):
    shapes = await shapes_of(place)
    for store, metadata in STORES.items():
        told = {shape.name: set(shape.columns) for shape in shapes[store]}
        # What servers compare with what they have seen goes on by itself, restored or not.
        whole = {t.name: set(t.columns.keys()) for t in metadata.sorted_tables}
        assert told == {name: columns for name, columns in whole.items() if name != "changes"}


async def test_rows_come_back_as_they_were_from_sqlite_into_either(
    place: Place, open_node: Opening, tmp_path_factory: Any
):
    folder = tmp_path_factory.mktemp("from")
    source_place = await asyncio.to_thread(sqlite_place, folder)
    source, target = [await open_node(one.provider) for one in (source_place, place)]
    await add_passkey(source, await add_person(source, notice_sealed=b"\x00\xff"))
    await add_grant(source)
    for shape in (await shapes_of(source_place))[schema.Store.PROVIDER]:
        if shape.name in {"audit", "clients"}:
            text = '{"client_name": "街角小店\\u0000\\n"}'
            await shape.insert(source, [filled(shape, number, text) for number in (1, 2, 3)])
    before = await contents(source, (await shapes_of(source_place))[schema.Store.PROVIDER])

    shapes = (await shapes_of(place))[schema.Store.PROVIDER]
    async with target.transaction() as transaction:
        for shape in reversed(shapes):
            await shape.empty(transaction)
        for shape in shapes:
            if before[shape.name]:
                await shape.insert(transaction, before[shape.name])

    assert await contents(target, shapes) == before


def filled(shape: backup.Shape, number: int, text: str) -> list[Any]:
    """A row without an empty cell, its key by a number."""
    return [
        number
        if isinstance(column.type, Integer)
        else bytes([number]) * 70_000
        if isinstance(column.type, LargeBinary)
        else f"{number} {text}"
        for column in shape.table.columns
    ]


async def test_a_store_that_was_erased_begins_anew(place: Place):
    if place.dialect != "sqlite":
        return  # its database belongs to all tests of this file
    await asyncio.to_thread(schema.erase, schema.Store.PROVIDER, place.provider)
    assert schema.current(schema.Store.PROVIDER, place.provider) is None
    schema.upgrade(schema.Store.PROVIDER, place.provider, "0003_protocol")
    assert schema.current(schema.Store.PROVIDER, place.provider) == "0003_protocol"
    schema.upgrade(schema.Store.PROVIDER, place.provider)
