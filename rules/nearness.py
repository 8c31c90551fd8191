"""Which items of a group belong together, for rules that group by distance or by likeness of texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from detectors.geometry import within_m
from rules.likeness import likeness
from rules.rule import Rule
from rules.sieve import Sieve
from rules.window import Item

_LEAST_M_PER_DEGREE = 110_000.0  # of latitude, on any meridian


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
        self._degrees = radius_m / _LEAST_M_PER_DEGREE

    def among(self, items: Iterable[Item], item: Item) -> list[Item]:
        """Return the items this near; most are too far north or south already, which costs a tenth."""
        place, radius_m = item.place, self._radius_m
        lat = place.lat
        if lat is None:
            return [x for x in items if x is item or within_m(x.place, place, radius_m)]
        south, north = lat - self._degrees, lat + self._degrees
        return [
            x
            for x in items
            if ((there := x.place).lat is None or south <= there.lat <= north)
            and (x is item or within_m(there, place, radius_m))
        ]

    def sieve(self) -> None:
        """Return none: how far north they are is looked at as soon."""


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
