"""How messages go out, channel by channel, by the record of every attempt. Pure."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import ClassVar, NamedTuple

import msgspec

from streams import topics
from streams.board.hours import Hours
from streams.delivery.record import Delivery, Outcome
from streams.tail import Heard

_decode = msgspec.json.Decoder(Delivery).decode
_LOST = 20


class Told(NamedTuple):
    """A channel and what came of an attempt on it."""

    channel: str
    outcome: Outcome


class Way:
    """A channel.

    Attributes
    ----------
    sent_at
        When a message last got through, epoch seconds; ``None`` when none did.
    failed_at, reason
        When one last failed, and why.
    in_a_row
        Failures since one got through.
    shut
        The last that was said of it is that delivery leaves it alone for a while.

    """

    __slots__ = ("failed_at", "in_a_row", "reason", "sent_at", "shut")

    def __init__(self) -> None:
        self.sent_at: float | None = None
        self.failed_at: float | None = None
        self.reason = ""
        self.in_a_row = 0
        self.shut = False

    def hear(self, delivery: Delivery) -> None:
        """Take in what came of an attempt."""
        at = delivery.at.timestamp()
        if delivery.outcome == "SENT":
            self.sent_at, self.in_a_row, self.shut = at, 0, False
        elif delivery.outcome in {"RETRY", "FAILED", "GIVEN_UP"} and delivery.attempt:
            self.failed_at, self.reason = at, delivery.reason
            self.shut = delivery.reason == "BREAKER_OPEN"
            self.in_a_row += not self.shut


class Ways:
    """All channels that were used.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.
    ways
        By channel.
    counts
        By hour.
    lost
        The last messages nobody was told of, the oldest first.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.DELIVERIES,)
    since: ClassVar[timedelta] = timedelta(days=7)

    def __init__(self) -> None:
        self.ways: dict[str, Way] = {}
        self.counts: Hours[Told] = Hours()
        self.lost: deque[Delivery] = deque(maxlen=_LOST)

    def take(self, record: Heard) -> None:
        """Take in a record of ``deliveries``."""
        if record.value is None:
            return
        delivery = _decode(record.value)
        if delivery.channel:
            self.ways.setdefault(delivery.channel, Way()).hear(delivery)
            self.counts.add(Told(delivery.channel, delivery.outcome), delivery.at.timestamp())
        if delivery.outcome == "GIVEN_UP":
            self.lost.append(delivery)
