"""Distances on the ground."""

from __future__ import annotations

from math import cos, hypot, radians

from detectors.event import Place

EARTH_RADIUS_M = 6_371_008.8


def distance_m(a: Place, b: Place) -> float:
    """Return metres between two places.

    On the equirectangular projection around their mean latitude, which within a city differs from the great
    circle by less than one part in ten thousand. Where either has no coordinates: 0 for the same spot, else for the
    same community when no spot is known, else infinity.
    """
    if a.lon is not None and a.lat is not None and b.lon is not None and b.lat is not None:
        x = radians(b.lon - a.lon) * cos(radians((a.lat + b.lat) / 2))
        return EARTH_RADIUS_M * hypot(x, radians(b.lat - a.lat))
    if a.spot and b.spot:
        return 0.0 if a.spot == b.spot else float("inf")
    return 0.0 if a.community and a.community == b.community else float("inf")
