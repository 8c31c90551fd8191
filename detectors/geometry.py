"""Distances on the ground, and what stands for them where coordinates are missing."""

from __future__ import annotations

from math import cos, hypot, inf, radians

from detectors.event import Place

EARTH_RADIUS_M = 6_371_008.8
_LEAST_M_PER_DEGREE = 110_000.0  # of latitude, on any meridian
_POLE = 1e-6  # where every meridian is near

GRID_M = 200.0
COMMUNITY_M = 2_000.0
"""How far across the areas of a city mostly are (ours): two reports in one are at most so far apart."""


def distance_m(a: Place, b: Place) -> float:
    """Return metres between two places, infinity where either has no coordinates.

    On the equirectangular projection around their mean latitude, which within a city differs from the great
    circle by less than one part in ten thousand.
    """
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return inf
    x = radians(b.lon - a.lon) * cos(radians((a.lat + b.lat) / 2))
    return EARTH_RADIUS_M * hypot(x, radians(b.lat - a.lat))


def box_around(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """Return south, north, west and east, degrees: nothing within `radius_m` metres lies outside of them."""
    high = radius_m / _LEAST_M_PER_DEGREE
    wide = high / max(cos(radians(min(abs(lat) + high, 90.0))), _POLE)
    return lat - high, lat + high, lon - wide, lon + wide


def within_m(a: Place, b: Place, radius_m: float) -> bool:
    """Tell whether two places lie within `radius_m` metres of each other.

    Where either has no coordinates, only an area both lie in can tell: the same spot always does, the same grid from a
    radius of `GRID_M` on, the same community from `COMMUNITY_M` on. Two reports of which nothing but a community is
    known are not near each other for anybody who asks about 100 m.
    """
    if a.lon is not None and a.lat is not None and b.lon is not None and b.lat is not None:
        return distance_m(a, b) <= radius_m
    spot, grid, community = areas_within(a, radius_m)
    return b.spot == spot or b.grid == grid or b.community == community


def areas_within(place: Place, radius_m: float) -> tuple[str | None, str | None, str | None]:
    """Return spot, grid and community of a place, ``None`` where that is not known or may be larger than the radius.

    Where coordinates are missing, a place that shares one of them lies within `radius_m` metres.
    """
    return (
        place.spot or None,
        (place.grid or None) if radius_m >= GRID_M else None,
        (place.community or None) if radius_m >= COMMUNITY_M else None,
    )
