"""Counts events for the area index; may run elsewhere than the index, which takes its tallies in."""

from __future__ import annotations

from collections import Counter

import msgspec

from detectors.areas import UNKNOWN, AreaTree
from detectors.event import Event
from detectors.localtime import LocalDays
from detectors.taxonomy import Taxonomy


class Tally(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Events counted since the last tally.

    Parameters
    ----------
    watermark
        What whoever counts had reached, epoch seconds: all events before it are in this tally or an earlier one.
    cells
        Local day, ``level/id`` of the area, class, how many.

    """

    watermark: float
    cells: list[tuple[int, str, str, int]] = []


class EventCounter:
    """Counts open events by day, area and class, for the index, where somebody else sees the events.

    Costs about a microsecond an event; holds what was counted since the last `drain`.

    Parameters
    ----------
    areas, taxonomy
        The city, and its kinds.

    """

    def __init__(self, areas: AreaTree, taxonomy: Taxonomy) -> None:
        self._city = f"city/{areas.city}"
        self._unknown = f"{areas.city}:{UNKNOWN}"
        self._taxonomy = taxonomy
        self._days = LocalDays(areas.zone)
        self._seen: dict[tuple[int, str, str, str, str], int] = {}

    def count(self, event: Event) -> None:
        """Count an event that was accepted; what is settled was counted when it was reported."""
        if event.status == "open":
            place = event.place
            key = (
                self._days.of(event.occurred_at.timestamp()),
                event.kind,
                place.district,
                place.street,
                place.community,
            )
            self._seen[key] = self._seen.get(key, 0) + 1

    def state(self) -> list[tuple[tuple[int, str, str, str, str], int]]:
        """Return what was counted since the last `drain`, as explicit data."""
        return sorted(self._seen.items())

    def restore(self, seen: list[tuple[tuple[int, str, str, str, str], int]]) -> None:
        """Take over what `state` returned."""
        self._seen = dict(seen)

    def drain(self, watermark: float) -> Tally:
        """Return what was counted since the last call, by somebody who has reached `watermark` (epoch seconds)."""
        cells: Counter[tuple[int, str, str]] = Counter()
        for (day, kind, district, street, community), n in self._seen.items():
            category = self._taxonomy.category_of(kind)
            cells[day, self._city, category] += n
            for level, id_ in (("district", district), ("street", street), ("community", community)):
                if id_ and id_ != self._unknown:
                    cells[day, f"{level}/{id_}", category] += n
        self._seen.clear()
        return Tally(watermark=watermark, cells=[(*key, n) for key, n in sorted(cells.items())])
