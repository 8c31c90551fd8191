"""Sliding windows of event time over the sorted items of one group."""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from detectors.event import Event, Place, Source
from rules.rule import Count


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a rule remembers of an event.

    Parameters
    ----------
    t
        Event time, epoch seconds.
    who
        The reporter's keyed hash, or the event's own id when the source gives none.
    counted
        False for a witness: an event of a source the rule does not count, which can still corroborate.

    """

    t: float
    id: str
    source: Source
    who: str
    place: Place
    counted: bool
    tags: tuple[str, ...] = ()
    people: int = 0
    injured: int = 0
    depth_cm: float = 0.0


def item_of(event: Event, t: float, *, counted: bool) -> Item:
    """Return the part of `event` that rules need."""
    return Item(
        t,
        event.id,
        event.source,
        event.reporter or event.id,
        event.place,
        counted,
        event.tags,
        event.people,
        event.injured,
        event.depth_cm,
    )


def order(item: Item) -> tuple[float, str]:
    """Sort key: event time, then id."""
    return item.t, item.id


def time_of(item: Item) -> float:
    """Sort key: event time."""
    return item.t


class Window:
    """One count over the last `length_s` seconds, updated item by item in order.

    Parameters
    ----------
    count
        What is counted.
    length_s
        Length in seconds; 0 sees the newest item only.

    """

    __slots__ = ("at_spot", "count", "length_s", "lo", "of", "seen")

    def __init__(self, count: Count, length_s: float) -> None:
        self.count = count
        self.length_s = length_s
        self.of = count.of
        self.at_spot = count.at == "spot"
        self.lo = 0
        self.seen: dict[str, dict[str, int]] = {}

    def push(self, items: list[Item], index: int) -> int:
        """Take in ``items[index]`` and return the count at it."""
        item = items[index]
        horizon = item.t - self.length_s
        lo = self.lo
        while lo < index and items[lo].t <= horizon:
            self._remove(items[lo])
            lo += 1
        self.lo = lo
        bucket = self.seen.setdefault(item.place.spot if self.at_spot else "", {})
        if item.counted:
            name = self._name(item)
            if name:
                bucket[name] = bucket.get(name, 0) + 1
        return len(bucket)

    def full_spots(self) -> int:
        """Return how many spots hold the count at once."""
        return sum(len(bucket) >= self.count.at_least for bucket in self.seen.values())

    def rebuild(self, items: list[Item], n: int) -> None:
        """Recount from the first `n` items, after a rewind."""
        self.seen = {}
        self.lo = 0
        if n:
            self.lo = bisect_right(items, items[n - 1].t - self.length_s, hi=n - 1, key=time_of)
            for item in items[self.lo : n]:
                if item.counted and (name := self._name(item)):
                    bucket = self.seen.setdefault(item.place.spot if self.at_spot else "", {})
                    bucket[name] = bucket.get(name, 0) + 1

    def _remove(self, item: Item) -> None:
        if not item.counted:
            return
        spot = item.place.spot if self.at_spot else ""
        bucket = self.seen[spot]
        name = self._name(item)
        if not name:
            return
        left = bucket[name] - 1
        if left:
            bucket[name] = left
        else:
            del bucket[name]
            if not bucket and spot:
                del self.seen[spot]

    def _name(self, item: Item) -> str:
        if self.of == "reporters":
            return item.who
        return item.id if self.of == "events" else item.place.spot
