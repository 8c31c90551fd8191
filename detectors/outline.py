"""The outline of a set of places on the map."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from detectors.zones import EARTH_RADIUS_M

Point = tuple[float, float]

_CORNERS = 24
_DECIMALS = 6


def outline(points: Sequence[Point], around_m: float) -> tuple[Point, ...]:
    """Return the ring that encloses circles around all points: the exterior of a GeoJSON polygon (RFC 7946).

    The convex hull of circles of 24 corners; counter-clockwise, its first point repeated at the end.

    Parameters
    ----------
    points
        Longitude and latitude, WGS 84 degrees; none makes an empty ring.
    around_m
        Radius of the circle around each point, metres, positive.

    Examples
    --------
    >>> ring = outline([(116.7, 23.4)], 500.0)
    >>> len(ring), ring[0] == ring[-1]
    (25, True)

    """
    if not points:
        return ()
    turns = np.arange(_CORNERS) * (2.0 * math.pi / _CORNERS)
    degree = math.degrees(around_m / EARTH_RADIUS_M)
    centres = np.array(points)
    shrink = np.cos(np.radians(centres[:, 1:]))
    lon = centres[:, :1] + degree * np.cos(turns) / shrink
    lat = centres[:, 1:] + degree * np.sin(turns)
    corners = np.stack([lon.ravel(), lat.ravel()], axis=1)
    ring = corners[_hull(corners)].round(_DECIMALS).tolist()
    return tuple((x, y) for x, y in [*ring, ring[0]])


def _hull(corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[int]:
    try:
        return [int(vertex) for vertex in ConvexHull(corners).vertices]
    except QhullError as error:
        raise ValueError("circles of no extent have no outline") from error
