"""Maps of outlines and of tiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.board.outlines import load_outlines
from streams.board.views.city_shapes import WIDE, city_map, path_of
from streams.board.views.city_tree import CityTree
from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from streams.settings import Settings
from tests.builders import a_place, an_area_tree


def test_paths_are_written_by_steps_and_end_where_they_began() -> None:
    assert path_of([[(0, 0), (10, 0), (10, 0), (10, 5), (0, 0)]]) == "M0,0l10,0 0,5z"


def test_a_shape_of_an_outline_fits_its_box_and_has_its_name_inside() -> None:
    areas = load_areas("shantou")
    shapes = city_map(CityTree(areas), load_outlines(Settings(), areas))
    assert max(shapes.width, shapes.height) == WIDE
    for shape in shapes.shapes.values():
        left, top, width, height = shape.box
        assert 0 <= left <= left + width <= shapes.width
        assert 0 <= top <= top + height <= shapes.height
        assert all(left < x < left + width and top < y < top + height for x, y, _ in shape.spots)
        assert shape.spots[0][2] == max(room for _, _, room in shape.spots)
        assert re.fullmatch(r"(M[\d.,-]+l[\d., -]+z)+", shape.d)


@pytest.mark.parametrize("name", ["stlouis", "chicago", "pingshan", "newyork", "citizen"])
def test_a_city_without_outlines_gets_tiles_that_fill_the_map_and_do_not_overlap(name: str) -> None:
    areas = load_areas(name)
    tree = CityTree(areas)
    assert load_outlines(Settings(areas=name), areas) == {}
    shapes = city_map(tree, {})
    boxes = [shapes.shapes[node.id].box for node in tree.children(tree.city)]
    assert sum(w * h for _, _, w, h in boxes) == shapes.width * shapes.height
    for n, (x, y, w, h) in enumerate(boxes):
        assert not any(x < x1 + w1 and x1 < x + w and y < y1 + h1 and y1 < y + h for x1, y1, w1, h1 in boxes[:n])
    for node in tree.nodes.values():
        if node.parent in shapes.shapes:
            (x, y, w, h), (x1, y1, w1, h1) = shapes.shapes[node.id].box, shapes.shapes[node.parent].box
            assert x1 <= x <= x + w <= x1 + w1
            assert y1 <= y <= y + h <= y1 + h1


def test_tiles_lie_about_where_their_areas_are() -> None:
    tree = CityTree(load_areas("chicago"))
    shapes = city_map(tree, {}).shapes
    north, south = shapes["chicago:1"], shapes["chicago:55"]  # Rogers Park, Hegewisch
    assert north.at[1] < south.at[1]


def test_areas_that_events_bring_to_an_open_city_get_tiles() -> None:
    tree = CityTree(an_area_tree())
    assert city_map(tree, {}).shapes == {}
    assert tree.home(a_place()) == "c1"
    assert set(city_map(tree, {}).shapes) == {"d1", "st1", "c1"}
    assert tree.version == 3
    assert [node.id for node in tree.chain("c1")] == ["test", "d1", "st1", "c1"]


def test_where_a_district_has_no_communities_its_streets_stand_in() -> None:
    areas = an_area_tree(
        districts=[
            {
                "id": "d1",
                "name": "D1",
                "streets": [{"id": "s1", "name": "S1", "communities": [{"id": "c1", "name": "C"}]}],
            },
            {"id": "d2", "name": "D2", "streets": [{"id": "s2", "name": "S2"}]},
        ]
    )
    tree = CityTree(areas)
    assert [node.id for node in tree.within(tree.city, "community")] == ["c1", "s2"]
    assert tree.levels(tree.city) == ["district", "street", "community"]


def test_faults_of_a_file_of_outlines_are_told_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.geojson"
    file.write_text('{"type": "FeatureCollection", "features": [{}]}')
    with pytest.raises(ConfigurationError, match=r"mine\.geojson: \$\.features\[0\]: is no feature"):
        load_outlines(Settings(outlines=str(file)), load_areas("shantou"))
