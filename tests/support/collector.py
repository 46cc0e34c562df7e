"""A collector of traces on this machine: takes what OTLP over HTTP brings, and keeps every byte."""

from __future__ import annotations

import asyncio
import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from idp.observability import tracing
from idp.web.middleware import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from starlette.types import Receive, Scope

    from tests.support.provider import Provider


@dataclass
class Collector:
    """What came: whole requests, headers included."""

    endpoint: str = ""
    bodies: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def spans(self) -> list[Any]:
        found = []
        for body in self.bodies:
            told = ExportTraceServiceRequest.FromString(body)
            for resource in told.resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found

    def text(self) -> str:
        """All that came, as bytes and as protobuf writes it out."""
        told = [str(ExportTraceServiceRequest.FromString(body)) for body in self.bodies]
        raw = [body.decode("latin-1") for body in self.bodies]
        return "\n".join([*self.heads, *raw, *told])

    async def all_from(self, provider: Provider) -> str:
        """End the provider's tracing, which sends what waits; return all that came."""
        assert isinstance(provider.app, Envelope)
        assert provider.app.tracing is not None
        await asyncio.to_thread(provider.app.tracing.close)
        return self.text()


def leak_queries(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the allow-list: tell queries, as the stock instrumentation of the framework does."""
    monkeypatch.setattr(tracing, "ATTRIBUTES", tracing.ATTRIBUTES | {"url.query"})
    tell_queries(provider, monkeypatch)


def tell_queries(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Try to tell queries."""
    assert isinstance(provider.app, Envelope)
    within = provider.app._answer

    async def telling(scope: Scope, receive: Receive, send: Any) -> None:
        query = {"url.query": scope["query_string"].decode("latin-1")}
        trace.get_current_span().set_attributes(tracing.checked(query))
        await within(scope, receive, send)

    monkeypatch.setattr(provider.app, "_answer", telling)


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector for the length of the block."""
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.heads.append(f"{self.path} {self.headers}")
            collector.bodies.append(body)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    collector.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
