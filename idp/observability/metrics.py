"""What a server process counts and measures about itself (Prometheus).

Rules in prose. No label names a person, and none holds what somebody sent: every label value comes
from a set that this code closes (route patterns, outcomes, error codes of the table of causes,
grant types), and whatever else arrives is ``other``, so that nobody can make series grow (denial of
service by cardinality). Clients are named only where the operator asks for it, only registered
ones, and what they did is added once a minute: a count per client and second, of two platforms,
would say who signed in at both (promise P2).

With several processes each keeps its numbers in files of a common folder: see ``scrape``.
"""

from __future__ import annotations

from collections import Counter as Tally
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from idp.observability import vitals
from idp.observability.outlet import Outlet
from idp.protocol.causes import TABLE
from idp.protocol.token_request import GRANT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

_Metric = TypeVar("_Metric", Counter, Histogram)

OTHER: Final = "other"
UNKNOWN: Final = "unknown"
ERRORS: Final = frozenset({"", *(told.code for told in TABLE.values())})
OUTCOMES: Final = frozenset({"success", "asked", "error", "refused"})
TASKS: Final = frozenset(
    {"changes", "housekeeping", "keys", "logouts", "notices", "rotation", "tree_heads"}
)
STORES: Final = frozenset({"provider", "enrolment"})
MOST_CLIENTS: Final = 1000
CLIENT_SECONDS: Final = 60
_GRANTS: Final = frozenset({*GRANT_TYPES, ""})
_STATUSES: Final = frozenset(str(status.value) for status in HTTPStatus)
_SECONDS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# Prometheus takes a series that begins for what it is; a second one with its birth helps nobody.
disable_created_metrics()  # type: ignore[no-untyped-call]


def known(value: str, closed: frozenset[str]) -> str:
    """Return ``value`` if it is one of ``closed``, else ``other``."""
    return value if value in closed else OTHER


class _Series(dict[tuple[str, ...], _Metric]):
    """The series of a metric by their labels, found in a fifth of the time of ``labels``."""

    def __init__(self, metric: _Metric) -> None:
        super().__init__()
        self._metric: _Metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> _Metric:
        found = self[labels] = self._metric.labels(*labels)
        return found


class Metrics:
    """The numbers of one server process. Safe to use from its event loop alone."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        endpoints: Iterable[str],
        now: int,
        clients: bool = False,
    ) -> None:
        """``endpoints`` are the route patterns; ``clients`` adds a count for each client."""
        self.registry = registry
        self._endpoints = frozenset({*endpoints, UNKNOWN})
        self._named = clients
        self._known_clients: set[str] = set()
        self._waiting: Tally[tuple[str, str, str]] = Tally()
        self._flushed = now // CLIENT_SECONDS
        self._cpu = 0.0
        self._unknown_kids = self._refused_before = 0
        self._lost_before = Outlet.lost
        self._define_requests()
        self._define_vitals()
        self.keys_loaded(now)  # those of the key store; a zero would say that they are stale
        self._beat.set(now)

    def _define_requests(self) -> None:
        at = self.registry
        requests = Counter(
            "netid_requests", "Answers, by route pattern", ["endpoint", "status"], registry=at
        )
        seconds = Histogram(
            "netid_request_seconds",
            "Time from a request's head to the end of its answer",
            ["endpoint"],
            registry=at,
            buckets=_SECONDS,
        )
        authorize = Counter(
            "netid_authorize",
            "Steps of authorization requests: success, asked (a page for the person), error (told "
            "to the client), refused (told to the person alone)",
            ["outcome", "error"],
            registry=at,
        )
        token = Counter(
            "netid_token", "Token requests; no error means success", ["grant", "error"], registry=at
        )
        self._requests, self._seconds = _Series(requests), _Series(seconds)
        self._authorize, self._token = _Series(authorize), _Series(token)
        self._unknown_kid = Counter(
            "netid_unknown_kid", "Tokens said to be ours by a key that is not served", registry=at
        )
        self._jwks = Counter("netid_jwks_requests", "Answers of /jwks", registry=at)
        self._refused = Counter(
            "netid_overload_refused", "Requests refused because too many came", registry=at
        )
        self._log_lost = Counter(
            "netid_log_lost", "Lines of the log for which there was no room", registry=at
        )
        self._clients = (
            Counter(
                "netid_client_requests",
                "Sign-ins and token requests by client, added once a minute",
                ["client_id", "endpoint", "outcome"],
                registry=at,
            )
            if self._named
            else None
        )
        self._failures = Counter(
            "netid_background_failures", "Rounds of work beside requests that failed", ["task"],
            registry=at,
        )  # fmt: skip
        for task in sorted(TASKS):  # there from the start, or the first failure is no increase
            self._failures.labels(task)

    def _define_vitals(self) -> None:
        def gauge(name: str, told: str, *labels: str, least: bool = False) -> Gauge:
            mode: str = "livemin" if least else "livemax"
            return Gauge(name, told, labels, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]

        def total(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(name, told, labels, registry=self.registry, multiprocess_mode="livesum")

        self._workers = total("netid_workers", "Server processes that serve")
        self._beat = gauge(
            "netid_heartbeat_timestamp_seconds", "When the slowest process last beat", least=True
        )
        self._keys_loaded = gauge(
            "netid_keys_loaded_timestamp_seconds",
            "When the process that is furthest behind last read the signing keys",
            least=True,
        )
        self._keystore = gauge(
            "netid_keystore_up", "1 when the key store answers to every process", least=True
        )
        self._keystore.set(1)
        self._draining = gauge("netid_draining", "1 from SIGTERM to the end")
        self._lag = gauge(
            "netid_event_loop_lag_seconds", "How late the latest beat came, of the latest process"
        )
        self._limit = total("netid_requests_limit", "Requests worked on at once, at most")
        self._under_way = total("netid_requests_under_way", "Requests worked on")
        self._used = total("netid_database_connections_used", "Connections at work", "store")
        self._open = total("netid_database_connections_open", "Connections open", "store")
        self._queue = total(
            "netid_database_waiting", "Most that waited for a connection since the last beat",
            "store",
        )  # fmt: skip
        self._memory = total("process_resident_memory_bytes", "Memory of all server processes")
        self._files = gauge("process_open_fds", "Open files, of the process that has most")
        self._cpu_seconds = Counter(
            "process_cpu_seconds", "CPU time of all server processes", registry=self.registry
        )

    def request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count an answer; ``status`` 0 stands for one that nobody waited for."""
        at = known(endpoint, self._endpoints)
        self._requests[at, known(str(status), _STATUSES)].inc()
        self._seconds[at,].observe(seconds)
        if at == "/jwks":
            self._jwks.inc()

    def authorize(self, outcome: str, error: str, client_id: str | None = None) -> None:
        """Count what came of one step of an authorization request; of a registered client."""
        told = known(outcome, OUTCOMES)
        self._authorize[told, known(error, ERRORS)].inc()
        if told in {"success", "error"}:
            self._note_client(client_id, "authorize", told)

    def token(self, grant: str, error: str, client_id: str | None = None) -> None:
        """Count a token request: its grant type, and the error it was answered with or none."""
        self._token[known(grant, _GRANTS), known(error, ERRORS)].inc()
        self._note_client(client_id, "token", "error" if error else "success")

    def failed(self, task: str) -> None:
        """Count a round of background work that failed."""
        self._failures.labels(known(task, TASKS)).inc()

    def unknown_kids(self, count: int) -> None:
        """Note how many tokens so far named a key of ours that is not there."""
        self._unknown_kid.inc(count - self._unknown_kids)
        self._unknown_kids = count

    def keys_loaded(self, now: int) -> None:
        """Note when this process last brought its keys up to date."""
        self._keys_loaded.set(now)

    def keystore(self, *, answers: bool) -> None:
        """Note whether the machine that holds the keys answered when last asked."""
        self._keystore.set(answers)

    def drain(self) -> None:
        """Note that this process is about to stop."""
        self._draining.set(1)

    def pool(self, store: str, *, used: int, opened: int, waited: int) -> None:
        """Note the connections to one database."""
        at = known(store, STORES)
        self._used.labels(at).set(used)
        self._open.labels(at).set(opened)
        self._queue.labels(at).set(waited)

    def admission(self, *, refused: int, limit: int, under_way: int) -> None:
        """Note how many were refused so far, and how many requests are worked on."""
        self._refused.inc(refused - self._refused_before)
        self._refused_before = refused
        self._limit.set(limit)
        self._under_way.set(under_way)

    def beat(self, now: int, *, lag: float) -> None:
        """Note that the event loop turns, ``lag`` seconds late, and what the process holds."""
        self._workers.set(1)
        self._beat.set(now)
        self._lag.set(lag)
        self._memory.set(vitals.resident_bytes())
        self._files.set(vitals.open_files())
        self._log_lost.inc(Outlet.lost - self._lost_before)
        self._lost_before = Outlet.lost
        cpu = vitals.cpu_seconds()
        self._cpu_seconds.inc(max(0.0, cpu - self._cpu))
        self._cpu = cpu
        if now // CLIENT_SECONDS != self._flushed:
            self._flushed = now // CLIENT_SECONDS
            self._tell_clients()

    def _note_client(self, client_id: str | None, endpoint: str, outcome: str) -> None:
        if self._clients is None or client_id is None:
            return
        if client_id not in self._known_clients:
            if len(self._known_clients) >= MOST_CLIENTS:  # whoever registers clients without end
                client_id = OTHER
            self._known_clients.add(client_id)
        self._waiting[client_id, endpoint, outcome] += 1

    def _tell_clients(self) -> None:
        if self._clients is not None:
            for labels, count in self._waiting.items():
                self._clients.labels(*labels).inc(count)
            self._waiting.clear()
