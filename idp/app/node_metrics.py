"""What the databases say of an instance, as metrics; the same on every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from idp import VERSION
from idp.services.observation import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from idp.domain.signing_key import SigningKey
    from idp.services.observation import Facts


def about_node() -> Iterator[Metric]:
    """Return what is true of the program itself."""
    built = GaugeMetricFamily(
        "netid_build_info", "Always 1; which version runs", labels=["version"]
    )
    built.add_metric([VERSION], 1)
    yield built


def of_facts(facts: Facts, now: int) -> Iterator[Metric]:
    """Return the metrics of what was found; what could not be found is left out."""
    up = GaugeMetricFamily("netid_database_up", "1 when the database answers", labels=["store"])
    for store, answers in facts.up.items():
        up.add_metric([store], answers)
    yield up
    yield from _keys(facts, now)
    yield from _outboxes(facts)
    yield _one(
        "netid_expired_overdue_seconds",
        "For how long something that expired has not been deleted",
        facts.unswept,
    )
    yield _one(
        "netid_last_backup_timestamp_seconds", "When a backup was last made", facts.backed_up_at
    )
    yield _one(
        "netid_clock_skew_seconds", "This node's clock minus the database server's", facts.skew
    )


def _keys(facts: Facts, now: int) -> Iterator[Metric]:
    age = GaugeMetricFamily(
        "netid_signing_key_age_seconds",
        "For how long each signing key that is served has been in its state",
        labels=["kid", "alg", "state"],
    )
    for key in facts.keys:
        age.add_metric([key.kid, key.alg, key.state.value], max(0, now - _since(key)))
    yield age
    yield _one("netid_nodes", "Server processes alive, on all machines", facts.nodes)
    lacking = GaugeMetricFamily(
        "netid_signing_key_lacking_nodes",
        "Server processes that could not sign with a key that signs, or is to",
        labels=["kid"],
    )
    for kid, count in facts.lacking.items():
        lacking.add_metric([kid], count)
    yield lacking
    yield from _rotation(facts)


def _rotation(facts: Facts) -> Iterator[Metric]:
    yield _one(
        "netid_key_next_rotation_timestamp_seconds",
        "When the next step of a key rotation is due",
        facts.next_step_at,
    )
    yield _one(
        "netid_key_scheduler_last_run_timestamp_seconds",
        "When a server last looked whether a step is due",
        facts.last_run_at,
    )
    waiting = GaugeMetricFamily(
        "netid_key_rotation_waiting",
        "1 for an algorithm whose step the last run had to leave, or outside: no answer",
        labels=["what"],
    )
    for what in sorted(WAITING):
        waiting.add_metric([what], what in facts.waiting)
    yield waiting
    yield CounterMetricFamily(
        "netid_key_rotation_failures",
        "Steps of the schedule that failed, on all machines",
        value=facts.failures,
    )


def _since(key: SigningKey) -> int:
    """Return when a key came into its state."""
    return key.retired_at or key.activated_at or key.published_at


def _outboxes(facts: Facts) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "netid_outbox_waiting", "Rows that wait in an outbox, at most 10,000", labels=["outbox"]
    )
    overdue = GaugeMetricFamily(
        "netid_outbox_overdue_seconds",
        "For how long the first row of an outbox has been due",
        labels=["outbox"],
    )
    for name, backlog in facts.outboxes.items():
        waiting.add_metric([name], backlog.waiting)
        overdue.add_metric([name], backlog.overdue)
    yield waiting
    yield overdue


def _one(name: str, told: str, value: float | None) -> Metric:
    """Return a gauge without labels; without a value nobody knows it."""
    return GaugeMetricFamily(name, told, value=value)
