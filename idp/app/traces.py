"""Joins tracing, where the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.observability.tracing import Tracing
from idp.storage.traced import Traced

if TYPE_CHECKING:
    from idp.app.parts import Parts
    from idp.settings import Settings

_SERVICE = "network-id"


def tracing_of(settings: Settings) -> Tracing | None:
    """Return what traces, or None; raises TracingMissing."""
    if settings.tracing_endpoint is None:
        return None
    return Tracing.to(settings.tracing_endpoint, share=settings.tracing_share, service=_SERVICE)


def traced(parts: Parts, tracing: Tracing | None) -> Parts:
    """Return the parts with databases whose statements are traced."""
    if tracing is None:
        return parts
    return replace(
        parts,
        database=Traced(parts.database, tracing),
        enrolment_store=Traced(parts.enrolment_store, tracing),
    )
