"""Counts events for the area index; may run elsewhere than the index, which takes its tallies in."""

from __future__ import annotations

from collections import Counter

import msgspec

from detectors.areas import UNKNOWN, AreaTree
from detectors.event import Event
from detectors.localtime import LocalDays
from detectors.taxonomy import Taxonomy
from rules.index_record import INDEX_LEVELS


class Tally(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Events counted since the last tally: day, ``level/id``, class, how many."""

    cells: list[tuple[int, str, str, int]] = []


class EventCounter:
    """Counts open events by day, area and class, for the index, where somebody else sees the events.

    Parameters
    ----------
    areas, taxonomy
        The city, and its kinds.

    """

    def __init__(self, areas: AreaTree, taxonomy: Taxonomy) -> None:
        self._city = areas.city
        self._unknown = f"{areas.city}:{UNKNOWN}"
        self._taxonomy = taxonomy
        self._days = LocalDays(areas.zone)
        self._cells: Counter[tuple[int, str, str]] = Counter()

    def count(self, event: Event) -> None:
        """Count an event that was accepted; what is settled was counted when it was reported."""
        if event.status != "open":
            return
        day, category = self._days.of(event.occurred_at.timestamp()), self._taxonomy.category_of(event.kind)
        for level in INDEX_LEVELS:
            id_ = self._city if level == "city" else event.place.at(level)
            if id_ and id_ != self._unknown:
                self._cells[day, f"{level}/{id_}", category] += 1

    def drain(self) -> Tally:
        """Return what was counted since the last call."""
        tally = Tally(cells=[(*key, n) for key, n in sorted(self._cells.items())])
        self._cells.clear()
        return tally
