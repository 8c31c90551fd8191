"""What is near what: by metres where coordinates are known, else by the smallest area both are known to be in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Place
from detectors.geometry import distance_m, within_m

HERE = Place(district="d", community="c", grid="g", spot="c/s", lon=116.7, lat=23.3)
DEGREE_M = 6_371_008.8 * math.pi / 180


def north(metres: float) -> Place:
    return Place(district="d", community="c", grid="g", spot="c/t", lon=116.7, lat=23.3 + metres / DEGREE_M)


def unlocated(community: str = "", grid: str = "", spot: str = "") -> Place:
    return Place(district="d", community=community, grid=grid, spot=spot)


def test_a_hundred_metres_are_a_hundred_metres() -> None:
    assert distance_m(HERE, north(100)) == pytest.approx(100, rel=1e-6)
    assert within_m(HERE, north(99), 100)
    assert not within_m(HERE, north(101), 100)


def test_without_coordinates_there_is_no_distance() -> None:
    assert distance_m(HERE, unlocated(spot="c/s")) == math.inf


@pytest.mark.parametrize(
    ("a", "b", "nearest_m"),
    [
        (unlocated(community="c", spot="c/s"), unlocated(community="c", spot="c/s"), 0),
        (HERE, unlocated(community="c", spot="c/s"), 0),
        (unlocated(community="c", grid="g"), unlocated(community="c", grid="g", spot="c/s"), 200),
        (HERE, unlocated(community="c", grid="g"), 200),
        (unlocated(community="c"), unlocated(community="c"), 2_000),
        (unlocated(community="c", grid="g", spot="c/s"), unlocated(community="c", grid="h", spot="c/t"), 2_000),
        (unlocated(community="c"), unlocated(community="e"), math.inf),
        (unlocated(), unlocated(), math.inf),
        (HERE, unlocated(), math.inf),
    ],
)
def test_without_coordinates_an_area_both_are_in_has_to_be_as_small_as_the_radius(
    a: Place, b: Place, nearest_m: float
) -> None:
    for radius_m in (1.0, 100.0, 199.0, 200.0, 1_999.0, 2_000.0, 20_000.0):
        assert within_m(a, b, radius_m) == within_m(b, a, radius_m) == (radius_m >= nearest_m)


places = st.builds(
    Place,
    community=st.sampled_from(["", "c", "d"]),
    grid=st.sampled_from(["", "g", "h"]),
    spot=st.sampled_from(["", "s", "t"]),
    lon=st.sampled_from([None, 116.7, 116.701]),
    lat=st.just(23.3),
)


@given(places, places, st.floats(1, 20_000), st.floats(1, 20_000))
def test_who_is_near_at_one_radius_is_near_at_every_larger_one(a: Place, b: Place, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert within_m(a, b, smaller) == within_m(b, a, smaller)
    assert within_m(a, b, larger) or not within_m(a, b, smaller)
