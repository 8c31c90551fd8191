"""What a map draws: outlines in its own flat units, or tiles where a city has none. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from streams.board.views.city_outlines import Point, Polygon
from streams.board.views.city_tiles import Box, tiles
from streams.board.views.city_tree import CityTree

WIDE = 20_000
"""Units across the whole map: of a city 80 km wide one is 4 m."""
_SAMPLES = 14
_SPOTS, _APART, _WORST = 8, 0.5, 0.3
_NAMED, _MARKED = 0.36, 0.76
"""How far down a tile its name stands, and its alerts."""
_ROUND = 16
_DEGREE_M = 111_195.0


class Shape(msgspec.Struct, frozen=True):
    """An area on the map.

    Parameters
    ----------
    id, level, parent
        Of the area.
    d
        Its path, SVG.
    box
        What it lies in: left, top, width and height.
    spots
        Points well inside, the best first, each with how far it is from the border: one of them is for its name.

    """

    id: str
    level: str
    parent: str
    d: str
    box: Box
    spots: tuple[tuple[float, float, float], ...]

    @property
    def at(self) -> tuple[float, float]:
        """Return the point farthest inside."""
        return self.spots[0][:2]


class Flat(NamedTuple):
    """How degrees become units: the north-west corner, units a degree east and north; nothing on a map of tiles."""

    west: float
    north: float
    east_units: float
    north_units: float

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """Return a place in units."""
        return round((lon - self.west) * self.east_units), round((self.north - lat) * self.north_units)

    def metres(self, length: float) -> float:
        """Return a length in units."""
        return length / _DEGREE_M * self.north_units


class CityMap(NamedTuple):
    """All shapes by area id, the size of the map, and how degrees become its units, ``None`` for tiles."""

    shapes: dict[str, Shape]
    width: float
    height: float
    flat: Flat | None

    def spot(self, lon: float | None, lat: float | None, areas: Iterable[str]) -> tuple[float, float] | None:
        """Return where something is: by its coordinates, else well inside the first of these areas that has a shape."""
        if self.flat is not None and lon is not None and lat is not None:
            x, y = self.flat.point(lon, lat)
            if 0 <= x <= self.width and 0 <= y <= self.height:
                return x, y
        shape = next((self.shapes[area] for area in areas if area in self.shapes), None)
        if shape is None:
            return None
        left, top, width, height = shape.box
        return shape.at if self.flat is not None else (left + width / 2, top + height * _MARKED)


def city_map(tree: CityTree, outlines: Mapping[str, tuple[Polygon, ...]]) -> CityMap:
    """Return the map of a city: of its outlines, or of tiles when it has none."""
    return _of_outlines(tree, outlines) if outlines else _of_tiles(tree)


def path_of(rings: Iterable[Sequence[tuple[float, float]]]) -> str:
    """Return rings of whole units as an SVG path, each point by its distance from the one before: half the length."""
    parts = []
    for ring in rings:
        points = [ring[0]]
        points += [b for a, b in itertools.pairwise(ring) if a != b]
        if points[0] == points[-1] and len(points) > 1:
            points.pop()
        steps = (f"{b[0] - a[0]:g},{b[1] - a[1]:g}" for a, b in itertools.pairwise(points))
        parts.append(f"M{points[0][0]:g},{points[0][1]:g}l{' '.join(steps)}z")
    return "".join(parts)


def _of_tiles(tree: CityTree) -> CityMap:
    width, height, boxes = tiles(tree)
    shapes = {}
    for id_, (x, y, w, h) in boxes.items():
        node = tree.nodes[id_]
        path = f"M{x:g},{y:g}h{w:g}v{h:g}h{-w:g}z"
        spots = ((x + w / 2, y + h * _NAMED, min(w / 2, h * _NAMED)), (x + w / 2, y + h / 2, min(w, h) / 2))
        shapes[id_] = Shape(id_, node.level, node.parent, path, (x, y, w, h), spots)
    return CityMap(shapes, width, height, None)


def _of_outlines(tree: CityTree, outlines: Mapping[str, tuple[Polygon, ...]]) -> CityMap:
    points = [point for parts in outlines.values() for polygon in parts for point in polygon[0]]
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    shrink = math.cos(math.radians((south + north) / 2))
    units = WIDE / max((east - west) * shrink, north - south)
    flat = Flat(west, north, units * shrink, units)
    shapes = {}
    for id_, parts in outlines.items():
        node = tree.nodes[id_]
        polygons = [[[flat.point(*point) for point in ring] for ring in polygon] for polygon in parts]
        spots = _inside(max((polygon[0] for polygon in polygons), key=len))
        box = _box([point for polygon in polygons for point in polygon[0]])
        path = path_of(ring for polygon in polygons for ring in polygon)
        shapes[id_] = Shape(id_, node.level, node.parent, path, box, spots)
    width, height = flat.point(east, south)
    return CityMap(shapes, width, height, flat)


def _box(points: Sequence[Point]) -> Box:
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top


def _inside(ring: Sequence[Point]) -> tuple[tuple[float, float, float], ...]:
    """Return the points of a lattice that lie farthest inside a ring, some way from each other, with how far."""
    left, top, width, height = _box(ring)
    corners = np.array(ring[:-1] if ring[0] == ring[-1] else ring, dtype=float)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    grid = np.stack(np.meshgrid(left + width * steps, top + height * steps), axis=-1).reshape(-1, 2)
    grid = np.concatenate([corners.mean(axis=0)[None, :], grid])
    other = np.roll(corners, -1, axis=0)
    x, y = grid[:, :1], grid[:, 1:]
    crossing = (corners[:, 1] > y) != (other[:, 1] > y)
    rise = np.where(other[:, 1] == corners[:, 1], 1.0, other[:, 1] - corners[:, 1])
    left_of = x < (other[:, 0] - corners[:, 0]) * (y - corners[:, 1]) / rise + corners[:, 0]
    within = (crossing & left_of).sum(axis=1) % 2 == 1
    apart = np.hypot(x - corners[:, 0], y - corners[:, 1]).min(axis=1) * within
    found: list[tuple[float, float, float]] = []
    for row in np.argsort(-apart, kind="stable"):
        point, room = grid[row], float(apart[row])
        if all(math.hypot(point[0] - spot[0], point[1] - spot[1]) > _APART * found[0][2] for spot in found):
            found.append((round(float(point[0])), round(float(point[1])), round(room)))
        if len(found) == _SPOTS or room < found[0][2] * _WORST:
            break
    return tuple(found)


def outline_path(flat: Flat, ring: Sequence[Point]) -> str:
    """Return a ring in degrees as an SVG path."""
    return path_of([[flat.point(*point) for point in ring]])


def circle_path(middle: tuple[float, float], radius: float) -> str:
    """Return a circle as an SVG path."""
    turns = (n / _ROUND * math.tau for n in range(_ROUND))
    return path_of(
        [[(round(middle[0] + radius * math.cos(t)), round(middle[1] + radius * math.sin(t))) for t in turns]]
    )
