from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from streams.sources.projection import MISSOURI_EAST_FT, US_SURVEY_FOOT_M, TransverseMercator


def forward(zone: TransverseMercator, lon: float, lat: float) -> tuple[float, float]:
    """Project by Krueger's series in the third flattening (Karney 2011), which shares nothing with Snyder's."""
    a, f = 6_378_137.0, 1 / 298.257222101
    n = f / (2 - f)
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alphas = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49561 * n**4 / 161280,
    )
    e = math.sqrt(f * (2 - f))

    def angles(lon_: float, lat_: float) -> tuple[float, float]:
        sine = math.sin(lat_)
        t = math.sinh(math.atanh(sine) - e * math.atanh(e * sine))
        xi, eta = math.atan2(t, math.cos(lon_)), math.asinh(math.sin(lon_) / math.hypot(t, math.cos(lon_)))
        return (
            xi + sum(al * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, al in enumerate(alphas, 1)),
            eta + sum(al * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, al in enumerate(alphas, 1)),
        )

    north0, _ = angles(0.0, math.radians(zone.latitude_of_origin))
    north, east = angles(math.radians(lon - zone.central_meridian), math.radians(lat))
    return (
        (zone.false_easting_m + zone.scale * radius * east) / zone.unit_m,
        (zone.false_northing_m + zone.scale * radius * (north - north0)) / zone.unit_m,
    )


@given(lon=st.floats(-92.5, -88.5), lat=st.floats(30, 45))
def test_the_inverse_undoes_an_independent_forward_projection_to_a_millimetre(lon: float, lat: float) -> None:
    back_lon, back_lat = MISSOURI_EAST_FT.inverse()(*forward(MISSOURI_EAST_FT, lon, lat))
    assert abs(back_lat - lat) * 111_000 < 0.001
    assert abs(back_lon - lon) * 111_000 < 0.001


def test_the_origin_is_where_its_definition_puts_it() -> None:
    lon, lat = MISSOURI_EAST_FT.inverse()(250_000 / US_SURVEY_FOOT_M, 0.0)
    assert math.isclose(lon, -90.5, abs_tol=1e-12)
    assert math.isclose(lat, 35 + 50 / 60, abs_tol=1e-9)
