"""Misspelt marks of places are caught with a suggestion; marks of a city's own are let through."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

import streams
from rules.check_selectors import SCENES, scene_faults
from tests.rules.checked import GOOD, faults, with_condition

ROOT = Path(streams.__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        ({"scenes": ["hospital", "shcool"]}, "$.raises[0].when.scenes[1]"),
        ({"match": {"scenes": ["shcool"]}}, "$.raises[0].when.match.scenes[0]"),
        ({"after": [{"match": {"scenes": ["shcool"]}, "within": "1d"}]}, "$.raises[0].when.after[0].match.scenes[0]"),
    ],
)
def test_a_misspelt_scene_of_a_condition_is_caught_with_a_suggestion(condition: dict[str, Any], at: str) -> None:
    assert (at, "places are not marked 'shcool': did you mean 'school'?") in faults(with_condition("raises", condition))


def test_a_misspelt_scene_is_caught_in_where_and_in_examples() -> None:
    rule = copy.deepcopy(GOOD)
    rule["where"] = {"scenes": ["kindergarden"]}
    rule["examples"]["silent"][0]["events"] = [{"scenes": ["care-home"]}]
    assert dict(faults(rule)) == {
        "$.where.scenes[0]": "places are not marked 'kindergarden': did you mean 'kindergarten'?",
        "$.examples.silent[0].events[0].scenes[0]": "places are not marked 'care-home': did you mean 'care_home'?",
    }


@pytest.mark.parametrize("scene", ["School", "schools", "hosptial", "chemicalpark", "gas_staton", "markt", "sites", ""])
def test_every_slip_is_caught(scene: str) -> None:
    assert len(list(scene_faults([scene], "$.scenes"))) == 1


@pytest.mark.parametrize("scene", ["preschool", "aquarium", "nursing_home", "middle_school", "kennel", "大型综合体"])
def test_a_mark_of_the_citys_own_is_let_through(scene: str) -> None:
    assert list(scene_faults([scene], "$.scenes")) == []
    assert faults(with_condition("raises", {"scenes": [scene]})) == []


def test_every_mark_of_the_shipped_trees_and_register_is_a_usual_one() -> None:
    named = {row.split(",")[1] for row in (ROOT / "deploy/hazards.csv").read_text().splitlines()[1:]}
    for file in (ROOT / "streams/areas").glob("*.yaml"):
        named |= scenes_in(yaml.load(file.read_text(), Loader=yaml.CSafeLoader))
    assert named
    assert named <= SCENES


def scenes_in(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = set(node.get("scenes", ()))
        return own.union(*(scenes_in(value) for value in node.values()))
    return set().union(*(scenes_in(value) for value in node)) if isinstance(node, list) else set()
