from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.intake.places import load_areas, shipped_areas

ROOT = Path(__file__).parents[3]
DISTRICTS = {
    "440507": "龙湖区",
    "440511": "金平区",
    "440512": "濠江区",
    "440513": "潮阳区",
    "440514": "潮南区",
    "440515": "澄海区",
    "440523": "南澳县",
}


@pytest.mark.parametrize("name", shipped_areas())
def test_every_shipped_area_tree_loads(name: str) -> None:
    assert load_areas(name).city


def test_shantou_has_its_real_districts_and_says_what_is_synthetic() -> None:
    tree = load_areas("shantou")
    assert {area.id: area.name for area in tree.districts()} == DISTRICTS
    assert all(area.code == area.id for area in tree.districts())
    assert "SYNTHETIC" in (ROOT / "streams/areas/shantou.yaml").read_text(encoding="utf-8")


def test_shantou_is_complete_down_to_the_grids() -> None:
    tree = load_areas("shantou")
    for district in tree.districts():
        assert 2 <= len(tree.children(district.id)) <= 4
        for street in tree.children(district.id):
            assert 3 <= len(tree.children(street.id)) <= 5
            for community in tree.children(street.id):
                assert community.lon is not None
                assert community.neighbours
                assert community.population > 0
                assert len(community.spots) >= 5
                grids = tree.children(community.id)
                assert 4 <= len(grids) <= 8
                assert all(re.fullmatch(re.escape(community.id) + r"-\d\d", grid.id) for grid in grids)
                assert all(grid.owner and grid.police_owner and grid.emergency_unit for grid in grids)


def test_neighbours_in_shantou_are_mutual() -> None:
    tree = load_areas("shantou")
    areas = [tree.districts(), *(tree.children(one.id) for one in tree.districts())]
    areas += [tree.children(street.id) for level in areas[1:] for street in level]
    for area in (one for level in areas for one in level):
        for other in area.neighbours:
            found = tree.get(other)
            assert found
            assert area.id in found.neighbours


def test_no_two_spots_of_shantou_have_one_name() -> None:
    tree = load_areas("shantou")
    streets = [street for district in tree.districts() for street in tree.children(district.id)]
    names = [spot.name for street in streets for one in tree.children(street.id) for spot in one.spots]
    assert len(set(names)) == len(names)


def test_shantou_is_what_its_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "streams" / "areas").mkdir(parents=True)
    (tmp_path / "deploy").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    for script, written in (("make_areas.py", "streams/areas/shantou.yaml"), ("make_hazards.py", "deploy/hazards.csv")):
        runpy.run_path(str(ROOT / "deploy" / script), run_name="__main__")
        assert (tmp_path / written).read_bytes() == (ROOT / written).read_bytes()


def test_a_file_of_ones_own_loads_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("city: a\nname: A\ntz: UTC\nopen: true\n", encoding="utf-8")
    assert load_areas(path).name == "A"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("city: a\nname: A\ntz: UTC\nopen: ture\n", "$.open", "bool"),
        ("city: [", "$", "not YAML"),
        ("city: a\nname: A\ntz: UTC\ndistricts:\n  - {id: 1, name: B}\n", "$.districts[0].id", "str"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_path(tmp_path: Path, text: str, path: str, message: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_areas(file)
    assert [(fault.file, fault.path) for fault in caught.value.faults] == [(str(file), path)]
    assert message in caught.value.faults[0].message


def test_a_missing_file_names_the_shipped_trees_and_the_closest_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_areas("shantuo")
    assert str(caught.value) == (
        "shantuo: there is no such area file: give the path of an area file, or one of the shipped "
        f"{', '.join(shipped_areas())}; did you mean `shantou`?"
    )
    with pytest.raises(ConfigurationError, match=r"shipped chicago, .*, stlouis$"):
        load_areas("x/y.yaml")


def test_what_cannot_be_read_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("name: 汕头市".encode("gbk"))
    for path, said in ((tmp_path, "is a folder: give"), (tmp_path / "gbk.yaml", "is not UTF-8"), ("a\0b", "null byte")):
        with pytest.raises(ConfigurationError, match=said) as caught:
            load_areas(path)
        assert "Error" not in str(caught.value)
