"""A database that is traced does what it did, and no parameter is in a span."""

from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from idp.observability.tracing import Tracing
from idp.storage import notices
from idp.storage.database import Database
from idp.storage.traced import Traced

SECRET = b"hunter2canary-16"


async def test_statements_are_told_by_operation_and_table(database: Database):
    kept = InMemorySpanExporter()
    tracing = Tracing.by(SimpleSpanProcessor(kept), share=1.0, service="test")
    traced = Traced(database, tracing)
    with tracing.request("POST", "/token"):
        async with traced.transaction() as transaction, transaction.transaction() as same:
            await notices.add(same, row_id=SECRET, facts_sealed=SECRET, due_at=7)
        assert [row["id"] for row in await notices.due(traced, now=7, batch=9)] == [SECRET]
        await notices.remove(traced, SECRET)
        assert await notices.backlog(traced) == (0, None)
    spans = kept.get_finished_spans()
    assert [span.name for span in spans] == [
        "INSERT notices",
        "TRANSACTION",
        "TRANSACTION",
        "SELECT notices",
        "DELETE notices",
        "SELECT notices",
        "POST /token",
    ]
    told = "".join(span.to_json() for span in spans)
    assert SECRET.decode() not in told
    assert SECRET.hex() not in told
    assert f'"db.system.name": "{database.dialect}"' in told


async def test_outside_of_a_request_there_are_no_spans(database: Database):
    kept = InMemorySpanExporter()
    traced = Traced(database, Tracing.by(SimpleSpanProcessor(kept), share=1.0, service="test"))
    assert await notices.due(traced, now=7, batch=9) == []
    assert kept.get_finished_spans() == ()
    assert traced.exchanges == database.exchanges
    assert traced.use() == database.use()


async def test_what_a_database_raises_is_told_by_its_kind(database: Database):
    kept = InMemorySpanExporter()
    tracing = Tracing.by(SimpleSpanProcessor(kept), share=1.0, service="test")
    traced: Any = Traced(database, tracing)
    with tracing.request("POST", "/token"):
        await notices.add(traced, row_id=SECRET, facts_sealed=SECRET, due_at=7)
        with pytest.raises(Exception, match=r"(?i)unique") as refused:
            await notices.add(traced, row_id=SECRET, facts_sealed=SECRET, due_at=7)
        await notices.remove(traced, SECRET)
    failed = [span for span in kept.get_finished_spans() if "error.type" in (span.attributes or {})]
    assert [span.attributes["error.type"] for span in failed if span.attributes] == [
        refused.type.__name__
    ]
    assert not [event for span in kept.get_finished_spans() for event in span.events]
    assert all(not span.status.description for span in kept.get_finished_spans())
