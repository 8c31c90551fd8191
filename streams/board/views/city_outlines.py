"""Outlines of areas from GeoJSON (RFC 7946): every fault with its path, all in one go. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

import msgspec

from streams.errors import NO_JSON

Point = tuple[float, float]
Ring = tuple[Point, ...]
Polygon = tuple[Ring, ...]
Fault = tuple[str, str]

_LEAST = 4
"""Points of a ring: three corners, and the first again."""


class OutlineFaults(ValueError):
    """Outlines that cannot be used; `faults` lists every (path, message)."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{path}: {message}" for path, message in faults))


def read_outlines(data: bytes, known: Container[str]) -> dict[str, tuple[Polygon, ...]]:
    """Read outlines by area id.

    Parameters
    ----------
    data
        A GeoJSON feature collection; every feature is a Polygon or MultiPolygon and has the property ``id``.
    known
        Ids of the area tree.

    Raises
    ------
    OutlineFaults
        With every fault and its path.

    """
    try:
        content = msgspec.json.decode(data)
    except NO_JSON as error:
        raise OutlineFaults([("$", f"is no JSON: {error}")]) from error
    if not isinstance(content, Mapping) or content.get("type") != "FeatureCollection":
        raise OutlineFaults([("$", "is no GeoJSON feature collection")])
    features = content.get("features")
    if not isinstance(features, list) or not features:
        raise OutlineFaults([("$.features", "is no list of features")])
    reader = _Reader(known)
    for number, feature in enumerate(features):
        reader.feature(feature, f"$.features[{number}]")
    if reader.faults:
        raise OutlineFaults(reader.faults)
    return reader.found


class _Reader:
    """Walks the features once and keeps every fault it meets."""

    def __init__(self, known: Container[str]) -> None:
        self._known = known
        self.faults: list[Fault] = []
        self.found: dict[str, tuple[Polygon, ...]] = {}

    def feature(self, feature: object, path: str) -> None:
        """Read one feature."""
        if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
            self.faults.append((path, "is no feature"))
            return
        properties = feature.get("properties")
        id_ = properties.get("id") if isinstance(properties, Mapping) else None
        if not isinstance(id_, str):
            self.faults.append((f"{path}.properties.id", "is missing: the id of an area, as text"))
        elif id_ not in self._known:
            self.faults.append((f"{path}.properties.id", f"{id_!r} is no area of the area tree"))
        elif id_ in self.found:
            self.faults.append((f"{path}.properties.id", f"{id_!r} has an outline already"))
        parts = tuple(self._polygons(feature.get("geometry"), f"{path}.geometry"))
        if isinstance(id_, str):
            self.found.setdefault(id_, parts)

    def _polygons(self, geometry: object, path: str) -> Iterator[Polygon]:
        kind = geometry.get("type") if isinstance(geometry, Mapping) else None
        where = f"{path}.coordinates"
        if not isinstance(geometry, Mapping) or kind not in {"Polygon", "MultiPolygon"}:
            self.faults.append((f"{path}.type", "must be Polygon or MultiPolygon"))
            return
        coordinates = geometry.get("coordinates")
        if not isinstance(coordinates, list) or not coordinates:
            self.faults.append((where, "must be a list that is not empty"))
        elif kind == "Polygon":
            yield tuple(self._rings(coordinates, where))
        else:
            for number, one in enumerate(coordinates):
                yield tuple(self._rings(one, f"{where}[{number}]"))

    def _rings(self, rings: object, path: str) -> Iterator[Ring]:
        if not isinstance(rings, list) or not rings:
            self.faults.append((path, "must be a list of rings"))
            return
        for number, ring in enumerate(rings):
            yield self._ring(ring, f"{path}[{number}]")

    def _ring(self, ring: object, path: str) -> Ring:
        if not isinstance(ring, list) or len(ring) < _LEAST:
            self.faults.append((path, f"is no ring: {_LEAST} points at least"))
            return ()
        points = []
        for number, point in enumerate(ring):
            found = _point(point)
            if found is None:
                self.faults.append((f"{path}[{number}]", "is no longitude and latitude in degrees (WGS 84)"))
                return ()
            points.append(found)
        if points[0] != points[-1]:
            self.faults.append((path, "does not end where it begins"))
        return tuple(points)


def _point(point: Any) -> Point | None:  # noqa: ANN401 - whatever the file has
    if not isinstance(point, list) or len(point) not in {2, 3}:
        return None
    lon, lat = point[:2]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in (lon, lat)):
        return None
    return (float(lon), float(lat)) if abs(lon) <= 180 and abs(lat) <= 90 else None  # noqa: PLR2004 - degrees
