"""Which area's centre is nearest to a point."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from detectors.area import Area

EARTH_RADIUS_M = 6_371_008.8

_CELLS_PER_DEGREE = 100  # cells of about 1 km
_FEW = 8
_CELLS_KEPT = 20_000

_Centre = tuple[float, float, Area]


class NearestCentre:
    """Nearest centre among areas that have one, by the equirectangular approximation (good to 0.1 % within a city).

    Where there are many centres, a cell of the map remembers those that can be nearest to any point in it, so that a
    point costs a handful of comparisons in a city of any size.

    Parameters
    ----------
    areas
        Areas to choose from; those without a centre are left out. On equal distance the first one wins.

    """

    def __init__(self, areas: Sequence[Area]) -> None:
        self._centres: list[_Centre] = [
            (math.radians(area.lon), math.radians(area.lat), area)
            for area in areas
            if area.lon is not None and area.lat is not None
        ]
        self._lon = np.array([one[0] for one in self._centres], dtype=float)
        self._lat = np.array([one[1] for one in self._centres], dtype=float)
        self._cells: dict[tuple[int, int], list[_Centre]] = {}

    def find(self, lon: float, lat: float, within_m: float) -> Area | None:
        """Return the nearest area, ``None`` when none lies within `within_m` metres.

        Parameters
        ----------
        lon, lat
            WGS 84 degrees.
        within_m
            Largest distance, metres.

        """
        x, y = math.radians(lon), math.radians(lat)
        shrink = math.cos(y)
        nearest, least = None, math.inf
        for its_x, its_y, area in self._centres if len(self._centres) <= _FEW else self._candidates(lon, lat):
            east, north = (its_x - x) * shrink, its_y - y
            square = east * east + north * north
            if square < least:
                nearest, least = area, square
        return nearest if math.sqrt(least) * EARTH_RADIUS_M <= within_m else None

    def _candidates(self, lon: float, lat: float) -> list[_Centre]:
        """Return the centres that are nearest to some point in the cell around a point, in their order."""
        cell = (math.floor(lon * _CELLS_PER_DEGREE), math.floor(lat * _CELLS_PER_DEGREE))
        found = self._cells.get(cell)
        if found is None:
            if len(self._cells) >= _CELLS_KEPT:
                self._cells.clear()
            found = self._cells[cell] = self._nearest_in(cell)
        return found

    def _nearest_in(self, cell: tuple[int, int]) -> list[_Centre]:
        """Leave out every centre that is farther from all points of a cell than another one is."""
        half = math.radians(0.5 / _CELLS_PER_DEGREE)
        x, y = (math.radians((one + 0.5) / _CELLS_PER_DEGREE) for one in cell)
        shrink = math.cos(y)
        # Within the cell a distance differs by no more than half its diagonal, and by what the shrinking changes.
        varies = np.abs(self._lon - x) * max(abs(math.cos(y + side) - shrink) for side in (-half, half))
        reach = (math.hypot(half, half) + varies) * (1 + 1e-9)
        distances = np.hypot((self._lon - x) * shrink, self._lat - y)
        kept = np.flatnonzero(distances - reach <= (distances + reach).min())
        return [self._centres[index] for index in kept]
