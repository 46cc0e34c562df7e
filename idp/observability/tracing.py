"""Traces of requests (OpenTelemetry), of what stands on an allow-list and nothing else.

Rules in prose. A span has a name of our own making (method and route pattern, or operation and
table), and attributes from ``ATTRIBUTES``: never an address as it was sent, a query, a header, a
body, a cookie, a statement's parameters, an exception's text. What is not on the list raises, so
that codes, states, tokens and hints are kept out by construction and not by a filter.

A trace is one request and no more. ``traceparent`` and its kind are neither read nor written: a
trace id that a browser brings would join its visits from two platforms, and one that we sent back
would do it for them (promise P2); and whoever may decide what is sampled decides what it costs.
Requests of one sign-in are not joined either: that would be a log of who signs in where.

The packages are an extra: imported where they are used, missing in most instances.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span, SpanKind, Tracer

ATTRIBUTES: Final = frozenset(
    {
        "db.collection.name",
        "db.operation.name",
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "netid.cause",
        "netid.request_id",
    }
)
_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_OTHER_METHOD: Final = "_OTHER"  # the semantic conventions' word for it
_BROKEN: Final = 500
_PATH: Final = "/v1/traces"
_SECONDS: Final = 5.0
_NEEDED: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class TracingMissing(Exception):
    """The packages for tracing are not installed."""


def check_installed() -> None:
    """Raise TracingMissing, with what to do, unless traces can be made and sent."""
    try:
        missing = [name for name in _NEEDED if find_spec(name) is None]
    except ModuleNotFoundError as error:
        missing = [str(error.name)]
    if missing:
        raise TracingMissing(
            f"IDP_TRACING_ENDPOINT needs packages that are not installed ({', '.join(missing)}). "
            "Run: make extras"
        )


class Tracing:
    """Makes spans and sends them away."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - an extra

        self._trace = trace
        self._provider = provider
        self._tracer: Tracer = provider.get_tracer("network-id")

    @classmethod
    def to(cls, endpoint: str, *, share: float, service: str) -> Self:
        """Send ``share`` (0 to 1) of the traces to a collector that speaks OTLP over HTTP.

        ``endpoint`` is the collector's address, with or without a path. Raises TracingMissing.
        """
        check_installed()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        exporter = OTLPSpanExporter(endpoint=_full(endpoint), timeout=_SECONDS)
        return cls.by(BatchSpanProcessor(exporter), share=share, service=service)

    @classmethod
    def by(cls, processor: SpanProcessor, *, share: float, service: str) -> Self:
        """Hand spans to ``processor``; raises TracingMissing."""
        check_installed()
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import TraceIdRatioBased  # noqa: PLC0415

        provider = TracerProvider(
            sampler=TraceIdRatioBased(share),
            # Ours alone: what the environment or the machine would add is on no list.
            resource=Resource({"service.name": service}),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(processor)
        return cls(provider)

    @contextmanager
    def request(self, method: str, route: str) -> Iterator[RequestSpan]:
        """Open the one span of a request, the root of a trace of its own."""
        known = method if method in _METHODS else _OTHER_METHOD
        name = f"{known} {route}"
        attributes = {"http.request.method": known, "http.route": route}
        with self._span(name, self._trace.SpanKind.SERVER, attributes, root=True) as span:
            yield RequestSpan(span)

    @contextmanager
    def statement(self, system: str, operation: str, table: str) -> Iterator[None]:
        """Open a span of one statement, within a request's; outside of one there is none."""
        if not self._trace.get_current_span().is_recording():
            yield
            return
        attributes = {"db.system.name": system, "db.operation.name": operation}
        attributes |= {"db.collection.name": table} if table else {}
        name = f"{operation} {table}".strip()
        with self._span(name, self._trace.SpanKind.CLIENT, attributes):
            yield

    @contextmanager
    def _span(
        self, name: str, kind: SpanKind, attributes: Mapping[str, str], *, root: bool = False
    ) -> Iterator[Span]:
        from opentelemetry.context import Context  # noqa: PLC0415 - an extra

        # An exception's text may hold what was sent, and a stack whatever its lines say: neither is
        # recorded, its type alone.
        with self._tracer.start_as_current_span(
            name,
            context=Context() if root else None,
            kind=kind,
            attributes=checked(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attributes(checked({"error.type": type(error).__name__}))
                span.set_status(self._trace.StatusCode.ERROR)
                raise

    def close(self) -> None:
        """Send what waits, for a few seconds at most."""
        self._provider.shutdown()


class RequestSpan:
    """The span of a request that is being answered."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def end(
        self, *, status: int, request_id: str, cause: str | None = None, error: str | None = None
    ) -> None:
        """Tell what came of it. ``error`` is the type of an exception."""
        told: dict[str, Any] = {"http.response.status_code": status, "netid.request_id": request_id}
        told |= {"netid.cause": cause} if cause else {}
        told |= {"error.type": error} if error else {}
        self._span.set_attributes(checked(told))
        if status >= _BROKEN:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

            self._span.set_status(StatusCode.ERROR)


def checked(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``attributes``; raises ValueError for one that is not on the allow-list."""
    unknown = attributes.keys() - ATTRIBUTES
    if unknown:
        raise ValueError(f"not on the allow-list of attributes: {', '.join(sorted(unknown))}")
    return attributes


def _full(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return urlunsplit(parts if parts.path.strip("/") else parts._replace(path=_PATH))
