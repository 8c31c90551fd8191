"""What metrics are made of: labels with a bound, gauges that forget, histograms filled in batches."""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside every counter and bucket

OTHER = "other"
Labels = tuple[str, ...]
Process = Literal["worker", "deliver", "board"]

GRADES = ("blue", "yellow", "orange", "red")
SHORT_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""From a record to what follows from it."""
LONG_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0)
"""From something being due to somebody being told."""
HOURS_S = (60.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 86_400.0, 172_800.0)
"""People: the lengths of the clocks that grades set are among them."""


class Described(NamedTuple):
    """What there is to know of a metric before it has any value."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str

    def series(self) -> tuple[str, ...]:
        """Return the names of its series."""
        return (
            tuple(f"{self.name}{end}" for end in ("_bucket", "_sum", "_count"))
            if self.kind == "histogram"
            else (self.name,)
        )


class Registry:
    """The metrics of one process, and what every process tells of itself.

    Parameters
    ----------
    process
        Which one.

    Attributes
    ----------
    described
        Every metric of ours.

    """

    def __init__(self, process: Process) -> None:
        self.registry = CollectorRegistry()
        self.described: list[Described] = []
        ProcessCollector(registry=self.registry)
        build = self.gauge("fenghuo_build_info", "1; which process this is, and of which release.", *_BUILD)
        build.labels(process, _release(), platform.python_version()).set(1)
        self.ready = self.gauge("fenghuo_ready", "Whether this process does its work (1) or not yet, or no more (0).")

    def counter(self, name: str, help_: str, *labels: str) -> Counter:
        """Return a new counter."""
        self.described.append(Described(name, "counter", labels, help_))
        return Counter(name, help_, labels, registry=self.registry)

    def gauge(self, name: str, help_: str, *labels: str) -> Gauge:
        """Return a new gauge."""
        self.described.append(Described(name, "gauge", labels, help_))
        return Gauge(name, help_, labels, registry=self.registry)

    def histogram(self, name: str, help_: str, *labels: str, buckets: Iterable[float] = SHORT_S) -> Histogram:
        """Return a new histogram."""
        self.described.append(Described(name, "histogram", labels, help_))
        return Histogram(name, help_, labels, buckets=tuple(buckets), registry=self.registry)

    def spans(self, name: str, help_: str, label: str, buckets: Iterable[float]) -> Spans:
        """Return a new histogram that is filled in batches."""
        self.described.append(Described(name, "histogram", (label,), help_))
        return Spans(name, help_, label, buckets, self.registry)

    def text(self) -> bytes:
        """Return all of them in the text format of Prometheus."""
        return generate_latest(self.registry)


_BUILD = ("process", "version", "python")


def _release() -> str:
    try:
        return version("fenghuo")
    except PackageNotFoundError:  # started from a folder nobody installed
        return "unknown"


class Bound:
    """Lets the first so many values of a label through; later ones become ``other``.

    For labels that what comes in can create: rules of published books, areas of an open tree.

    Parameters
    ----------
    most
        How many.

    Examples
    --------
    >>> bound = Bound(1)
    >>> bound("a"), bound("b"), bound("a")
    ('a', 'other', 'a')

    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """Return the value, or ``other``."""
        if value not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(value)
        return value


class Told:
    """A gauge told as a whole by several owners: what one of them tells no more is gone.

    Parameters
    ----------
    gauge
        With labels.

    """

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._shown: dict[str, Collection[Labels]] = {}

    def tell(self, owner: str, values: Mapping[Labels, float]) -> None:
        """State everything an owner knows; owners never state the same labels."""
        for labels in self._shown.get(owner, ()):
            if labels not in values:
                self._gauge.remove(*labels)
        for labels, value in values.items():
            self._gauge.labels(*labels).set(value)
        self._shown[owner] = tuple(values)


class Spans(Collector):
    """A histogram that takes many values at once, a fifth of a microsecond each.

    Parameters
    ----------
    name, help_
        Of the metric.
    label
        Name of its only label.
    buckets
        Upper limits, ascending.

    """

    def __init__(
        self, name: str, help_: str, label: str, buckets: Iterable[float], registry: CollectorRegistry
    ) -> None:
        self._name, self._help, self._label = name, help_, label
        self._limits = tuple(buckets)
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        registry.register(self)

    def add(self, label: str, values: Iterable[float]) -> None:
        """Take values in; one below zero counts as zero."""
        counts = self._counts.setdefault(label, [0] * (len(self._limits) + 1))
        total, limits = 0.0, self._limits
        for value in values:
            if value > 0.0:
                total += value
                counts[bisect_left(limits, value)] += 1
            else:
                counts[0] += 1
        self._sums[label] = self._sums.get(label, 0.0) + total

    def describe(self) -> Iterator[Metric]:
        """Yield name and kind."""
        yield HistogramMetricFamily(self._name, self._help, labels=[self._label])

    def collect(self) -> Iterator[Metric]:
        """Yield what was taken in."""
        family = HistogramMetricFamily(self._name, self._help, labels=[self._label])
        limits = [*map(str, self._limits), "+Inf"]
        for label, counts in self._counts.items():
            so_far, buckets = 0, []
            for limit, count in zip(limits, counts, strict=True):
                so_far += count
                buckets.append((limit, so_far))
            family.add_metric([label], buckets, self._sums[label])
        yield family
