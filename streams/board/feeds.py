"""What every source tells of every district: when last, how often, and how much of it came too late. Pure."""

from __future__ import annotations

import statistics
from collections import deque
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

import msgspec

from detectors.event import Source
from streams import topics
from streams.board.hours import Hours
from streams.codec import SRC, WATERMARK, read_origin
from streams.tail import Heard

_GAPS = 200
_ENOUGH = 8


class FeedName(NamedTuple):
    """A source in a district."""

    source: str
    district: str


class Matter(NamedTuple):
    """A kind of event, as one source tells it."""

    kind: str
    source: str


class _Where(msgspec.Struct, frozen=True):
    district: str = ""


class _Event(msgspec.Struct, frozen=True):
    source: Source
    kind: str
    occurred_at: datetime
    place: _Where
    resolution: str = "instant"


_decode = msgspec.json.Decoder(_Event).decode


class Feed:
    """What is known of one feed.

    Attributes
    ----------
    last
        Event time of its newest event, epoch seconds.
    heard
        Kafka time its last record came at, epoch seconds.
    events
        How many came in the days that were read.

    """

    __slots__ = ("_gaps", "events", "heard", "last")

    def __init__(self) -> None:
        self.last = self.heard = float("-inf")
        self.events = 0
        self._gaps: deque[float] = deque(maxlen=_GAPS)

    def hear(self, t: float, at: float) -> None:
        """Take an event in that happened at `t` and came at `at`."""
        if t > self.last:
            if self.events:
                self._gaps.append(t - self.last)
            self.last = t
        self.heard = max(self.heard, at)
        self.events += 1

    def usual_s(self) -> float | None:
        """Return the usual time between two events, the median; ``None`` before there are enough."""
        return statistics.median(self._gaps) if len(self._gaps) >= _ENOUGH else None

    def longest_s(self) -> float | None:
        """Return the longest time between two of the last events."""
        return max(self._gaps) if len(self._gaps) >= _ENOUGH else None


class Feeds:
    """All feeds, and when intake last gave a sign of life.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.
    feeds
        By source and district.
    counts, late
        Events, and events too late to be counted, by source and hour of Kafka's clock.
    matters
        Events by kind and source, and hour of Kafka's clock.
    intake_heard
        Kafka time of intake's last watermark, epoch seconds: it sends one every 10 s, whether anything comes or not.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.EVENTS, topics.LATE)
    since: ClassVar[timedelta] = timedelta(days=8)

    def __init__(self) -> None:
        self.feeds: dict[FeedName, Feed] = {}
        self.counts: Hours[str] = Hours()
        self.late: Hours[FeedName] = Hours()
        self.matters: Hours[Matter] = Hours()
        self.intake_heard: float | None = None

    def take(self, record: Heard) -> None:
        """Take in a record of ``events`` or ``events.late``."""
        at, origin = record.timestamp / 1000, read_origin(record.headers)
        if origin is not None and origin[0] == WATERMARK:
            self.intake_heard = max(at, self.intake_heard or at)
        if record.value is None or (origin is not None and origin[0] != SRC):
            return
        event = _decode(record.value)
        name = FeedName(event.source, event.place.district)
        if record.topic == topics.LATE:
            self.late.add(name, at)
            return
        self.counts.add(event.source, at)
        self.matters.add(Matter(event.kind, event.source), at)
        if event.resolution == "instant":
            self.feeds.setdefault(name, Feed()).hear(event.occurred_at.timestamp(), at)
