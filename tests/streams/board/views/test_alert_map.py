from __future__ import annotations

from math import hypot

import pytest

from detectors.areas import AreaTree
from streams.board.views.alert_map import map_of
from streams.board.views.picture import Picture
from streams.language import Voice
from tests.builders import a_place, an_alert, an_alert_place, an_area_tree, an_event

ZH, EN = Voice("zh"), Voice("en")
LON, LAT = 116.71, 23.37
METRE = 1 / 111_195  # degrees of latitude


def a_city() -> AreaTree:
    streets = [
        {"id": "st1", "name": "河东街道", "lon": LON, "lat": LAT},
        {"id": "st2", "name": "河西街道", "lon": LON + 0.008, "lat": LAT},
    ]
    return an_area_tree(districts=[{"id": "d1", "name": "龙湖区", "lon": LON, "lat": LAT, "streets": streets}])


def at_north(metres: float, id_: str = "1") -> object:
    return an_event(id_, place=a_place(lon=LON, lat=LAT + metres * METRE))


def drawn(picture: Picture | None, look: str) -> list[tuple[float, float]]:
    assert picture is not None
    return [(shape.x, shape.y) for shape in picture.shapes if shape.look.startswith(look)]


def test_without_any_coordinates_there_is_no_map() -> None:
    assert map_of(an_alert(), [an_event()], an_area_tree(), ZH) is None


def test_the_place_is_in_the_middle_and_its_evidence_to_scale_around_it() -> None:
    alert = an_alert(place=an_alert_place(lon=LON, lat=LAT))
    picture = map_of(alert, [at_north(100), at_north(200, "2"), at_north(200, "3")], a_city(), ZH)  # type: ignore[list-item]
    (here,) = drawn(picture, "here orange")
    assert here == (0, 0)
    near, far = sorted(drawn(picture, "point"), key=lambda at: hypot(*at))
    assert far[1] / near[1] == pytest.approx(2, rel=0.02)
    assert picture is not None
    assert "3起证据分布在2处" in picture.says


def test_all_evidence_lies_within_the_frame() -> None:
    alert = an_alert(place=an_alert_place(lon=LON, lat=LAT))
    points = drawn(map_of(alert, [at_north(9_000)], a_city(), ZH), "point")  # type: ignore[list-item]
    assert all(hypot(*at) <= 1 for at in points)


def test_an_area_without_coordinates_of_its_own_is_drawn_where_its_evidence_is_else_at_its_centre() -> None:
    alert = an_alert(place=an_alert_place(level="street", key="st1"))
    assert drawn(map_of(alert, [at_north(0)], a_city(), ZH), "point") == [(0, 0)]  # type: ignore[list-item]
    assert drawn(map_of(alert, [], a_city(), ZH), "here orange") == [(0, 0)]


def test_the_areas_beside_it_are_named() -> None:
    alert = an_alert(place=an_alert_place(level="street", key="st1"))
    picture = map_of(alert, [], a_city(), ZH)
    assert picture is not None
    assert [shape.text for shape in picture.shapes if shape.look == "around-name"] == ["河西街道"]
    assert picture.says == "河东街道·幸福里小区（网格 HD-07）的位置，0起证据分布在0处"


def square(size: float) -> tuple[tuple[tuple[float, float], ...], ...]:
    """A ring around the middle, `size` metres to each side."""
    d = size * METRE
    return (((LON - d, LAT - d), (LON + d, LAT - d), (LON + d, LAT + d), (LON - d, LAT + d), (LON - d, LAT - d)),)


def test_the_border_of_its_area_is_drawn_in_front_of_those_beside_it_and_lies_within_the_frame() -> None:
    alert = an_alert(place=an_alert_place(level="street", key="st1"))
    outlines = {"st1": (square(4_000),), "st2": (square(300),)}
    picture = map_of(alert, [], a_city(), ZH, outlines)
    assert picture is not None
    areas = [shape for shape in picture.shapes if shape.what == "area"]
    assert [shape.look for shape in areas] == ["beside", "own"]
    assert all(abs(y) <= 1 for _, y in areas[1].points)
    assert not [shape for shape in picture.shapes if shape.what == "ring"]


def test_a_spot_lies_in_the_smallest_area_that_has_a_border() -> None:
    alert = an_alert(place=an_alert_place(lon=LON, lat=LAT))
    outlines = {"st1": (square(4_000),), "d1": (square(9_000),)}
    picture = map_of(alert, [], a_city(), ZH, outlines)
    assert picture is not None
    (own,) = [shape for shape in picture.shapes if shape.look == "own"]
    assert max(y for _, y in own.points) == pytest.approx(4_000 / 250, rel=0.01)


def test_a_border_that_does_not_hold_the_place_is_not_taken_for_that_of_its_area() -> None:
    alert = an_alert(place=an_alert_place(lon=LON + 0.02, lat=LAT))
    outlines = {"st1": (square(500),), "d1": (square(9_000),)}
    picture = map_of(alert, [], a_city(), ZH, outlines)
    assert picture is not None
    (own,) = [shape for shape in picture.shapes if shape.look == "own"]
    assert max(y for _, y in own.points) == pytest.approx(9_000 / 250, rel=0.01)
