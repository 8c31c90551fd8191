"""One partition of one raw topic as the worker that owns it knows it."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from detectors.event import Source
from streams.codec import believed_ms
from streams.errors import StateError
from streams.topics import BY_THE_BROKER, RAW_DAYS
from streams.watermarks import ChannelClock


class RawPartition:
    """One partition of one raw topic.

    Parameters
    ----------
    topic, source, partition
        Which one; `topic` without prefix.
    clock
        What is known of it from before.
    start
        The first offset there was when it was taken over.

    Attributes
    ----------
    read
        Offset of the last record that is taken in or waits to be.

    """

    def __init__(self, topic: str, source: Source, partition: int, clock: ChannelClock, start: int) -> None:
        self.topic = topic
        self.source = source
        self.channel = f"{topic}/{partition}"
        self.partition = partition
        self.clock = clock
        self.start = start
        self.read = clock.offset
        self.announced: tuple[float, bool] | None = None
        self.announced_at = 0.0
        self.active_at = time.monotonic()
        self.idle = False
        self.changed = False
        self._unconfirmed: deque[tuple[int, Any]] = deque()

    @property
    def expected(self) -> int:
        """Offset of the record that is to come next."""
        return max(self.read + 1, self.start)

    @property
    def waits(self) -> bool:
        """Whether something was read of it that is not put out yet."""
        return self.clock.offset < self.read

    def check_contiguous(self, first: int) -> None:
        """Hold a batch against what was taken in before it; what the topic no longer kept at the start is no gap.

        Raises
        ------
        StateError
            When records in between were never seen, though they are there.

        """
        if first > self.expected:
            raise StateError(
                f"{self.channel}: offsets {self.expected} to {first - 1} were never taken in, though they are there; a "
                "restart goes back to them. If it does not, what intake knew of this partition is lost: reset the "
                "group's offset of it to the earliest; what was taken in before changes nothing the second time"
            )

    def take_in(self, offset: int) -> None:
        """Note that the record at `offset` was put out."""
        self.clock.offset = offset
        self.changed, self.idle = True, False

    @property
    def owes(self) -> bool:
        """Whether there are messages to confirm."""
        return bool(self._unconfirmed)

    def owe(self, message: Any, last: int) -> None:  # noqa: ANN401 - a Faust message
        """Remember to confirm `message` once the record at offset `last` has been taken in."""
        self._unconfirmed.append((last, message))

    def done(self) -> list[Any]:
        """Return the messages that may be confirmed: all their records have been taken in."""
        waiting = self._unconfirmed
        messages = []
        while waiting and waiting[0][0] <= self.clock.offset:
            messages.append(waiting.popleft()[1])
        return messages

    def has_taken_all(self, start: int, end: int) -> bool:
        """Tell whether nothing is left between the first offset there is and the end: fetched is not yet taken in."""
        return start == end or self.clock.offset + 1 >= end

    def behind_clock_s(self, now: float) -> float:
        """Return how far its newest event lies behind the wall clock, seconds."""
        return now - self.clock.newest


def written_ms(record: Any) -> int:  # noqa: ANN401 - a Kafka record
    """Return when a record of a raw topic was written, milliseconds, for all that is made of it.

    A source may give records a time of its own, as that of what happened, years back. Nothing on a raw topic is older
    than such a topic keeps, and what is made of it, with that time, would be deleted at once.
    """
    return believed_ms(record.timestamp, time.time(), RAW_DAYS * 86_400.0)


def arrived_s(record: Any) -> float:  # noqa: ANN401 - a Kafka record
    """Return when the broker took in a record of a raw topic, epoch seconds; the present time where no topic tells.

    What a report says of its own time is held against this, and not against when it is read: a worker that comes back
    after a day would believe a report that had been a day ahead, and take all of that day for late.
    """
    return record.timestamp / 1_000 if record.timestamp_type == BY_THE_BROKER else time.time()
