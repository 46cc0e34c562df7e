"""What is scraped from a provider in this process: its page, and the samples on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from idp.app.management import management
from idp.app.pulse import Pulse
from idp.observability.scrape import InProcess
from idp.web.middleware import Envelope
from tests.support.browser_like import Browser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.observability.metrics import Metrics
    from tests.support.provider import Provider

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples_of(page: str) -> Samples:
    """Every sample of a page, by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def names_of(page: str) -> set[str]:
    return {name for name, _ in samples_of(page)}


def watching(provider: Provider) -> Browser:
    """Somebody at the management port of a provider whose settings have one."""
    source = InProcess(metrics_of(provider).registry)
    return Browser(management(provider.parts.settings, source, clock=provider.clock))


async def scraped(provider: Provider) -> str:
    """The page, right after a beat."""
    beat(provider)
    answer = await watching(provider).get("/metrics")
    assert answer.status == 200, answer.text
    return answer.text


def beat(provider: Provider, *, lag: float = 0.0) -> None:
    assert isinstance(provider.app, Envelope)
    admission = provider.app.gate.admission
    Pulse(provider.parts, provider.services, metrics_of(provider), admission).once(lag=lag)


def metrics_of(provider: Provider) -> Metrics:
    assert isinstance(provider.app, Envelope)
    assert provider.app.metrics is not None, "its settings have no management port"
    return provider.app.metrics


def value(page: str, name: str, labels: Mapping[str, str] | None = None) -> float:
    """One sample; 0 for a series that has not begun."""
    return samples_of(page).get((name, tuple(sorted((labels or {}).items()))), 0.0)
