"""The outlines of the demo city, and files of outlines that cannot be used."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from streams.board.views.city_outlines import OutlineFaults, Polygon, Ring, read_outlines
from streams.board.views.city_tree import CityTree, MapLevel
from streams.intake.places import load_areas

Shapes = dict[str, tuple[Polygon, ...]]
SHIPPED = Path("streams/areas/shantou.geojson")
SQUARE = [[116.0, 23.0], [116.1, 23.0], [116.1, 23.1], [116.0, 23.1], [116.0, 23.0]]


@pytest.fixture(scope="module")
def tree() -> CityTree:
    return CityTree(load_areas("shantou"))


@pytest.fixture(scope="module")
def shapes(tree: CityTree) -> dict[str, tuple[Polygon, ...]]:
    return read_outlines(SHIPPED.read_bytes(), tree.nodes)


def doubled(ring: Ring) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in itertools.pairwise(ring))


def area(parts: tuple[Polygon, ...]) -> float:
    return sum(doubled(ring) for polygon in parts for ring in polygon) / 2


def edges(parts: tuple[Polygon, ...]) -> Counter[tuple[Any, Any]]:
    return Counter(pair for polygon in parts for ring in polygon for pair in itertools.pairwise(ring))


def test_every_area_of_the_demo_city_has_an_outline(tree: CityTree, shapes: Shapes) -> None:
    assert set(shapes) == set(tree.nodes) - {tree.city}


def test_the_file_says_that_it_is_synthetic_and_is_small() -> None:
    assert json.loads(SHIPPED.read_bytes())["note"].startswith("SYNTHETIC")
    assert SHIPPED.stat().st_size <= 300_000


def test_outer_rings_run_against_the_clock_and_holes_with_it(shapes: Shapes) -> None:
    for parts in shapes.values():
        for outer, *holes in parts:
            assert doubled(outer) > 0
            assert all(doubled(hole) < 0 for hole in holes)


def test_rings_are_closed_and_pass_no_corner_twice(shapes: Shapes) -> None:
    for parts in shapes.values():
        for ring in (ring for polygon in parts for ring in polygon):
            assert ring[0] == ring[-1]
            assert len(set(ring)) == len(ring) - 1


def test_coordinates_have_five_decimals_at_most(shapes: Shapes) -> None:
    points = (
        number for parts in shapes.values() for polygon in parts for ring in polygon for p in ring for number in p
    )
    assert all(number == round(number, 5) for number in points)


@pytest.mark.parametrize("level", ["district", "street", "community"])
def test_neighbours_share_their_border_and_do_not_overlap(tree: CityTree, shapes: Shapes, level: MapLevel) -> None:
    """Each edge is one area's from one side at most: what lies left of it belongs to nobody else."""
    sides = Counter[tuple[Any, Any]]()
    for node in tree.within(tree.city, level):
        sides.update(edges(shapes[node.id]))
    assert max(sides.values()) == 1
    shared = sum(edge[::-1] in sides for edge in sides)
    assert shared > 100


def test_a_point_lies_in_one_community_at_most(tree: CityTree, shapes: Shapes) -> None:
    dice = random.Random(7)
    nodes = tree.within(tree.city, "community")
    for _ in range(300):
        near = dice.choice(nodes)
        point = ((near.lon or 0.0) + dice.uniform(-0.04, 0.04), (near.lat or 0.0) + dice.uniform(-0.04, 0.04))
        assert sum(holds(shapes[node.id], point) for node in nodes) <= 1


def test_streets_are_their_communities_and_districts_their_streets(tree: CityTree, shapes: Shapes) -> None:
    for node in tree.nodes.values():
        below = tree.children(node.id)
        if node.id == tree.city or not below:
            continue
        inside = sum((edges(shapes[one.id]) for one in below), Counter())
        border = {edge for edge in inside if edge[::-1] not in inside}
        assert border == set(edges(shapes[node.id]))
        assert area(shapes[node.id]) == pytest.approx(sum(area(shapes[one.id]) for one in below), rel=1e-6)


def test_a_community_lies_where_its_centre_is(tree: CityTree, shapes: Shapes) -> None:
    nodes = tree.within(tree.city, "community")
    away = [node.name for node in nodes if not holds(shapes[node.id], (node.lon, node.lat))]
    assert away == []


def holds(parts: tuple[Polygon, ...], point: Any) -> bool:
    x, y = point
    inside = False
    for polygon in parts:
        for ring in polygon:
            for (x0, y0), (x1, y1) in itertools.pairwise(ring):
                if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                    inside = not inside
    return inside


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(id_: Any = "a", **geometry: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": [SQUARE]} | geometry
    return {"type": "Feature", "properties": {"id": id_}, "geometry": shape}


def test_polygons_and_multipolygons_are_read() -> None:
    both = collection(feature("a"), feature("b", type="MultiPolygon", coordinates=[[SQUARE], [SQUARE]]))
    found = read_outlines(both, {"a", "b"})
    assert [len(found[id_]) for id_ in "ab"] == [1, 2]
    assert found["a"][0][0][0] == (116.0, 23.0)


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        (b"{", "$", "is no JSON"),
        (b'{"type": "\xff"}', "$", "is no JSON"),
        (b"[" * 60_000, "$", "is no JSON"),
        (b"[]", "$", "no GeoJSON feature collection"),
        (collection(), "$.features", "no list of features"),
        (collection(7), "$.features[0]", "is no feature"),
        (collection(feature(None)), "$.features[0].properties.id", "is missing"),
        (collection(feature("x")), "$.features[0].properties.id", "'x' is no area of the area tree"),
        (collection(feature(), feature()), "$.features[1].properties.id", "has an outline already"),
        (collection(feature(type="Point")), "$.features[0].geometry.type", "must be Polygon or MultiPolygon"),
        (collection(feature(coordinates=[])), "$.features[0].geometry.coordinates", "must be a list that is not empty"),
        (collection(feature(coordinates=[7])), "$.features[0].geometry.coordinates[0]", "is no ring"),
        (collection(feature(coordinates=[SQUARE[:-1]])), "$.features[0].geometry.coordinates[0]", "does not end where"),
        (
            collection(feature(coordinates=[[[0, 0], [200, 0], [1, 1], [0, 0]]])),
            "$.features[0].geometry.coordinates[0][1]",
            "is no longitude and latitude",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(data: bytes, path: str, message: str) -> None:
    with pytest.raises(OutlineFaults) as caught:
        read_outlines(data, {"a"})
    assert [where for where, _ in caught.value.faults] == [path]
    assert message in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(OutlineFaults) as caught:
        read_outlines(collection(feature("x"), feature("a", type="Point"), 7), {"a"})
    assert len(caught.value.faults) == 3
