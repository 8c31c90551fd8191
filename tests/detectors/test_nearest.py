from __future__ import annotations

import math
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.area import Area
from detectors.nearest import EARTH_RADIUS_M, NearestCentre


@cache
def town(size: int) -> list[Area]:
    """Return centres strewn over 40 km, the same ones each time."""
    spread = [(math.sin(n * 12.9898) * 43758.5453 % 1, math.sin(n * 78.233) * 24634.6345 % 1) for n in range(size)]
    return [
        Area(id=str(n), level="community", name=str(n), parent="x", lon=116.5 + 0.4 * x, lat=23.2 + 0.4 * y)
        for n, (x, y) in enumerate(spread)
    ]


@cache
def centres(size: int) -> NearestCentre:
    return NearestCentre(town(size))


def metres(area: Area, lon: float, lat: float) -> float:
    assert area.lon is not None
    assert area.lat is not None
    east = math.radians(area.lon - lon) * math.cos(math.radians(lat))
    return math.hypot(east, math.radians(area.lat - lat)) * EARTH_RADIUS_M


@pytest.mark.parametrize("size", [1, 5, 8, 9, 200])
@given(lon=st.floats(-180, 180) | st.floats(116.4, 117.0), lat=st.floats(-89.9, 89.9) | st.floats(23.1, 23.7))
def test_no_centre_is_nearer_than_the_one_found(size: int, lon: float, lat: float) -> None:
    found = centres(size).find(lon, lat, math.inf)
    assert found is not None
    least = min(metres(area, lon, lat) for area in town(size))
    assert metres(found, lon, lat) == pytest.approx(least, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("size", [1, 200])
def test_a_centre_beyond_the_limit_is_not_found(size: int) -> None:
    nearest = centres(size).find(117.5, 23.4, math.inf)
    assert nearest is not None
    limit = metres(nearest, 117.5, 23.4)
    assert centres(size).find(117.5, 23.4, limit + 1) is nearest
    assert centres(size).find(117.5, 23.4, limit - 1) is None


def test_of_two_as_near_the_first_is_found() -> None:
    twins = [Area(id=name, level="grid", name=name, parent="x", lon=1.0, lat=1.0) for name in "ab"]
    assert NearestCentre(twins).find(1.0, 1.0, 1.0) is twins[0]


def test_where_no_area_has_a_centre_none_is_found() -> None:
    assert NearestCentre([Area(id="a", level="grid", name="a", parent="x")]).find(1.0, 1.0, math.inf) is None
