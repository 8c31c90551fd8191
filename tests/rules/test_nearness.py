"""Who is near is found quickly, and is who is found by looking at each."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Place
from detectors.geometry import EARTH_RADIUS_M, within_m
from rules.nearness import WithinMetres
from rules.window import COUNTED, Item

DEGREE_M = EARTH_RADIUS_M * math.pi / 180
DEGREES = st.none() | st.floats(-0.03, 0.03)


@st.composite
def places(draw: st.DrawFn, lon: float, lat: float) -> Place:
    """Places a few kilometres around one, some of them known by an area only, or by half of what is needed."""
    east, north = draw(DEGREES), draw(DEGREES)
    return Place(
        community=draw(st.sampled_from(["", "c", "d"])),
        grid=draw(st.sampled_from(["", "g", "h"])),
        spot=draw(st.sampled_from(["", "s", "t"])),
        lon=None if east is None else lon + east,
        lat=None if north is None else lat + north,
    )


@given(st.data(), st.sampled_from([0.0, 23.3, -54.0, 89.99]), st.floats(1, 5_000))
def test_who_is_near_is_found_as_by_looking_at_each(data: st.DataObject, lat: float, radius_m: float) -> None:
    there = data.draw(st.lists(places(116.7, lat), min_size=1, max_size=12))
    items = [Item(float(n), str(n), "hotline", "", place, COUNTED, "noise") for n, place in enumerate(there)]
    item = items[-1]
    expected = [one for one in items if one is item or within_m(one.place, item.place, radius_m)]
    assert WithinMetres(radius_m).among(items, item) == expected


@pytest.mark.parametrize("lat", [0.0, 23.3, -54.0, 75.0])
@pytest.mark.parametrize("bearing", range(0, 360, 15))
@pytest.mark.parametrize("radius_m", [50.0, 500.0, 5_000.0])
def test_who_is_just_within_the_radius_is_near_whichever_way(lat: float, bearing: int, radius_m: float) -> None:
    north, east = (0.9999 * radius_m * f(math.radians(bearing)) / DEGREE_M for f in (math.cos, math.sin))
    mean = math.radians(lat + north / 2)
    there = [Place(lon=116.7, lat=lat), Place(lon=116.7 + east / math.cos(mean), lat=lat + north)]
    one, other = (Item(0.0, str(n), "hotline", "", place, COUNTED, "noise") for n, place in enumerate(there))
    assert WithinMetres(radius_m).among([one, other], one) == [one, other]
