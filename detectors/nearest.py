"""Which area's centre is nearest to a point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.area import Area

EARTH_RADIUS_M = 6_371_008.8


class NearestCentre:
    """Nearest centre among areas that have one, by the equirectangular approximation (good to 0.1 % within a city).

    Parameters
    ----------
    areas
        Areas to choose from; those without a centre are left out. On equal distance the first one wins.

    """

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas = [area for area in areas if area.lon is not None and area.lat is not None]
        self._lon = np.radians(np.array([area.lon for area in self._areas], dtype=float))
        self._lat = np.radians(np.array([area.lat for area in self._areas], dtype=float))

    def find(self, lon: float, lat: float, within_m: float) -> Area | None:
        """Return the nearest area, ``None`` when none lies within `within_m` metres.

        Parameters
        ----------
        lon, lat
            WGS 84 degrees.
        within_m
            Largest distance, metres.

        """
        if not self._areas:
            return None
        east = (self._lon - np.radians(lon)) * np.cos(np.radians(lat))
        north = self._lat - np.radians(lat)
        squares = east * east + north * north
        best = int(np.argmin(squares))
        return self._areas[best] if np.sqrt(squares[best]) * EARTH_RADIUS_M <= within_m else None
