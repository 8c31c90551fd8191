"""Which areas of a city the ``<area>`` blocks of a message mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import cos, hypot, radians

from detectors.area import Area, spellings, token
from detectors.areas import AreaTree
from detectors.geometry import EARTH_RADIUS_M
from streams.cap.reading import AreaIn, Point

_CODE = re.compile(r"\d{2}(?:\d{2}){0,2}(?:\d{3}){0,2}")
_BETWEEN_NAMES = re.compile(r"[、，,;；/|\s]+|以及|和|及")
_DISTRICT_DIGITS = 6
CITY = ""
"""What a declaration calls the whole city."""


class Coverage:
    """Finds areas of a city by code, name and geometry.

    Parameters
    ----------
    areas
        The city.

    """

    def __init__(self, areas: AreaTree) -> None:
        self._tree = areas
        self._all = list(_below(areas, areas.city))
        self._codes = {code: area.id for area in self._all for code in (area.code, area.id) if code.isdecimal()}
        self._named: dict[str, list[Area]] = {}
        for area in self._all:
            for name in spellings(area):
                self._named.setdefault(name, []).append(area)
        self._city_names = {token(name) for name in (areas.city, areas.name, areas.name.removesuffix("市"))}

    def of(self, block: AreaIn) -> tuple[str, ...]:
        """Return the ids of the areas a block means, ``""`` for the whole city; none when it lies elsewhere.

        Codes and geometry are taken together, as CAP has it; only where neither finds anything the description is
        asked for names. An area whose parts are all meant is meant itself, and stands for them.
        """
        found = {id_ for code in block.codes for id_ in self._by_code(code)}
        found |= {area.id for area in self._centres() if _inside(area, block)}
        found = found or {id_ for name in _BETWEEN_NAMES.split(block.name) for id_ in self._by_name(name)}
        return tuple(sorted(self._least(found)))

    def _by_code(self, code: str) -> Iterator[str]:
        """Yield the area with a code of GB/T 2260 or, below that, GB/T 10114; its district when only that is known."""
        if not _CODE.fullmatch(code):
            return
        significant = code.rstrip("0")
        short = code[:_DISTRICT_DIGITS]
        if code in self._codes:
            yield self._codes[code]
        elif self._tree.city.isdecimal() and self._tree.city.startswith(_even(significant)):
            yield CITY
        elif len(significant) > _DISTRICT_DIGITS and code.ljust(12, "0")[:9] in self._codes:
            yield self._codes[code.ljust(12, "0")[:9]]
        elif short in self._codes:
            yield self._codes[short]

    def _by_name(self, name: str) -> Iterator[str]:
        said = token(name)
        if not said:
            return
        if said in self._city_names:
            yield CITY
            return
        for prefix in sorted(self._city_names, key=len, reverse=True):
            if said.startswith(prefix) and said.removeprefix(prefix) in self._named:
                said = said.removeprefix(prefix)
                break
        named = self._named.get(said, [])
        largest = min((_LEVELS.index(area.level) for area in named), default=0)
        yield from (area.id for area in named if _LEVELS.index(area.level) == largest)

    def _centres(self) -> Iterator[Area]:
        """Yield the smallest areas with a centre: communities, where there are none streets, else districts."""
        for level in ("community", "street", "district"):
            found = [area for area in self._all if area.level == level and area.lon is not None]
            if found:
                yield from found
                return

    def _least(self, found: set[str]) -> set[str]:
        """Return as few areas as mean the same: parents for all their children, and none below one that is meant."""
        if CITY in found:
            return {CITY}
        for area in reversed(self._all):  # children before their parents
            below = [one.id for one in self._tree.children(area.id) if one.level != "grid"]
            if below and found.issuperset(below):
                found = {*found.difference(below), area.id}
        top = {area.id for area in self._tree.districts()}
        if top and found.issuperset(top):
            return {CITY}
        return {id_ for id_ in found if found.isdisjoint(self._above(id_))}

    def _above(self, id_: str) -> Iterator[str]:
        area = self._tree.get(id_)
        while area is not None and area.parent != self._tree.city:
            yield area.parent
            area = self._tree.get(area.parent)


_LEVELS = ("district", "street", "community", "grid", "spot")


def _below(areas: AreaTree, id_: str) -> Iterator[Area]:
    """Yield all areas below one but grids, parents before their children."""
    for area in areas.children(id_):
        if area.level != "grid":
            yield area
            yield from _below(areas, area.id)


def _even(digits: str) -> str:
    """Return digits as whole pairs: 44 is a province, 4405 a city."""
    return digits + "0" * (len(digits) % 2)


def _inside(area: Area, block: AreaIn) -> bool:
    if area.lon is None or area.lat is None:
        return False
    at = (area.lon, area.lat)
    return any(_in_polygon(at, ring) for ring in block.polygons) or any(
        _distance_km(at, centre) <= radius for centre, radius in block.circles
    )


def _in_polygon(at: Point, ring: Iterable[Point]) -> bool:
    """Tell whether a point lies in a closed ring: a ray eastwards crosses it an odd number of times."""
    points, inside = list(ring), False
    for (x1, y1), (x2, y2) in pairwise(points):
        if (y1 > at[1]) != (y2 > at[1]) and at[0] < x1 + (at[1] - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def _distance_km(a: Point, b: Point) -> float:
    x = radians(b[0] - a[0]) * cos(radians((a[1] + b[1]) / 2))
    return EARTH_RADIUS_M / 1000 * hypot(x, radians(b[1] - a[1]))
