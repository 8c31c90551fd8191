"""Every metric of a worker."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Mapping

from prometheus_client import Counter

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, Finding
from rules.command import CommandAnswer
from rules.feedback import Held
from streams.metrics.alerts import RESTRICTED, AlertMetrics
from streams.metrics.parts import SHORT_S, Bound, Registry, Told

_RULES, _DISTRICTS, _KINDS, _PAIRS = 500, 100, 200, 20_000
_LATE_S = (1.0, 10.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0, 21_600.0, 86_400.0)


class Metrics(Registry):
    """The metrics of one worker; counted per batch, never per event."""

    def __init__(self) -> None:
        super().__init__("worker")
        self._rules, self._districts, self._kinds = Bound(_RULES), Bound(_DISTRICTS), Bound(_KINDS)
        self._count_records()
        self._count_rules()
        self._measure_stages()
        self._measure_state()
        self._show_books()
        self._show_feeds()
        self.handling = AlertMetrics(self, self._rules, self._districts, self._kinds)

    def _count_records(self) -> None:
        self.records = self.counter(
            "fenghuo_records_total", "Records by topic and what became of them.", *("topic", "outcome")
        )
        self.dead_letters = self.counter(
            "fenghuo_dead_letters_total",
            "Records that could not be used, by topic and reason.",
            *("topic", "reason"),
        )
        self.events = self.counter(
            "fenghuo_events_total", "Events taken in by the detect agent, by verdict.", "verdict"
        )
        self.reported = self.counter(
            "fenghuo_reported_events_total", "Events accepted, by district and kind.", *("district", "kind")
        )
        self._reported: dict[tuple[str, str], Counter] = {}
        self.lateness = self.spans(
            "fenghuo_event_lateness_seconds",
            "How far the time of an event lies behind the newest of its raw partition when it is taken in, by source.",
            "source",
            _LATE_S,
        )
        self.lateness_allowed = self.gauge(
            "fenghuo_lateness_allowed_seconds", "How far the time of an event may lie behind before it is late."
        )
        self.kind_answers = self.counter(
            "fenghuo_kind_answers_total",
            "Events without a kind that the classifier was asked about: `learned`, or `not_confident`.",
            "answer",
        )

    def _count_rules(self) -> None:
        self.signals = self.counter("fenghuo_signals_total", "Signals by detector.", "detector")
        self.findings = self.counter(
            "fenghuo_finding_versions_total",
            "Versions of what single rules found, which alerts are made of, by rule, grade and change.",
            *("rule", "grade", "change"),
        )
        self.shadow = self.counter(
            "fenghuo_shadow_versions_total",
            "Versions of what shadow rules found, which notify nobody, by rule, grade and change.",
            *("rule", "grade", "change"),
        )
        self.verdicts = self.counter(
            "fenghuo_verdicts_total",
            "Verdicts people gave on alerts, a changed one again, by rule, detector and verdict.",
            *("rule", "detector", "verdict"),
        )
        self.verdicts_held = self.gauge(
            "fenghuo_verdicts_held",
            "Verdicts of the last 450 days as they stand, by rule, detector and verdict: true / (true + false) of the "
            "sum over all workers is precision.",
            *("rule", "detector", "verdict"),
        )
        self._held: dict[str, Counts[Held]] = {}
        self.learning = Told(
            self.gauge(
                "fenghuo_detector_learning_since_timestamp_seconds",
                "Event time of the first event a detector saw, by stage and detector: the age of its model.",
                *("stage", "detector"),
            )
        )

    def _measure_stages(self) -> None:
        self.latency = self.histogram(
            "fenghuo_alert_latency_seconds",
            "From the raw record's Kafka timestamp to the alert handed to Kafka.",
            buckets=SHORT_S,
        )
        self.batch_seconds = self.histogram("fenghuo_batch_seconds", "Time to process one batch, by stage.", "stage")
        self.lag = Told(
            self.gauge("fenghuo_lag_records", "Records waiting, by topic and partition.", *("topic", "partition"))
        )
        self.watermark = Told(
            self.gauge(
                "fenghuo_watermark_timestamp_seconds",
                "Event time reached, by partition of events; city for events.city.",
                "partition",
            )
        )
        self.partitions = self.gauge("fenghuo_partitions", "Partitions owned, by stage.", "stage")

    def _measure_state(self) -> None:
        self.snapshots = self.counter("fenghuo_snapshots_total", "State snapshots written.")
        self.snapshot_bytes = self.counter("fenghuo_snapshot_bytes_total", "Bytes of state written.")
        self.snapshot_seconds = self.histogram("fenghuo_snapshot_seconds", "Time to write one snapshot.")
        self.snapshot_at = self.gauge(
            "fenghuo_snapshot_timestamp_seconds",
            "When a stage last had all its state written down and its input acknowledged.",
            "stage",
        )
        self.restored_bytes = self.counter("fenghuo_restored_bytes_total", "Bytes of state read back.")
        self.state_bytes = self.gauge(
            "fenghuo_state_bytes", "Bytes of state as it stands on Kafka, of the partitions owned, by stage.", "stage"
        )

    def _show_books(self) -> None:
        self.books = self.gauge("fenghuo_book_info", "Partitions that go by a rule book, by its digest.", "digest")
        self._going_by: dict[str, Counts[str]] = {}
        self.switches = self.counter("fenghuo_book_switches_total", "Switches of partitions to another book.")
        self.refused = self.counter("fenghuo_book_refused_total", "Published books that could not be used.")
        self.lessons = self.gauge("fenghuo_lessons", "Corrections of kinds that hold and are learned.")
        self.correction_ratio = self.gauge(
            "fenghuo_correction_ratio",
            "Share of what intake would have said of corrected or confirmed events that was wrong, since it changed.",
        )
        self.drifted = self.gauge(
            "fenghuo_lesson_drift_timestamp_seconds",
            "Time of the correction at which the rate of corrections was last found changed; 0 for never.",
        )

    def _show_feeds(self) -> None:
        self.feeds = Told(
            self.gauge(
                "fenghuo_feed_newest_timestamp_seconds",
                "Kafka timestamp of the newest record of a source: for how long it has been silent.",
                "source",
            )
        )
        self.districts = self.gauge("fenghuo_district_info", "1; what a district is called.", *("district", "name"))
        self.kinds = self.gauge("fenghuo_kind_info", "1; what a kind is called.", *("kind", "name", "name_en"))

    def introduce(self, areas: AreaTree, taxonomy: Taxonomy, raw: Iterable[str]) -> None:
        """State what districts and kinds are called, and begin to count the records of raw topics at zero."""
        for topic in raw:
            for outcome in ("ACCEPTED", "LATE", "DEAD"):
                self.records.labels(topic, outcome)
        for area in areas.children(areas.city):
            self.districts.labels(self._districts(area.id), area.name).set(1)
        self.districts.labels(self._districts(areas.city), areas.name).set(1)
        for kind in taxonomy.kinds.values():
            self.kinds.labels(self._kinds(kind.id), kind.zh, kind.en).set(1)
        self.kinds.labels(RESTRICTED, "仅限值班室", "duty desk only").set(1)

    def find(self, findings: Iterable[Finding], shadow: Iterable[Finding]) -> None:
        """Count what rules found, and what those found that are tried out."""
        for counter, found in ((self.findings, findings), (self.shadow, shadow)):
            for one in found:
                counter.labels(self._rules(one.rule.id), one.grade.value, one.revision.change).inc()

    def issue(self, alert: Alert, latency_s: float) -> None:
        """Count a version of an alert that goes out."""
        self.handling.issue(alert)
        self.latency.observe(latency_s)

    def answer(self, answers: Iterable[CommandAnswer]) -> None:
        """Count answers to commands."""
        for one in answers:
            self.handling.commands.labels(one.command.action, one.reason or "OBEYED").inc()

    def report(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Count accepted events, by district and kind."""
        known = self._reported
        for pair, n in counts.items():
            child = known.get(pair)
            if child is None:
                child = self.reported.labels(self._districts(pair[0]), self._kinds(pair[1]))
                if len(known) < _PAIRS:
                    known[pair] = child
            child.inc(n)

    def tell_lag(self, stage: str, lag: Mapping[tuple[str, int], int], prefix: str) -> None:
        """State how many records wait for a stage, by topic (with `prefix`) and partition."""
        self.lag.tell(stage, {(topic.removeprefix(prefix), str(n)): waiting for (topic, n), waiting in lag.items()})

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
        self.handling.index.tell("index", {(level, self._districts(area)): n for (level, area), n in scores.items()})
