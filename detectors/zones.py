"""Zones: an area with its nearest neighbours, whatever district they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from detectors.area import Area

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Real = TypeVar("Real", np.float32, np.float64)

EARTH_RADIUS_M = 6_371_008.8
_HASH_SEED = 20_260_101
_SIBLINGS, _DISTRICT, _CITY = 1.0, 2.0, 3.0  # steps up the tree until two areas meet


class Zones:
    """Every set of areas that lies within some radius of one of them, each set once.

    For each area the others are ordered by distance; a zone is a beginning of that order which no tie cuts. Zone
    sums of any number of count vectors are one cumulative sum along those orders.

    Parameters
    ----------
    distances
        Areas x areas, in any unit, zero on the diagonal; infinite where two never share a zone.
    most
        Areas in the largest zone.
    radius
        Largest distance of a member from the centre, in the unit of `distances`.
    weights
        Size of each area (population, cases), for `share`; equal without.
    share
        Largest share of the total weight in a zone of more than one area, in (0, 1].

    Attributes
    ----------
    order
        Areas x most, indices by distance from the area of the row.
    centre, size, radius
        One a zone: its central area, its number of areas, the distance of the farthest.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Communications in Statistics: Theory and Methods 26.

    Examples
    --------
    >>> line = np.abs(np.subtract.outer([0.0, 1.0, 3.0], [0.0, 1.0, 3.0]))
    >>> zones = Zones(line, most=3)
    >>> [zones.members(zone).tolist() for zone in range(len(zones))]
    [[0], [0, 1], [0, 1, 2], [1], [2], [2, 1]]
    >>> zones.sums(np.array([5.0, 1.0, 2.0])).tolist()
    [5.0, 6.0, 8.0, 1.0, 2.0, 3.0]

    """

    def __init__(
        self,
        distances: Floats,
        *,
        most: int = 25,
        radius: float = np.inf,
        weights: Floats | None = None,
        share: float = 1.0,
    ) -> None:
        from detectors import zones_kernels  # noqa: PLC0415 - numba takes half a second: only for who has zones

        self._kernels = zones_kernels
        self.areas = len(distances)
        if distances.shape != (self.areas, self.areas) or not self.areas:
            raise ValueError("distances must be a square matrix of at least one area")
        if most < 1 or not 0.0 < share <= 1.0:
            raise ValueError("most must be at least 1, share in (0, 1]")
        width = min(most, self.areas)
        order = np.argsort(distances, axis=1, kind="stable").astype(np.intp)
        reach = np.take_along_axis(distances, order, axis=1)
        following = np.hstack([reach[:, 1:], np.full((self.areas, 1), np.inf)])
        self.order, reach, following = order[:, :width].copy(), reach[:, :width], following[:, :width]
        whole = np.isfinite(reach) & (reach <= radius) & (following > reach)
        if share < 1.0:
            sizes = np.ones(self.areas) if weights is None else weights
            held = np.cumsum(sizes[self.order], axis=1)
            alone = np.arange(width) == 0
            whole &= alone | (held <= share * sizes.sum() * (1.0 + 1e-12))
        self._keep = _first_of_each(self.order, whole)
        self.centre: Ints = self._keep // width
        self.size: Ints = self._keep % width + 1
        self.radius: Floats = reach.ravel()[self._keep]

    def __len__(self) -> int:
        return len(self._keep)

    def members(self, zone: int) -> Ints:
        """Return the areas of a zone, the nearest to its centre first."""
        found: Ints = self.order[self.centre[zone], : self.size[zone]]
        return found

    def sums(self, values: NDArray[Real]) -> NDArray[Real]:
        """Add up values over every zone: ``... x areas`` to ``... x zones``; fastest is a matrix of float32."""
        if values.dtype == np.float32 and values.ndim == 2:  # noqa: PLR2004
            return self._kernels.sums(values, self.order, self._keep)  # type: ignore[return-value, arg-type]
        running = np.cumsum(values[..., self.order], axis=-1)
        found: NDArray[Real] = running.reshape(*values.shape[:-1], -1)[..., self._keep]
        return found

    def within(self, weights: NDArray[np.float32] | Floats) -> Floats:
        """Return for every area the sum of the weights of the zones that hold it."""
        by_end = np.zeros(self.order.size)
        by_end[self._keep] = weights
        held = by_end.reshape(self.order.shape)[:, ::-1].cumsum(axis=1)[:, ::-1]
        found = np.bincount(self.order.ravel(), weights=held.ravel(), minlength=self.areas)
        return found.astype(np.float64)

    def overlap(self, members: Ints) -> NDArray[np.intp]:
        """Return how many of `members` (areas) each zone holds."""
        chosen = np.zeros(self.areas)
        chosen[members] = 1.0
        return self.sums(chosen).astype(np.intp)


def _first_of_each(order: Ints, whole: NDArray[np.bool_]) -> Ints:
    """Return the flat positions of the zones that are whole, each set of areas once."""
    names = np.random.default_rng(_HASH_SEED).integers(0, 2**64, len(order), dtype=np.uint64)
    sets = np.cumsum(names[order], axis=1).ravel()  # modulo 2**64, whatever the order
    kept = np.flatnonzero(whole.ravel())
    _, first = np.unique(sets[kept], return_index=True)
    return kept[np.sort(first)].astype(np.intp)


def great_circle_m(lon: Sequence[float] | Floats, lat: Sequence[float] | Floats) -> Floats:
    """Return distances in metres between points in WGS 84 degrees, by the chord on the mean sphere."""
    x, y = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    points = np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=1)
    chord = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    apart: Floats = 2.0 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return apart


def distances(areas: Sequence[Area], districts: Sequence[str]) -> tuple[Floats, bool]:
    """Return distances between areas, and whether they are metres.

    Between centres when most areas have one (an area without is far from all others); else in steps from neighbour
    to neighbour when areas name neighbours; else by the tree: 1 below one parent, 2 in one district, 3 in one city.

    Parameters
    ----------
    areas
        What distances are wanted of.
    districts
        Their districts' ids.

    """
    centred = np.array([area.lon is not None and area.lat is not None for area in areas], dtype=bool)
    if 2 * centred.sum() > len(areas):
        points = [(area.lon or 0.0, area.lat or 0.0) for area in areas]
        apart = great_circle_m([lon for lon, _ in points], [lat for _, lat in points])
        apart[~(centred & centred[:, None])] = np.inf
        np.fill_diagonal(apart, 0.0)
        return apart, True
    row = {area.id: number for number, area in enumerate(areas)}
    touching = [(row[area.id], row[near]) for area in areas for near in area.neighbours if near in row]
    if touching:
        graph = np.zeros((len(areas), len(areas)))
        graph[tuple(np.array(touching).T)] = 1.0
        return np.asarray(shortest_path(graph, directed=False, unweighted=True), dtype=np.float64), False
    parents, regions = np.array([area.parent for area in areas]), np.array(districts)
    steps = np.full((len(areas), len(areas)), _CITY)
    steps[regions[:, None] == regions] = _DISTRICT
    steps[parents[:, None] == parents] = _SIBLINGS
    np.fill_diagonal(steps, 0.0)
    return steps, False
