"""Sliding windows of event time over the sorted items of one group."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from operator import attrgetter

import msgspec

from detectors.event import Event, Place, Source
from rules.condition import Count

COUNTED, WITNESS, TIMER = 1, 2, 4
FIRST_ROLE = 8
"""What an item is to its rule: counted, a witness, a timer; further bits stand for the rule's selectors."""


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a rule remembers of an event.

    Parameters
    ----------
    t
        Event time, epoch seconds.
    who
        The reporter's keyed hash, or the event's own id when the source gives none.
    roles
        What it is to the rule, as bits: `COUNTED`; `WITNESS`, an event the rule does not count, which can still
        corroborate; `TIMER`, no event but the end of a wait for one; further bits for the rule's selectors.
    gist
        Sketch of the text, where the rule asks for likeness.

    """

    t: float
    id: str
    source: Source
    who: str
    place: Place
    roles: int
    kind: str
    tags: tuple[str, ...] = ()
    people: int = 0
    injured: int = 0
    depth_cm: float = 0.0
    gist: tuple[int, ...] = ()


def item_of(event: Event, t: float, roles: int, gist: tuple[int, ...] = ()) -> Item:
    """Return the part of `event` that rules need."""
    return Item(
        t,
        event.id,
        event.source,
        event.reporter or event.id,
        event.place,
        roles,
        event.kind,
        event.tags,
        event.people,
        event.injured,
        event.depth_cm,
        gist,
    )


COUNTABLE: dict[str, Callable[[Item], str]] = {
    "reporters": attrgetter("who"),
    "events": attrgetter("id"),
    "spots": attrgetter("place.spot"),
    "grids": attrgetter("place.grid"),
    "communities": attrgetter("place.community"),
    "streets": attrgetter("place.street"),
    "kinds": attrgetter("kind"),
    "sources": attrgetter("source"),
}
"""Values that can be counted as distinct; an empty one does not count."""


order: Callable[[Item], tuple[float, str]] = attrgetter("t", "id")
"""Sort key: event time, then id."""

time_of: Callable[[Item], float] = attrgetter("t")
"""Sort key: event time."""


class Window:
    """One count over the last `length_s` seconds, updated item by item in order.

    Parameters
    ----------
    count
        What is counted.
    length_s
        Length in seconds; 0 sees the newest item only.

    """

    __slots__ = ("at_spot", "count", "length_s", "lo", "seen", "value_of")

    def __init__(self, count: Count, length_s: float) -> None:
        self.count = count
        self.length_s = length_s
        self.at_spot = count.at == "spot"
        self.value_of = partial(_at_a_spot, COUNTABLE[count.of]) if self.at_spot else COUNTABLE[count.of]
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
        if item.roles & COUNTED:
            name = self.value_of(item)
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
                if item.roles & COUNTED and (name := self.value_of(item)):
                    bucket = self.seen.setdefault(item.place.spot if self.at_spot else "", {})
                    bucket[name] = bucket.get(name, 0) + 1

    def _remove(self, item: Item) -> None:
        if not item.roles & COUNTED:
            return
        name = self.value_of(item)
        if not name:
            return
        spot = item.place.spot if self.at_spot else ""
        bucket = self.seen[spot]
        left = bucket[name] - 1
        if left:
            bucket[name] = left
        else:
            del bucket[name]
            if not bucket and spot:
                del self.seen[spot]


def _at_a_spot(value_of: Callable[[Item], str], item: Item) -> str:
    """Return nothing for an item of which nobody knows the spot: what has no spot is not all at one."""
    return value_of(item) if item.place.spot else ""
