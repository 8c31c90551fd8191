"""Which items of a group belong together, for rules that group by distance or by likeness of texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from detectors.geometry import areas_within, box_around, distance_m
from rules.likeness import likeness
from rules.rule import Rule
from rules.sieve import Sieve
from rules.window import Item


class Nearness(Protocol):
    """Tells which items belong together with one."""

    def among(self, items: Iterable[Item], item: Item) -> list[Item]:
        """Return those of `items` that belong together with `item`, in their order; it belongs to itself."""

    def sieve(self) -> Sieve | None:
        """Return what passes over most items of one group that cannot belong together, where there is such a thing."""


class WithinMetres:
    """Items within a distance of each other; where coordinates are missing, in an area as small as that.

    Parameters
    ----------
    radius_m
        Metres.

    """

    def __init__(self, radius_m: float) -> None:
        self._radius_m = radius_m

    def among(self, items: Iterable[Item], item: Item) -> list[Item]:
        """Return the items this near; of most it is told without reckoning a distance."""
        place, radius_m = item.place, self._radius_m
        lon, lat = place.lon, place.lat
        spot, grid, community = areas_within(place, radius_m)
        if lon is None or lat is None:
            return [
                x
                for x in items
                if x is item or (there := x.place).spot == spot or there.grid == grid or there.community == community
            ]
        south, north, west, east = box_around(lon, lat, radius_m)
        return [
            x
            for x in items
            if x is item
            or (
                (there.spot == spot or there.grid == grid or there.community == community)
                if (there := x.place).lat is None or there.lon is None
                else south <= there.lat <= north and west <= there.lon <= east and distance_m(there, place) <= radius_m
            )
        ]

    def sieve(self) -> None:
        """Return none: whether they lie in a box is looked at as soon."""


class Alike:
    """Items whose texts are alike, and not the same word for word.

    Parameters
    ----------
    least
        Least likeness, in (0, 1].

    """

    def __init__(self, least: float) -> None:
        self._least = least

    def among(self, items: Iterable[Item], item: Item) -> list[Item]:
        """Return the items this alike; with too little in common they need not be looked at closely."""
        gist, least = item.gist, self._least
        enough, common = least * len(gist), frozenset(gist).intersection
        return [
            x
            for x in items
            if x is item or (x.gist != gist and len(common(x.gist)) >= enough and likeness(x.gist, gist) >= least)
        ]

    def sieve(self) -> Sieve:
        """Return one for texts this alike."""
        return Sieve(self._least)


def nearness_of(rule: Rule) -> Nearness | None:
    """Return what tells which items of a group belong together, ``None`` where all do."""
    if rule.radius_m is not None:
        return WithinMetres(rule.radius_m)
    return Alike(rule.alike) if rule.alike is not None else None
