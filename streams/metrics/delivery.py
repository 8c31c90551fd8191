"""Every metric of the process that delivers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from rules.alert import Alert
from streams.delivery.record import Delivery, Outcome
from streams.delivery.sender import Standing
from streams.metrics.parts import GRADES, LONG_S, Bound, Registry, Told

_CHANNELS, _REASONS, _ROSTERS = 100, 100, 500
_REMEMBERED = 20_000
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_WHY = frozenset({"RETRY", "FAILED", "GIVEN_UP", "SUPPRESSED"})

Version = tuple[str, int]


class DeliveryMetrics(Registry):
    """What is counted while messages are delivered.

    Parameters
    ----------
    on_duty
        Tells how many people are on duty now, by roster.

    """

    def __init__(self, on_duty: Callable[[], Mapping[str, int]] = dict) -> None:
        super().__init__("deliver")
        self._on_duty = on_duty
        self._written: OrderedDict[Version, float] = OrderedDict()
        self._channels, self._reasons, self._rosters = Bound(_CHANNELS), Bound(_REASONS), Bound(_ROSTERS)
        self._begun: set[str] = set()
        self._count_messages()
        self._count_notices()
        self._show_channels()
        self.owner = self.gauge("fenghuo_delivery_owner", "Whether this process delivers (1) or stands by (0).")
        self._rostered = Told(
            self.gauge("fenghuo_oncall_on_duty", "People on duty now, by roster; 0 is a gap.", "roster")
        )

    def _count_messages(self) -> None:
        self.deliveries = self.counter(
            "fenghuo_deliveries_total",
            "Steps in the life of messages by channel and outcome; GIVEN_UP is a message nobody got.",
            *("channel", "outcome"),
        )
        self.reasons = self.counter(
            "fenghuo_delivery_reasons_total",
            "Why messages were tried again, went another way, were given up or left out, by outcome and reason.",
            *("outcome", "reason"),
        )
        self.received = self.counter(
            "fenghuo_delivery_sent_total",
            "Messages that were sent, digests among them, by their highest grade.",
            "grade",
        )
        for grade in GRADES:  # from zero on: Prometheus would not see the first
            self.received.labels(grade)
        self.attempt_seconds = self.histogram(
            "fenghuo_delivery_attempt_seconds", "Time a channel took to answer.", "channel", buckets=LONG_S
        )
        self.seconds = self.histogram(
            "fenghuo_delivery_seconds",
            "From a message being due to the receipt, by channel and grade.",
            *("channel", "grade"),
            buckets=LONG_S,
        )
        self.from_version_seconds = self.histogram(
            "fenghuo_delivery_from_version_seconds",
            "From the Kafka timestamp of a version of an alert to the receipt of a message about it, by channel and "
            "grade; digests are not among them, they wait on purpose.",
            *("channel", "grade"),
            buckets=LONG_S,
        )

    def _count_notices(self) -> None:
        self.notices = self.counter(
            "fenghuo_notices_total",
            "Notices by what became of them; MISSING were deleted before anybody took them in.",
            "outcome",
        )
        self.notice_seconds = self.histogram(
            "fenghuo_notice_seconds",
            "From the Kafka timestamp of a notice to its messages being handed to the channels, by grade.",
            "grade",
            buckets=LONG_S,
        )
        self.lag = self.gauge("fenghuo_notices_lag_records", "Notices waiting.")
        self.writes = self.histogram("fenghuo_delivery_write_seconds", "Time to write the state down.")
        self.written_at = self.gauge(
            "fenghuo_delivery_write_timestamp_seconds", "When the state was last written down; 0 for never."
        )

    def _show_channels(self) -> None:
        self.breaker = self.gauge(
            "fenghuo_delivery_breaker", "Breaker of a channel: 0 closed, 1 half open, 2 open.", "channel"
        )
        self.waiting = self.gauge("fenghuo_delivery_waiting", "Messages waiting for a channel.", "channel")
        self.oldest = self.gauge(
            "fenghuo_delivery_oldest_waiting_seconds", "How long the oldest message has waited.", "channel"
        )
        self.in_flight = self.gauge("fenghuo_delivery_in_flight", "Messages on their way.")

    def tell(self, records: Iterable[Delivery]) -> None:
        """Count steps in the life of messages."""
        for one in records:
            self.deliveries.labels(self._channels(one.channel), one.outcome).inc()
            if one.outcome in _WHY:
                self.reasons.labels(one.outcome, self._reasons(one.reason)).inc()

    def note(self, alert: Alert, written_at: float) -> None:
        """Remember when a version was issued (epoch seconds), for as long as people may be told of it."""
        self._written[alert.id, alert.revision.version] = written_at
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    def sent(self, channel: str, alert: Alert, waited_s: float, now: float, *, digest: bool) -> None:
        """Count a receipt: of a message about `alert`, or of a digest it is the most urgent of."""
        channel, grade = self._channels(channel), alert.grade.value
        self.received.labels(grade).inc()
        self.seconds.labels(channel, grade).observe(waited_s)
        written_at = self._written.get((alert.id, alert.revision.version))
        if written_at is not None and not digest:
            self.from_version_seconds.labels(channel, grade).observe(max(0.0, now - written_at))

    def answered(self, channel: str, took_s: float) -> None:
        """Count how long a channel took."""
        self.attempt_seconds.labels(self._channels(channel)).observe(took_s)

    def stand(self, standing: Iterable[tuple[str, Standing]], now: float) -> None:
        """State how the channels stand."""
        for name, one in standing:
            channel = self._channels(name)
            if channel not in self._begun:
                self._begun.add(channel)
                for outcome in _OUTCOMES:
                    self.deliveries.labels(channel, outcome)
            self.breaker.labels(channel).set(one.breaker)
            self.waiting.labels(channel).set(one.waiting)
            self.oldest.labels(channel).set(now - one.oldest_at if one.oldest_at is not None else 0.0)

    def rest(self) -> None:
        """State nothing of channels any more: another process delivers."""
        for gauge in (self.breaker, self.waiting, self.oldest):
            gauge.clear()
        self.in_flight.set(0)
        self.lag.set(0)
        self.owner.set(0)

    def text(self) -> bytes:
        """Return all of them in the text format of Prometheus."""
        self._rostered.tell("rota", {(self._rosters(name),): n for name, n in self._on_duty().items()})
        return super().text()
