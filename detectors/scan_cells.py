"""The cells a city is scanned by: its communities, or the finest areas above them that are known."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from detectors.area import Area
from detectors.areas import AreaTree
from detectors.event import Level, Place
from detectors.zones import Floats, Zones, distances

_LEVELS: tuple[Level, ...] = ("community", "street", "district")


class ScanCells:
    """Numbers the areas counts are kept by.

    These are the communities of the area tree, the streets without a community and the districts without a street,
    in the order of the tree; then whatever else events name, as it comes: areas of an open tree, with the place of
    their first event for a centre, and streets and districts of events that are known no finer. At most `most` are
    numbered; events of further ones are not counted.

    Parameters
    ----------
    areas
        The area tree.
    most
        Most cells.

    Attributes
    ----------
    tree
        The area tree.
    areas, districts, levels
        Area, district id and level of every cell.
    born
        Time of the event each came with, epoch seconds, ascending; minus infinity for those of the tree.
    added
        The ones that came with events: what has to be stored.

    """

    def __init__(self, areas: AreaTree, most: int) -> None:
        self.areas: list[Area] = []
        self.districts: list[str] = []
        self.levels: list[Level] = []
        self.born: list[float] = []
        self.added: list[tuple[Area, str, float]] = []
        self.tree = areas
        self._most = most
        self._row: dict[str, int] = {}
        for district in areas.districts():
            for area in _finest(areas, district):
                self._number(area, district.id, -math.inf)

    def __len__(self) -> int:
        return len(self.areas)

    def of(self, place: Place, t: float) -> int | None:
        """Return the number of the cell a place lies in, numbering it when it is new at time `t`."""
        key = place.community or place.street or place.district
        row = self._row.get(key)
        return row if row is not None else self._new(key, place, t)

    def before(self, t: float) -> int:
        """Return how many cells there were before time `t`."""
        return bisect_left(self.born, t)

    def row(self, area: str) -> int:
        """Return the number of the cell with the id `area`."""
        return self._row[area]

    def add(self, area: Area, district: str, born: float) -> int:
        """Give a cell that the tree does not list its number."""
        self.added.append((area, district, born))
        return self._number(area, district, born)

    def zones(self, cells: int, *, most: int, radius_m: float, steps: float, share: float) -> Zones:
        """Return the zones around the first cells.

        Parameters
        ----------
        cells
            How many.
        most
            Cells in the largest zone.
        radius_m, steps
            Largest radius where centres are known, and where only neighbours or the tree are.
        share
            Largest share of the population, or of the cells where it is not known.

        """
        apart, metres = distances(self.areas[:cells], self.districts[:cells])
        people = np.array([float(area.population) for area in self.areas[:cells]])
        known = people if people.all() else np.ones(len(people))
        return Zones(apart, most=most, radius=radius_m if metres else steps, weights=known, share=share)

    def centre(self, rows: Iterable[int], weights: Floats) -> tuple[float, float] | None:
        """Return the weighted middle of cells as longitude and latitude, ``None`` when one has no centre."""
        points = [(self.areas[row].lon, self.areas[row].lat) for row in rows]
        known = [(lon, lat) for lon, lat in points if lon is not None and lat is not None]
        if len(known) < len(points):
            return None
        middle = np.average(np.array(known), axis=0, weights=weights)
        return float(middle[0]), float(middle[1])

    def _new(self, key: str, place: Place, t: float) -> int | None:
        if not key or len(self) >= self._most:
            return None
        area = self.tree.get(key)
        if area is None:
            level: Level = "community" if place.community else "street" if place.street else "district"
            above = {"community": place.street or place.district, "street": place.district}
            parent = above.get(level, self.tree.city)
            area = Area(key, level, self.tree.name_of(key), parent, lon=place.lon, lat=place.lat)
        return self.add(area, place.district, t)

    def _number(self, area: Area, district: str, born: float) -> int:
        self._row[area.id] = len(self.areas)
        self.areas.append(area)
        self.districts.append(district)
        self.levels.append(area.level)
        self.born.append(born)
        return self._row[area.id]


def _finest(areas: AreaTree, area: Area) -> list[Area]:
    below = [child for child in areas.children(area.id) if child.level in _LEVELS]
    return [leaf for child in below for leaf in _finest(areas, child)] or [area]
