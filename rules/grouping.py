"""Which group of a rule an event belongs to."""

from __future__ import annotations

from functools import cache
from operator import attrgetter

from detectors.event import Event
from rules.window import Item

_AREA_LEVELS = ("grid", "community", "street", "district")
TOGETHER = "+"


class Grouping:
    """Tells which group an event belongs to; `grouping_of` returns the same one to all who ask for the same.

    Parameters
    ----------
    per
        The level to group by, or ``radius``. Where a level is not known the next larger area stands in, except for
        ``spot``.
    suffix
        What every key ends with; the event's kind when it is empty: then every kind is a group of its own.

    """

    def __init__(self, per: str, suffix: str = "") -> None:
        self._radius = per == "radius"
        self._suffix = suffix
        levels = ("spot",) if per == "spot" else _AREA_LEVELS[_AREA_LEVELS.index(per) :] if not self._radius else ()
        self._levels = [(level, attrgetter(level)) for level in levels]

    def group(self, event: Event | Item) -> tuple[str, str] | None:
        """Return level and key of the group `event` belongs to, ``None`` when its place is not known that well.

        Every key begins with the district: events are partitioned by district, so nothing can be grouped across them
        (a 100 m cell on a border is two groups).
        """
        place = event.place
        suffix = self._suffix or event.kind
        if self._radius:
            return ("district", f"{place.district}|{suffix}") if place.district else None
        for level, area_of in self._levels:
            key = area_of(place)
            if key:
                return level, f"{place.district}|{key}|{suffix}"
        return None


@cache
def grouping_of(per: str, suffix: str = "") -> Grouping:
    """Return the one grouping of this kind: rules that group alike are told by it."""
    return Grouping(per, suffix)
