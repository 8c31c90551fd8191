"""The switch from one book to another, at one record of one partition of ``events``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

import msgspec

from streams.codec import SRC, Headers
from streams.errors import BadInput
from streams.published import PublishedBook
from streams.rehearsal import Rehearsal
from streams.watermarks import Channels
from streams.worded import ON_EVENTS, read_record

HISTORY_RECORDS = 500_000
"""At most so many records of before are read again."""
_HOUR_S = 3_600.0
_MARKS_KEPT = 32 * 24


class Record(Protocol):
    """What a Kafka client returns."""

    offset: int
    timestamp: int
    headers: Headers
    value: bytes | None


class InForce(msgspec.Struct, frozen=True):
    """The published book a partition goes by, and the record of ``rules`` it came from."""

    channel: str
    offset: int
    published: PublishedBook

    def follows(self, held: InForce | None) -> bool:
        """Tell whether it was published after the one that is held: what is sent again after a crash was not.

        Offsets begin anew on a topic that was made anew; whoever publishes there does so later.
        """
        if held is None or held.channel != self.channel or held.offset < self.offset:
            return True
        return self.published.published_at.timestamp() > held.published.published_at.timestamp()


class Marks(msgspec.Struct):
    """Which watermark a partition had reached at which offset, one an hour of event time for a month.

    Whatever was accepted after such an offset lies at or after its watermark: a rehearsal can move on with them.
    """

    reached: list[tuple[int, float]] = []

    def note(self, offset: int, watermark: float) -> bool:
        """Take note of a watermark; tell whether it was worth it."""
        if self.reached and watermark < self.reached[-1][1] + _HOUR_S:
            return False
        self.reached.append((offset, watermark))
        del self.reached[:-_MARKS_KEPT]
        return True


class Switch:
    """A book about to be adopted: what has to be read again before, and what came of it.

    Parameters
    ----------
    record
        The record of ``events`` that asks for it.
    force
        The book, and where it came from.
    rehearsal
        Its changed rules.
    marks
        What the partition knows of its watermarks.

    Attributes
    ----------
    since_ms
        Kafka timestamp from which on records matter; ``None`` for all.
    first, end
        Offsets between which they lie, the second exclusive; equal when none matters.

    """

    def __init__(self, record: Record, force: InForce, rehearsal: Rehearsal, marks: Marks) -> None:
        self.record = record
        self.force = force
        self.rehearsal = rehearsal
        self.since_ms = rehearsal.since_ms
        self.end = record.offset
        wanted = rehearsal.since < float("inf")
        self.first = max(0, self.end - HISTORY_RECORDS) if wanted else self.end
        self._marks = deque(marks.reached)
        self._channels = Channels(())

    def feed(self, records: Iterable[Record]) -> None:
        """Take in records of before, in the order of their offsets."""
        for record in records:
            if not self.first <= record.offset < self.end:
                continue
            while self._marks and self._marks[0][0] < record.offset:
                self.rehearsal.advance(self._marks.popleft()[1])
            try:
                name, channel, offset, said = read_record(record, ON_EVENTS)
            except BadInput:  # it is among the dead letters
                continue
            if not name or (name == SRC and self._channels.is_new(channel, offset)):
                self.rehearsal.take(said)
