from __future__ import annotations

from pathlib import Path

import pytest

from detectors.event import Place
from streams.errors import ConfigurationError
from streams.intake.hazards import Hazard, HazardRegister, load_hazards
from streams.intake.places import load_areas

HEAD = "name,scene,risk,community,spot,lon,lat,radius_m\n"
SHIPPED = Path(__file__).parents[3] / "deploy" / "hazards.csv"


def register() -> HazardRegister:
    return HazardRegister(
        [
            Hazard(name="某小学", scene="school", risk="yellow", community="c1", spot="某 小学"),
            Hazard(name="老旧社区", scene="old_wiring", risk="blue", community="c1"),
            Hazard(name="化工园", scene="chemical_park", risk="red", lon=116.7, lat=23.3, radius_m=500),
        ]
    )


def test_a_spot_gets_its_own_scenes_those_of_its_community_and_the_highest_risk() -> None:
    place = Place(district="d", community="c1", spot="c1/某小学", scenes=("market",))
    assert register().scenes(place) == ("market", "old_wiring", "risk_yellow", "school")


@pytest.mark.parametrize(("north_m", "inside"), [(0, True), (490, True), (510, False), (-490, True), (5000, False)])
def test_a_hazard_reaches_as_far_as_its_radius(north_m: float, inside: bool) -> None:  # noqa: FBT001
    place = Place(district="d", lon=116.7, lat=23.3 + north_m / 111_195)
    assert ("chemical_park" in register().scenes(place)) is inside


def test_a_place_without_hazards_keeps_its_scenes() -> None:
    assert register().scenes(Place(district="d", scenes=("a", "b"))) == ("a", "b")


def test_the_shipped_register_loads() -> None:
    tree = load_areas("shantou")
    hazards = load_hazards(SHIPPED, tree)
    community = tree.resolve(spot="海田小学")
    assert {"school", "risk_yellow"} <= set(hazards.scenes(community))


def test_a_community_may_be_given_by_name(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("\ufeff" + HEAD + "某处,school,red,海田社区,,,,\n", encoding="utf-8")
    tree = load_areas("shantou")
    assert load_hazards(path, tree).scenes(tree.resolve(community="海田社区"))[:2] == ("risk_red", "school")


def test_every_bad_row_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    rows = [
        "a,school,purple,海田社区,,,,",
        "b,school,red,,,,,",
        "c,school,red,亚特兰蒂斯,,,,",
        "d,school,red,,,1,2,x",
        "e,school,red,海田社区,,,,,,",
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_hazards(path, load_areas("shantou"))
    assert [(fault.line, fault.path) for fault in caught.value.faults] == [
        (2, "risk"),
        (3, ""),
        (4, "community"),
        (5, "radius_m"),
        (6, ""),
    ]


def test_a_missing_register_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_hazards(tmp_path / "none.csv", load_areas("shantou"))
