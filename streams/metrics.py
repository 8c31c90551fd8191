"""Every metric of a worker, in one place."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rules.feedback import Held

_LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The metrics of one worker; counted per batch, never per event."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.records = Counter(
            "fenghuo_records_total",
            "Records by topic and what became of them.",
            ["topic", "outcome"],
            registry=r,
        )
        self.dead_letters = Counter(
            "fenghuo_dead_letters_total", "Records that could not become an event.", ["topic", "reason"], registry=r
        )
        self.events = Counter(
            "fenghuo_events_total", "Events taken in by the detect agent, by verdict.", ["verdict"], registry=r
        )
        self.signals = Counter("fenghuo_signals_total", "Signals by detector.", ["detector"], registry=r)
        self.alerts = Counter(
            "fenghuo_alert_versions_total",
            "Alert versions issued, by the rule that leads, grade and change.",
            ["rule", "grade", "change"],
            registry=r,
        )
        self.findings = Counter(
            "fenghuo_finding_versions_total",
            "Versions of what single rules found, which alerts are made of, by rule, grade and change.",
            ["rule", "grade", "change"],
            registry=r,
        )
        self.shadow = Counter(
            "fenghuo_shadow_versions_total",
            "Alert versions of shadow rules, which notify nobody, by rule, grade and change.",
            ["rule", "grade", "change"],
            registry=r,
        )
        self.verdicts = Counter(
            "fenghuo_verdicts_total",
            "Verdicts people gave on alerts, a changed one again, by rule, detector and verdict.",
            ["rule", "detector", "verdict"],
            registry=r,
        )
        self.verdicts_held = Gauge(
            "fenghuo_verdicts_held",
            "Verdicts of the last 450 days as they stand, by rule, detector and verdict: true / (true + false) of the "
            "sum over all workers is precision.",
            ["rule", "detector", "verdict"],
            registry=r,
        )
        self._held: dict[str, Counts[Held]] = {}
        self.latency = Histogram(
            "fenghuo_alert_latency_seconds",
            "From the raw record's Kafka timestamp to the alert handed to Kafka.",
            buckets=_LATENCY_BUCKETS,
            registry=r,
        )
        self.batch_seconds = Histogram(
            "fenghuo_batch_seconds", "Time to process one batch, by stage.", ["stage"], registry=r
        )
        self.lag = Gauge(
            "fenghuo_lag_records", "Records waiting, by topic and partition.", ["topic", "partition"], registry=r
        )
        self.watermark = Gauge(
            "fenghuo_watermark_timestamp_seconds",
            "Event time reached, by partition of events; city for events.city.",
            ["partition"],
            registry=r,
        )
        self.snapshots = Counter("fenghuo_snapshots_total", "State snapshots written.", registry=r)
        self.snapshot_bytes = Counter("fenghuo_snapshot_bytes_total", "Bytes of state written.", registry=r)
        self.snapshot_seconds = Histogram("fenghuo_snapshot_seconds", "Time to write one snapshot.", registry=r)
        self.restored_bytes = Counter("fenghuo_restored_bytes_total", "Bytes of state read back.", registry=r)
        self.books = Gauge(
            "fenghuo_book_info", "Partitions that go by a rule book, by its digest.", ["digest"], registry=r
        )
        self._going_by: dict[str, Counts[str]] = {}
        self.switches = Counter("fenghuo_book_switches_total", "Switches of partitions to another book.", registry=r)
        self.refused = Counter("fenghuo_book_refused_total", "Published books that could not be used.", registry=r)
        self.lessons = Gauge("fenghuo_lessons", "Corrections of kinds that hold and are learned.", registry=r)
        self.kind_answers = Counter(
            "fenghuo_kind_answers_total",
            "Events without a kind that the classifier was asked about: `learned`, or `not_confident`.",
            ["answer"],
            registry=r,
        )
        self.correction_rate = Gauge(
            "fenghuo_correction_rate",
            "Share of what intake would have said of corrected or confirmed events that was wrong, since it changed.",
            registry=r,
        )
        self.drifted = Gauge(
            "fenghuo_lesson_drift_timestamp_seconds",
            "Time of the correction at which the rate of corrections was last found changed; 0 for never.",
            registry=r,
        )
        self.area_index = Gauge(
            "fenghuo_area_index",
            "Risk index of the city and its districts, 0 (worst) to 100, as last told.",
            ["level", "area"],
            registry=r,
        )
        self.partitions = Gauge("fenghuo_partitions", "Partitions owned, by stage.", ["stage"], registry=r)

    def tell_books(self, stage: str, digests: Iterable[str]) -> None:
        """State which books the partitions of a stage go by, one digest a partition."""
        self._going_by[stage] = Counts(digests)
        self.books.clear()
        for digest, n in sum(self._going_by.values(), Counts()).items():
            self.books.labels(digest).set(n)

    def tell_verdicts(self, stage: str, held: Iterable[Counts[Held]]) -> None:
        """State which verdicts the partitions of a stage hold, counted for each partition."""
        self._held[stage] = sum(held, Counts())
        self.verdicts_held.clear()
        for labels, n in sum(self._held.values(), Counts()).items():
            self.verdicts_held.labels(*labels).set(n)

    def tell_index(self, scores: Mapping[tuple[str, str], float]) -> None:
        """State the scores of the city and its districts, by level and area."""
        self.area_index.clear()
        for labels, score in scores.items():
            self.area_index.labels(*labels).set(score)

    def text(self) -> bytes:
        """Return all of them in the text format of Prometheus."""
        return generate_latest(self.registry)
