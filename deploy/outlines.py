"""Outlines that fit each other: the land is cut into small cells, each the nearest community's.

A square over the land is halved again and again where a community is near, every piece gets one point somewhere inside,
and the points' Voronoi cells are given to the nearest community. What is left of the cells' edges when those inside one
area are dropped is its outline; that of a street or a district is made of the same edges, so that all borders fit.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.spatial import Voronoi, cKDTree

Point = tuple[float, float]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Ring = list[Point]

METRES_PER_DEGREE = 111_195.0
DECIMALS = 5
FINEST_M = 230.0
REACH = 0.4  # side of a cell over its distance to the nearest centre
COARSEST_M = 2_600.0
NEAREST = 8  # communities a cell may be given to
BETWEEN = 9  # places looked at on the way to one
DETOUR_M = 30_000.0  # how much farther one is that is only reached over water
COAST_M = 700.0  # side of the cells along the coast
INSIDE = 0.30  # how far from the middle of its square a point may lie, in sides
AROUND_M = 300.0  # sea nearer to a centre than this is land


class Centre(NamedTuple):
    """Where a community lies, and the areas it is part of, itself among them."""

    lon: float
    lat: float
    areas: tuple[str, ...]


def outlines(centres: Sequence[Centre], land: Sequence[Sequence[Point]], seed: int) -> dict[str, list[list[Ring]]]:
    """Return the polygons of every area, each its outer ring and then its holes.

    Parameters
    ----------
    centres
        The communities.
    land
        Rings (longitude, latitude) of what is land.
    seed
        The same one gives the same outlines.

    """
    south = min(lat for ring in land for _, lat in ring)
    shrink = math.cos(math.radians(south + 0.5 * (max(lat for ring in land for _, lat in ring) - south)))
    flat = cKDTree([(one.lon * shrink, one.lat) for one in centres])
    points = _points(land, flat, shrink, random.Random(seed))  # noqa: S311 - synthetic data, not secrets
    homes = _homes(points, land, flat, shrink)
    return {
        area: polygons(_border(cells, {n for n, home in enumerate(homes) if home in members}))
        for cells in [_cells(points)]
        for area, members in _members(centres).items()
    }


def write_outlines(path: Path, found: Mapping[str, list[list[Ring]]], note: str) -> None:
    """Write outlines as GeoJSON (RFC 7946), a feature a line."""
    lines = []
    for area, parts in found.items():
        kind, coordinates = ("Polygon", parts[0]) if len(parts) == 1 else ("MultiPolygon", parts)
        geometry = {"type": kind, "coordinates": coordinates}
        feature = {"type": "Feature", "properties": {"id": area}, "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","note":{json.dumps(note)},"features":[\n'
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def polygons(edges: Iterable[tuple[Point, Point]]) -> list[list[Ring]]:
    """Join directed edges, the area on their left, to polygons: outer rings against the clock, holes with it."""
    rings = list(_rings(edges))
    outer = sorted((ring for ring in rings if _doubled(ring) > 0), key=_doubled, reverse=True)
    found = [[ring] for ring in outer]
    for hole in (ring for ring in rings if _doubled(ring) < 0):
        next(one for one in reversed(found) if inside(hole[0], one[0])).append(hole)
    return found


def inside(point: Point, ring: Sequence[Point]) -> bool:
    """Tell whether a point lies in a closed ring (even-odd)."""
    x, y = point
    found = False
    for (x0, y0), (x1, y1) in itertools.pairwise(ring):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            found = not found
    return found


def _members(centres: Sequence[Centre]) -> dict[str, set[int]]:
    members: dict[str, set[int]] = {}
    for number, one in enumerate(centres):
        for area in one.areas:
            members.setdefault(area, set()).add(number)
    return members


def _points(land: Sequence[Sequence[Point]], flat: cKDTree, shrink: float, dice: random.Random) -> list[Point]:
    """Scatter points over a square around the land, the denser the nearer a community is."""
    xs, ys = ([point[axis] for ring in land for point in ring] for axis in (0, 1))
    side = 1.3 * max((max(xs) - min(xs)) * shrink, max(ys) - min(ys))
    corner = ((max(xs) + min(xs)) / 2 * shrink - side / 2, (max(ys) + min(ys)) / 2 - side / 2)
    coast = cKDTree([(x * shrink, y) for ring in land for x, y in _along(ring, COAST_M / METRES_PER_DEGREE)])
    waiting, found = [(*corner, side)], []
    while waiting:
        x, y, side = waiting.pop()
        middle = (x + side / 2, y + side / 2)
        near = max(0.0, float(flat.query(middle)[0]) - side / 2) * METRES_PER_DEGREE
        largest = min(COARSEST_M, max(FINEST_M, near * REACH))
        if float(coast.query(middle)[0]) < side:
            largest = min(largest, COAST_M)
        if side * METRES_PER_DEGREE > largest:
            half = side / 2
            waiting += [(x + half * i, y + half * j, half) for i in (1, 0) for j in (1, 0)]
            continue
        east, north = dice.uniform(-INSIDE, INSIDE) * side, dice.uniform(-INSIDE, INSIDE) * side
        found.append(((middle[0] + east) / shrink, middle[1] + north))
    return found


def _along(ring: Sequence[Point], step: float) -> Iterator[Point]:
    """Yield points along a ring, `step` degrees apart at most."""
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        count = math.ceil(math.hypot(x1 - x0, y1 - y0) / step)
        for n in range(count):
            yield x0 + (x1 - x0) * n / count, y0 + (y1 - y0) * n / count


def _homes(points: Sequence[Point], land: Sequence[Sequence[Point]], flat: cKDTree, shrink: float) -> list[int | None]:
    """Return the number of the nearest community of every point, by land where that can be; ``None`` at sea."""
    here = np.array(points) * (shrink, 1.0)
    apart, nearest = flat.query(here, k=min(NEAREST, flat.n))
    ways = np.linspace(here[:, None, :], flat.data[nearest], BETWEEN, axis=2)
    wet = ~_on_land(ways.reshape(-1, 2) / (shrink, 1.0), land).reshape(ways.shape[:-1])
    best = (apart * METRES_PER_DEGREE + DETOUR_M * wet.mean(axis=2)).argmin(axis=1)
    dry = _on_land(np.array(points), land) | (apart[:, 0] * METRES_PER_DEGREE < AROUND_M)
    return [int(nearest[n, best[n]]) if dry[n] else None for n in range(len(points))]


def _on_land(points: Floats, land: Sequence[Sequence[Point]]) -> Bools:
    """Tell of every point whether it lies in one of the rings (even-odd)."""
    found = np.zeros(len(points), dtype=bool)
    x, y = points[:, 0], points[:, 1]
    for ring in land:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if y0 != y1:
                found ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return found


def _cells(points: Sequence[Point]) -> list[list[Point] | None]:
    """Return the Voronoi cell of every point, against the clock; ``None`` for those without end."""
    diagram = Voronoi(np.array(points))
    corners = [(round(float(x), DECIMALS), round(float(y), DECIMALS)) for x, y in diagram.vertices]
    found: list[list[Point] | None] = []
    for number in diagram.point_region:
        region = diagram.regions[number]
        if -1 in region or not region:
            found.append(None)
            continue
        ring = [corners[corner] for corner in region]
        found.append(ring if _doubled([*ring, ring[0]]) > 0 else ring[::-1])
    return found


def _border(cells: Sequence[list[Point] | None], members: set[int]) -> list[tuple[Point, Point]]:
    """Return the edges of cells that no other of them has from the other side."""
    edges: Counter[tuple[Point, Point]] = Counter()
    for number in sorted(members):
        ring = cells[number]
        if ring is None:
            raise ValueError("a cell of the land has no end: the square around it is too small")
        for one, two in zip(ring, [*ring[1:], ring[0]], strict=True):
            if one != two:
                edges[one, two] += 1
    return [edge for edge in edges if edge[::-1] not in edges]


def _rings(edges: Iterable[tuple[Point, Point]]) -> Iterable[Ring]:
    """Walk along the edges; where several begin at one corner, turn as far left as can be: no ring touches itself."""
    onward: dict[Point, list[Point]] = {}
    for one, two in edges:
        onward.setdefault(one, []).append(two)
    while onward:
        ring = [next(iter(onward))]
        before: Point | None = None
        while True:
            here = ring[-1]
            ways = onward[here]
            way = ways[0] if before is None or len(ways) == 1 else max(ways, key=lambda to: _turn(before, here, to))
            ways.remove(way)
            if not ways:
                del onward[here]
            before = here
            ring.append(way)
            if way == ring[0]:
                break
        yield ring


def _turn(before: Point | None, here: Point, to: Point) -> float:
    """Return how far left one turns, radians in (-π, π]."""
    if before is None:
        return 0.0
    came = math.atan2(here[1] - before[1], here[0] - before[0])
    goes = math.atan2(to[1] - here[1], to[0] - here[0])
    return (goes - came + math.pi) % math.tau - math.pi


def _doubled(ring: Sequence[Point]) -> float:
    """Return twice the area of a closed ring, positive against the clock."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in itertools.pairwise(ring))
