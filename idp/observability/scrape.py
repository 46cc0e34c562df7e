"""The page that is scraped, whole, however many processes there are.

One process keeps its numbers in memory. Several keep them in files of a common folder, one set for
each process, mapped into its memory (prometheus-client's multiprocess mode): whoever renders the
page reads the files and asks no worker, so that a scrape never waits for one nor holds one up. When
a process has died, its counts are added to those of the departed, so that no counter falls, and its
gauges go: see ``Folder.bury``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol, cast

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from prometheus_client import Metric

ENVIRONMENT = "PROMETHEUS_MULTIPROC_DIR"
_GONE = "gone"
_KEPT = ("counter", "histogram")


class Source(Protocol):
    """Where the numbers of the server processes come from."""

    def collect(self) -> Iterable[Metric]:
        """Return every metric."""
        ...

    def gauges(self) -> Iterable[Metric]:
        """Return the gauges, and perhaps more; cheaper than ``collect``."""
        ...


class InProcess:
    """The numbers of this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """Return every metric."""
        return self._registry.collect()

    def gauges(self) -> Iterable[Metric]:
        """Return every metric."""
        return self._registry.collect()


class Folder:
    """The numbers of worker processes, in the files of ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()  # a burial must not be counted half

    def collect(self) -> Iterable[Metric]:
        """Return every metric, over all processes there are and were."""
        return self._read("*.db")

    def gauges(self) -> Iterable[Metric]:
        """Return the gauges, of the processes that are alive."""
        return self._read("gauge_*.db")

    def _read(self, pattern: str) -> Iterable[Metric]:
        with self._lock:
            files = [str(file) for file in sorted(self._path.glob(pattern)) if _is_begun(file)]
            merged: Iterable[Metric] = cast("Any", MultiProcessCollector).merge(files)
        return merged

    def bury(self, alive: Collection[int]) -> None:
        """Let the processes that are not in ``alive`` leave: counts stay, gauges go.

        To be called by the process that starts the others, between two starts: a process that is
        starting must be among the living.
        """
        names = {str(pid) for pid in alive} | {_GONE}
        for file in sorted(self._path.glob("*.db")):
            kind, _, owner = file.stem.rpartition("_")
            if owner in names:
                continue
            with self._lock:
                if kind in _KEPT and _is_begun(file):
                    self._add(file, self._path / f"{kind}_{_GONE}.db")
                file.unlink()

    @staticmethod
    def _add(dead: Path, gone: Path) -> None:
        read = cast("Any", MmapedDict.read_all_values_from_file)
        total = cast("Any", MmapedDict)(str(gone))
        try:
            for key, value, _time, _place in read(str(dead)):
                total.write_value(key, total.read_value(key)[0] + value, 0.0)
        finally:
            total.close()


def _is_begun(file: Path) -> bool:
    """Tell whether there is anything in it: a process makes its file first, and fills it then."""
    return file.stat().st_size > 0


def values(source: Source, names: Collection[str]) -> Mapping[str, float]:
    """Return those of the gauges ``names`` (without labels) that a process has set."""
    return {
        metric.name: sample.value
        for metric in source.gauges()
        if metric.name in names
        for sample in metric.samples
    }


class _Page:
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def render(metrics: Iterable[Metric]) -> bytes:
    """Return ``metrics`` in Prometheus's text format."""
    return generate_latest(cast("CollectorRegistry", _Page(metrics)))
