from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.area import Area
from detectors.outline import outline
from detectors.zones import Zones, distances, great_circle_m


def scattered(count: int, seed: int) -> Zones:
    points = np.random.default_rng(seed).uniform(0.0, 10.0, (count, 2))
    return Zones(np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0)), most=7, radius=6.0)


def areas(*rows: tuple[str, str], **over: dict[str, object]) -> list[Area]:
    return [Area(id=id_, level="community", name=id_, parent=parent, **over.get(id_, {})) for id_, parent in rows]  # type: ignore[arg-type]


@given(count=st.integers(1, 25), seed=st.integers(0, 1000))
def test_sums_are_those_of_the_members(count: int, seed: int) -> None:
    zones = scattered(count, seed)
    values = np.random.default_rng(seed).integers(0, 9, (3, count)).astype(float)
    sums = zones.sums(values)
    for zone in range(len(zones)):
        assert sums[:, zone].tolist() == values[:, zones.members(zone)].sum(axis=1).tolist()


@given(count=st.integers(1, 30), seed=st.integers(0, 10**6))
def test_sums_of_single_precision_are_those_of_running_sums_to_the_bit(count: int, seed: int) -> None:
    zones, values = scattered(count, seed), np.random.default_rng(seed).random((5, count)).astype(np.float32)
    running = np.cumsum(values[:, zones.order], axis=-1)
    ends = [(zone, zones.centre[zone], zones.size[zone] - 1) for zone in range(len(zones))]
    found = zones.sums(values)
    assert found.dtype == np.float32
    assert all((found[:, zone] == running[:, centre, last]).all() for zone, centre, last in ends)


@given(count=st.integers(1, 25), seed=st.integers(0, 1000))
def test_every_set_of_areas_is_one_zone(count: int, seed: int) -> None:
    zones = scattered(count, seed)
    sets = [frozenset(zones.members(zone).tolist()) for zone in range(len(zones))]
    assert len(set(sets)) == len(sets)
    assert {frozenset([area]) for area in range(count)} <= set(sets)


@given(count=st.integers(1, 25), seed=st.integers(0, 1000))
def test_an_area_weighs_what_the_zones_that_hold_it_weigh(count: int, seed: int) -> None:
    zones = scattered(count, seed)
    weights = np.random.default_rng(seed).random(len(zones))
    within = zones.within(weights)
    for area in range(count):
        held = [weights[zone] for zone in range(len(zones)) if area in zones.members(zone)]
        assert within[area] == pytest.approx(sum(held))


def test_no_tie_is_cut() -> None:
    star = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 2.0], [1.0, 2.0, 0.0]])
    zones = Zones(star, most=2)
    assert sorted(sorted(zones.members(zone).tolist()) for zone in range(len(zones))) == [[0], [0, 1], [0, 2], [1], [2]]
    assert [0, 1] not in [zones.members(zone).tolist() for zone in range(len(zones)) if zones.centre[zone] == 0]


def test_a_zone_ends_at_the_radius_and_at_its_share() -> None:
    line = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    assert Zones(line, radius=1.0).size.max() == 3
    assert Zones(line, share=0.4).size.max() == 2
    heavy = Zones(line, share=0.4, weights=np.array([10.0, 1.0, 1.0, 1.0, 1.0]))
    assert [zone for zone in range(len(heavy)) if 0 in heavy.members(zone)] == [0]


@pytest.mark.parametrize("wrong", [{"most": 0}, {"share": 0.0}, {"share": 1.5}])
def test_limits_that_leave_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Zones(np.zeros((1, 1)), **wrong)  # type: ignore[arg-type]


def test_distances_are_metres_where_most_areas_have_a_centre() -> None:
    places = {"a": {"lon": 0.0, "lat": 0.0}, "b": {"lon": 1.0, "lat": 0.0}}
    apart, metres = distances(areas(("a", "x"), ("b", "y"), ("c", "y"), **places), ["x", "y", "y"])  # type: ignore[arg-type]
    assert metres
    assert apart[0, 1] == pytest.approx(111_195, rel=1e-3)
    assert np.isinf(apart[2, 0])
    assert apart[2, 2] == 0.0


def test_distances_are_steps_between_neighbours_where_there_are_no_centres() -> None:
    touching = {"a": {"neighbours": ("b",)}, "b": {"neighbours": ("c",)}}
    apart, metres = distances(areas(("a", "x"), ("b", "x"), ("c", "y"), **touching), ["x", "x", "y"])  # type: ignore[arg-type]
    assert not metres
    assert apart.tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]


def test_distances_go_by_the_tree_where_nothing_else_is_known() -> None:
    apart, metres = distances(areas(("a", "s1"), ("b", "s1"), ("c", "s2"), ("d", "s3")), ["x", "x", "x", "y"])
    assert not metres
    assert apart[0].tolist() == [0, 1, 2, 3]


def test_distances_on_the_sphere_are_great_circles() -> None:
    assert great_circle_m([0.0, 180.0], [0.0, 0.0])[0, 1] == pytest.approx(np.pi * 6_371_008.8)


@given(st.lists(st.tuples(st.floats(116.5, 116.9), st.floats(23.2, 23.6)), min_size=1, max_size=12))
def test_an_outline_holds_every_point(points: list[tuple[float, float]]) -> None:
    ring = np.array(outline(points, 500.0))
    assert ring[0].tolist() == ring[-1].tolist()
    for point in points:
        edges, to = np.diff(ring, axis=0), np.array(point) - ring[:-1]
        assert (edges[:, 0] * to[:, 1] - edges[:, 1] * to[:, 0] > 0.0).all()  # to the left of every edge


def test_no_points_have_no_outline() -> None:
    assert outline([], 500.0) == ()
