"""What several partitions bring, handed on in the order of event time while there is a backlog."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from streams.watermarks import NEVER

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class _Line(Generic[K, T]):
    """What waits of one channel, and how far it has been read."""

    __slots__ = ("channel", "items", "newest", "until")

    def __init__(self, channel: K, until: float) -> None:
        self.channel = channel
        self.items: deque[tuple[float, T]] = deque()
        self.newest = NEVER
        self.until = until


class Backlog(Generic[K, T]):
    """Items of several channels, handed on in the order of event time as far as that is known.

    A fetch brings hours of one partition before it brings the first record of the next one. Taken as they come, events
    of a backlog are days apart, and everything that is a function of their order has to be worked out again and again.
    So nothing is handed on that is later than the newest item of a channel of which more is to come. A channel read to
    its end holds nobody back, nor does one that brings nothing for a while; Kafka Streams picks its next record in the
    same way (KIP-695). The order within a channel never changes, and what is of now waits for no channel that is days
    behind.

    Parameters
    ----------
    most
        With more items than this waiting, channels that nothing waits of hold nobody back any more.
    patience_s
        How long a channel that holds more is waited for, seconds.

    Examples
    --------
    >>> backlog = Backlog(1_000, patience_s=2.0)
    >>> backlog.add("a", [(1.0, "a1"), (9.0, "a9")], now=0.0, more=True)
    >>> backlog.add("b", [(2.0, "b2"), (5.0, "b5")], now=0.0, more=True)
    >>> list(backlog.take(now=0.0))
    [('a', 'a1'), ('b', 'b2'), ('b', 'b5')]
    >>> backlog.add("b", [(7.0, "b7")], now=1.0, more=False)
    >>> list(backlog.take(now=1.0))
    [('b', 'b7'), ('a', 'a9')]

    """

    def __init__(self, most: int, patience_s: float) -> None:
        self._most = most
        self._patience_s = patience_s
        self._lines: dict[K, _Line[K, T]] = {}
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def expect(self, channel: K, until: float) -> None:
        """Wait for a channel that may bring something, until a moment of the clock of `add` and `take`."""
        self._lines.setdefault(channel, _Line(channel, until))

    def drop(self, channel: K) -> None:
        """Forget a channel and what waits of it."""
        line = self._lines.pop(channel, None)
        if line is not None:
            self._waiting -= len(line.items)

    def add(self, channel: K, items: Iterable[tuple[float, T]], *, now: float, more: bool) -> None:
        """Let items wait.

        Parameters
        ----------
        channel
            Where they come from.
        items
            Event times (epoch seconds) and items, in the order of the channel.
        now
            Seconds of any clock that does not go back.
        more
            Whether the channel is known to hold more than these.

        """
        line = self._lines.setdefault(channel, _Line(channel, now))
        newest, before = line.newest, len(line.items)
        for t, item in items:
            newest = max(newest, t)
            line.items.append((newest, item))
        self._waiting += len(line.items) - before
        line.newest, line.until = newest, now + self._patience_s if more else now

    def take(self, now: float, fresh: float = float("inf")) -> Iterator[tuple[K, T]]:
        """Yield what may be handed on, with its channel; nothing may be added before it has all been taken.

        Parameters
        ----------
        now
            Of the clock of `add`.
        fresh
            Event time from which on nothing waits, epoch seconds.

        """
        yield from self._merged(self._horizon(now))
        for line in self._lines.values():
            while line.items and line.items[0][0] >= fresh:
                self._waiting -= 1
                yield line.channel, line.items.popleft()[1]

    def _merged(self, horizon: float) -> Iterator[tuple[K, T]]:
        heads = [(line.items[0][0], n, line) for n, line in enumerate(self._lines.values()) if line.items]
        heapq.heapify(heads)
        while heads and heads[0][0] <= horizon:
            _, n, line = heads[0]
            items = line.items
            until = min([horizon, *(head[0] for head in heads[1:3])])
            while items and items[0][0] <= until:
                self._waiting -= 1
                yield line.channel, items.popleft()[1]
            if items:
                heapq.heapreplace(heads, (items[0][0], n, line))
            else:
                heapq.heappop(heads)

    def _horizon(self, now: float) -> float:
        full = self._waiting > self._most
        awaited = (x.newest for x in self._lines.values() if x.until > now and (x.items or not full))
        return min(awaited, default=float("inf"))
