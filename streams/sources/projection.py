"""From state-plane coordinates to longitude and latitude: the inverse transverse Mercator projection.

Series of J. P. Snyder, *Map Projections: A Working Manual*, USGS Professional Paper 1395 (1987), pp. 60-64; good to
a millimetre within three degrees of the central meridian.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, degrees, radians, sin, sqrt, tan

US_SURVEY_FOOT_M = 1200.0 / 3937.0

# GRS 80, the ellipsoid of NAD 83.
_A_M = 6_378_137.0
_FLATTENING = 1.0 / 298.257222101
_E2 = _FLATTENING * (2.0 - _FLATTENING)


@dataclass(frozen=True, slots=True)
class TransverseMercator:
    """One zone.

    Parameters
    ----------
    latitude_of_origin, central_meridian
        Degrees.
    scale
        Scale on the central meridian.
    false_easting_m, false_northing_m
        What is added to the coordinates of the origin, metres.
    unit_m
        One unit of the coordinates in metres.

    """

    latitude_of_origin: float
    central_meridian: float
    scale: float
    false_easting_m: float = 0.0
    false_northing_m: float = 0.0
    unit_m: float = 1.0

    def inverse(self) -> Callable[[float, float], tuple[float, float]]:
        """Return the function from (x, y) in the zone's unit to (longitude, latitude) in degrees."""
        meridian, scale, unit = radians(self.central_meridian), self.scale, self.unit_m
        east, north = self.false_easting_m, self.false_northing_m
        origin = _meridian_arc_m(radians(self.latitude_of_origin))
        second_e2 = _E2 / (1.0 - _E2)

        def to_degrees(x: float, y: float) -> tuple[float, float]:
            foot = _footpoint(origin + (y * unit - north) / scale)
            sine, cosine, tangent = sin(foot), cos(foot), tan(foot)
            bend = 1.0 - _E2 * sine * sine
            across = _A_M / sqrt(bend)
            along = across * (1.0 - _E2) / bend
            c, t = second_e2 * cosine * cosine, tangent * tangent
            d = (x * unit - east) / (across * scale)
            d2 = d * d
            fourth = 5.0 + 3.0 * t + 10.0 * c - 4.0 * c * c - 9.0 * second_e2
            sixth = 61.0 + 90.0 * t + 298.0 * c + 45.0 * t * t - 252.0 * second_e2 - 3.0 * c * c
            latitude = foot - across * tangent / along * d2 * (0.5 - d2 / 24.0 * (fourth - d2 / 30.0 * sixth))
            fifth = 5.0 - 2.0 * c + 28.0 * t - 3.0 * c * c + 8.0 * second_e2 + 24.0 * t * t
            turn = d * (1.0 - d2 / 6.0 * (1.0 + 2.0 * t + c - d2 / 20.0 * fifth)) / cosine
            return degrees(meridian + turn), degrees(latitude)

        return to_degrees


def _meridian_arc_m(latitude: float) -> float:
    """Distance along the meridian from the equator to `latitude` (radians); Snyder (3-21)."""
    e4, e6 = _E2**2, _E2**3
    return _A_M * (
        (1.0 - _E2 / 4.0 - 3.0 * e4 / 64.0 - 5.0 * e6 / 256.0) * latitude
        - (3.0 * _E2 / 8.0 + 3.0 * e4 / 32.0 + 45.0 * e6 / 1024.0) * sin(2.0 * latitude)
        + (15.0 * e4 / 256.0 + 45.0 * e6 / 1024.0) * sin(4.0 * latitude)
        - 35.0 * e6 / 3072.0 * sin(6.0 * latitude)
    )


_MU_PER_M = 1.0 / (_A_M * (1.0 - _E2 / 4.0 - 3.0 * _E2**2 / 64.0 - 5.0 * _E2**3 / 256.0))
_E1 = (1.0 - sqrt(1.0 - _E2)) / (1.0 + sqrt(1.0 - _E2))
_FOOT2 = 3.0 * _E1 / 2.0 - 27.0 * _E1**3 / 32.0
_FOOT4 = 21.0 * _E1**2 / 16.0 - 55.0 * _E1**4 / 32.0
_FOOT6 = 151.0 * _E1**3 / 96.0
_FOOT8 = 1097.0 * _E1**4 / 512.0


def _footpoint(arc_m: float) -> float:
    """Latitude (radians) whose meridian arc is `arc_m`; Snyder (3-26)."""
    mu = arc_m * _MU_PER_M
    return mu + _FOOT2 * sin(2.0 * mu) + _FOOT4 * sin(4.0 * mu) + _FOOT6 * sin(6.0 * mu) + _FOOT8 * sin(8.0 * mu)


MISSOURI_EAST_FT = TransverseMercator(
    latitude_of_origin=35.0 + 50.0 / 60.0,
    central_meridian=-90.5,
    scale=1.0 - 1.0 / 15_000.0,
    false_easting_m=250_000.0,
    unit_m=US_SURVEY_FOOT_M,
)

PROJECTIONS: dict[str, TransverseMercator] = {
    # NAD 83 / Missouri East, US survey feet: what the City of St. Louis publishes.
    "missouri-east-ft": MISSOURI_EAST_FT,
}
