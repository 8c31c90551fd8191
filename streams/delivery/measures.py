"""Every metric of the process that delivers."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from streams.delivery.record import Delivery
from streams.delivery.sender import Standing

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0)


class DeliveryMetrics:
    """What is counted while messages are delivered."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.deliveries = Counter(
            "fenghuo_deliveries_total",
            "Steps in the life of messages by channel and outcome; GIVEN_UP is a message nobody got.",
            ["channel", "outcome"],
            registry=r,
        )
        self.attempt_seconds = Histogram(
            "fenghuo_delivery_attempt_seconds",
            "Time a channel took to answer.",
            ["channel"],
            buckets=_BUCKETS,
            registry=r,
        )
        self.seconds = Histogram(
            "fenghuo_delivery_seconds",
            "From a message being due to the receipt, by channel and grade.",
            ["channel", "grade"],
            buckets=_BUCKETS,
            registry=r,
        )
        self.notice_seconds = Histogram(
            "fenghuo_notice_seconds",
            "From the Kafka timestamp of a notice to its messages being handed to the channels, by grade.",
            ["grade"],
            buckets=_BUCKETS,
            registry=r,
        )
        self.breaker = Gauge(
            "fenghuo_delivery_breaker", "Breaker of a channel: 0 closed, 1 half open, 2 open.", ["channel"], registry=r
        )
        self.waiting = Gauge("fenghuo_delivery_waiting", "Messages waiting for a channel.", ["channel"], registry=r)
        self.oldest = Gauge(
            "fenghuo_delivery_oldest_waiting_seconds",
            "How long the oldest of them has waited.",
            ["channel"],
            registry=r,
        )
        self.in_flight = Gauge("fenghuo_delivery_in_flight", "Messages on their way.", registry=r)
        self.notices = Counter("fenghuo_notices_total", "Notices by what became of them.", ["outcome"], registry=r)
        self.lag = Gauge("fenghuo_notices_lag_records", "Notices waiting.", registry=r)
        self.writes = Histogram("fenghuo_delivery_write_seconds", "Time to write the state down.", registry=r)
        self.owner = Gauge("fenghuo_delivery_owner", "Whether this process delivers (1) or stands by (0).", registry=r)

    def tell(self, records: Iterable[Delivery]) -> None:
        """Count steps in the life of messages."""
        for one in records:
            self.deliveries.labels(one.channel, one.outcome).inc()

    def stand(self, standing: Iterable[tuple[str, Standing]], now: float) -> None:
        """State how the channels stand."""
        for name, one in standing:
            self.breaker.labels(name).set(one.breaker)
            self.waiting.labels(name).set(one.waiting)
            self.oldest.labels(name).set(now - one.oldest_at if one.oldest_at is not None else 0.0)

    def rest(self) -> None:
        """State nothing of channels any more: another process delivers."""
        for gauge in (self.breaker, self.waiting, self.oldest):
            gauge.clear()
        self.in_flight.set(0)
        self.lag.set(0)
        self.owner.set(0)

    def text(self) -> bytes:
        """Return all of them in the text format of Prometheus."""
        return generate_latest(self.registry)
