from __future__ import annotations

import cProfile
import math
import pstats
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.areas import AreaFaults, AreaTree, tidy, token
from detectors.event import Place


@cache
def hill_city() -> AreaTree:
    """Two districts; the street 河东街道 with two communities, and a 花园街道 in each district."""
    return AreaTree.from_mapping(
        {
            "city": "990000",
            "name": "山城市",
            "tz": "Asia/Shanghai",
            "calendar": "cn",
            "districts": [
                {
                    "id": "990001",
                    "name": "东区",
                    "scenes": ["old_town"],
                    "streets": [
                        {
                            "id": "990001-01",
                            "name": "河东街道",
                            "code": "990001001",
                            "aliases": ["河东办"],
                            "neighbours": ["990001-02"],
                            "communities": [
                                {
                                    "id": "c1",
                                    "name": "幸福里社区",
                                    "lon": 116.700,
                                    "lat": 23.300,
                                    "scenes": ["school"],
                                    "spots": [
                                        {
                                            "name": "幸福里小区",
                                            "aliases": ["幸福里"],
                                            "lon": 116.7011,
                                            "lat": 23.3009,
                                            "grid": "c1-02",
                                        },
                                        {"name": "南门", "scenes": ["market"]},
                                    ],
                                    "grids": [
                                        {"id": "c1-01", "name": "HD-01", "lon": 116.699, "lat": 23.300},
                                        {"id": "c1-02", "name": "HD-02", "lon": 116.701, "lat": 23.301},
                                    ],
                                },
                                {
                                    "id": "c2",
                                    "name": "和平社区",
                                    "lon": 116.710,
                                    "lat": 23.300,
                                    "spots": [{"name": "南门"}],
                                },
                            ],
                        },
                        {"id": "990001-02", "name": "花园街道"},
                    ],
                },
                {"id": "990002", "name": "西区", "streets": [{"id": "990002-01", "name": "花园街道"}]},
            ],
        }
    )


def open_city(**more: Any) -> AreaTree:
    return AreaTree.from_mapping({"city": "town", "name": "Town", "tz": "America/Chicago", "open": True, **more})


@pytest.mark.parametrize(
    "street", ["990001-01", "河东街道", "河东", "河东办", "990001001", " 河 东 街道 ", "河东街道。"]
)
def test_a_street_is_found_by_id_code_name_alias_and_without_its_suffix(street: str) -> None:
    place = hill_city().resolve(street=street)
    assert (place.district, place.street) == ("990001", "990001-01")


def test_what_is_missing_above_is_filled_in() -> None:
    place = hill_city().resolve(grid="HD-02")
    assert (place.district, place.street, place.community, place.grid) == ("990001", "990001-01", "c1", "c1-02")


def test_a_name_that_means_two_areas_needs_the_one_above() -> None:
    assert hill_city().resolve(street="花园街道").street == ""
    assert hill_city().resolve(street="花园街道", district="西区").street == "990002-01"


def test_a_level_that_contradicts_the_one_above_is_ignored_unless_it_is_an_id() -> None:
    assert hill_city().resolve(district="西区", street="河东街道") == hill_city().resolve(district="西区")
    assert hill_city().resolve(district="西区", street="990001-01").district == "990001"


def test_an_unresolvable_place_keeps_a_district_of_its_own() -> None:
    assert hill_city().resolve(district="北区").district == "990000:unknown"
    assert hill_city().resolve().district == "990000:unknown"
    assert open_city().resolve().district == "town:unknown"


def test_coordinates_alone_give_the_nearest_community_and_grid() -> None:
    place = hill_city().resolve(lon=116.7012, lat=23.3011)
    assert (place.community, place.grid, place.spot) == ("c1", "c1-02", "@116.701,23.301")
    assert hill_city().resolve(lon=116.7093, lat=23.3).community == "c2"


def test_coordinates_far_from_every_centre_are_unknown() -> None:
    assert hill_city().resolve(lon=10.0, lat=50.0).district == "990000:unknown"


def test_coordinates_do_not_leave_the_street_that_was_given() -> None:
    place = hill_city().resolve(district="西区", lon=116.7012, lat=23.3011)
    assert (place.district, place.community) == ("990002", "")


@pytest.mark.parametrize(
    "given_as",
    [
        {"community": "c1", "spot": "幸福里小区"},
        {"community": "幸福里社区", "spot": "幸福里 小区"},
        {"district": "东区", "spot": "幸福里"},
        {"spot": "幸福里小区"},
        {"district": "990001", "spot": "山城市东区河东街道幸福里社区幸福里小区"},
        {"spot": "幸福里小区", "lon": 116.7, "lat": 23.3},
    ],
)
def test_one_spot_has_one_key_and_one_name_however_it_is_given(given_as: dict[str, Any]) -> None:
    place = hill_city().resolve(**given_as)
    assert place.spot == "c1/幸福里小区"
    assert place.name == "河东街道·幸福里小区"
    assert place.grid == "c1-02"


def test_a_listed_spot_brings_its_coordinates_and_its_scenes() -> None:
    place = hill_city().resolve(spot="幸福里小区")
    assert (place.lon, place.lat) == (116.7011, 23.3009)
    assert hill_city().resolve(community="c1", spot="南门").scenes == ("market", "old_town", "school")


def test_a_spot_name_that_means_two_spots_stays_a_free_name() -> None:
    assert hill_city().resolve(spot="南门").spot == "990000:unknown/南门"
    assert hill_city().resolve(community="和平社区", spot="南门").spot == "c2/南门"


def test_an_unlisted_spot_is_a_free_name_in_its_community_or_district() -> None:
    assert hill_city().resolve(community="c1", spot="新开的店").spot == "c1/新开的店"
    assert hill_city().resolve(street="河东街道", spot="新开的店").spot == "990001/新开的店"


def test_a_spot_that_begins_like_a_street_keeps_its_name() -> None:
    assert hill_city().resolve(community="c1", spot="花园路口").spot == "c1/花园路口"


@pytest.mark.parametrize(
    ("given_as", "name"),
    [
        ({"community": "c2"}, "河东街道·和平社区"),
        ({"street": "河东"}, "河东街道"),
        ({"district": "东区"}, "东区"),
        ({"district": "东区", "spot": "某处"}, "东区·某处"),
        ({}, "山城市"),
    ],
)
def test_places_are_named_by_street_and_the_smallest_place_known(given_as: dict[str, Any], name: str) -> None:
    tree = hill_city()
    place = tree.resolve(**given_as)
    assert tree.path_name(place) == place.name == name


def test_the_name_of_a_place_without_one_comes_from_its_ids() -> None:
    tree = hill_city()
    assert tree.path_name(Place(district="990001", street="990001-01", community="c2")) == "河东街道·和平社区"
    assert tree.path_name(Place(district="990001", street="990001-01", spot="c1/南门")) == "河东街道·南门"
    assert tree.path_name(Place(district="990001", spot="@116.700,23.300")) == "东区"


def test_an_open_tree_gives_unlisted_areas_an_id_of_their_own() -> None:
    tree = open_city(districts=[{"id": "d9", "name": "Ninth"}])
    place = tree.resolve(district="12", street="Downtown", spot="1200  Market St")
    assert (place.district, place.street, place.spot) == ("town:12", "town:street:Downtown", "town:12/1200 market st")
    assert place.name == "Downtown·1200 Market St"
    assert tree.name_of(place.street) == "Downtown"
    assert tree.resolve(district="ninth").district == "d9"


def test_names_of_areas_fall_back_to_the_last_part_of_the_id() -> None:
    tree = hill_city()
    assert tree.name_of("990001-01") == "河东街道"
    assert tree.name_of("990000") == "山城市"
    assert tree.name_of("990000:unknown") == "unknown"
    assert tree.get("nowhere") is None


def test_the_tree_can_be_walked() -> None:
    tree = hill_city()
    assert [area.id for area in tree.districts()] == ["990001", "990002"]
    assert [area.id for area in tree.children("c1")] == ["c1-01", "c1-02"]
    assert tree.children("c1-01") == []
    assert tree.zone.key == tree.tz == "Asia/Shanghai"


def test_the_same_names_give_the_same_object_and_coordinates_stay_exact() -> None:
    tree = hill_city()
    assert tree.resolve(street="河东") is tree.resolve(street="河东")
    assert (tree.resolve(lon=116.70121, lat=23.3).lon, tree.resolve(lon=116.70119, lat=23.3).lon) == (
        116.70121,
        116.70119,
    )


@given(st.floats(116.6, 116.8), st.floats(23.2, 23.4), st.floats(-0.0004, 0.0004))
def test_places_do_not_depend_on_what_was_asked_before(lon: float, lat: float, shift: float) -> None:
    fresh = AreaTree.from_mapping({**RAW_TREE})
    asked = AreaTree.from_mapping({**RAW_TREE})
    asked.resolve(lon=lon + shift, lat=lat - shift)
    assert asked.resolve(lon=lon, lat=lat) == fresh.resolve(lon=lon, lat=lat)


RAW_TREE = {
    "city": "x",
    "name": "X",
    "tz": "UTC",
    "districts": [{"id": f"d{i}", "name": f"D{i}", "lon": 116.6 + i * 0.03, "lat": 23.3} for i in range(6)],
}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_coordinates_that_are_no_numbers_are_unknown(bad: float) -> None:
    place = hill_city().resolve(district="东区", lon=bad, lat=23.3)
    assert (place.lon, place.lat, place.spot) == (None, None, "")


def test_half_a_coordinate_is_none() -> None:
    assert hill_city().resolve(district="东区", lon=116.7).lon is None


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=60))
def test_any_strings_give_a_place_with_a_district(
    district: str, street: str, community: str, grid: str, spot: str
) -> None:
    for tree in (hill_city(), open_city()):
        place = tree.resolve(district=district, street=street, community=community, grid=grid, spot=spot)
        assert place.district
        assert place.name


def test_every_fault_of_a_tree_is_reported_with_its_path() -> None:
    with pytest.raises(AreaFaults) as caught:
        AreaTree.from_mapping(
            {
                "city": 7,
                "name": "X",
                "tz": "Mars/Olympus",
                "calender": "cn",
                "districts": [
                    {"id": "a", "name": "A", "lon": 200, "spots": [{"name": "s"}]},
                    "b",
                    {"id": "a", "name": "C", "lon": 1.0, "districts": []},
                    {"id": "d", "neighbours": ["zz"], "name": "D"},
                    {"name": "no id"},
                    {
                        "id": "e",
                        "name": "E",
                        "streets": {},
                        "communities": [{"id": "f", "name": "F", "spots": [{"grid": "?"}]}],
                    },
                ],
            }
        )
    assert {path for path, _ in caught.value.faults} == {
        "$.city",
        "$.tz",
        "$.calender",
        "$.districts[0].lon",
        "$.districts[0].spots",
        "$.districts[1]",
        "$.districts[2]",
        "$.districts[2].id",
        "$.districts[2].districts",
        "$.districts[4]",
        "$.districts[5].streets",
        "$.districts[5].communities[0].spots[0]",
        "$.districts[3].neighbours",
    }


@pytest.mark.parametrize("content", [None, [], "x", {}, {"city": "a", "name": "b", "tz": "UTC"}])
def test_what_is_no_tree_is_refused(content: object) -> None:
    with pytest.raises(AreaFaults):
        AreaTree.from_mapping(content)


@given(st.text(max_size=50))
def test_tidying_twice_changes_nothing_more(name: str) -> None:
    assert tidy(tidy(name)) == tidy(name)
    assert token(tidy(name)) == token(name)


def test_places_of_a_large_region_do_not_cost_a_look_at_all_of_it_each() -> None:
    towns = 60
    districts = [
        {
            "id": f"d{d}",
            "name": f"District {d}",
            "lon": 110.0 + d / 10,
            "lat": 23.0,
            "streets": [
                {"id": f"d{d}s{s}", "name": f"Street {d}-{s}", "lon": 110.0 + d / 10, "lat": 23.0 + s / 100}
                for s in range(9)
            ],
        }
        for d in range(towns)
    ]
    tree = AreaTree.from_mapping({"city": "r", "name": "R", "tz": "UTC", "calendar": "none", "districts": districts})
    found = []
    with cProfile.Profile() as profile:
        for d in range(towns):
            named = tree.find(f"District {d}", "", "", "", "")
            found.append(tree.place(named, 110.0 + d / 10, 23.041).street)
    assert found == [f"d{d}s4" for d in range(towns)]
    assert pstats.Stats(profile).total_calls < towns * 400  # type: ignore[attr-defined]
