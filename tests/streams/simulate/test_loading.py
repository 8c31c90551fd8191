"""Scenario files: shipped by name, others by path, and every fault of every file at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import ConfigurationError, Fault
from streams.simulate import load_scenarios, shipped_scenarios

GOOD = """
id: small
what: {zh: 小, en: small}
expect: alert
waves:
  - {kind: noise, reports: {hotline: 3}}
"""
FAULTY = """
id: Not A Name
what: {zh: 小, en: small}
expect: perhaps
colour: red
where: {level: planet, count: 0}
fill: {nonsense: [a]}
waves:
  - {kind: noise, reports: {hotline: none, radio: 3}, over_min: -1, shape: heap}
  - {reports: {}}
  - {kind: noise, reports: {hotline: 1}, people: [1]}
"""
WRONG = """
id: wrong
what: {zh: 小, en: small}
expect: silent
fill: {nonsense: [a]}
waves:
  - {kind: earthquake, reports: {hotline: 1}, texts: ["{spot}{magnitude}"]}
  - {kind: noise, reports: {hotline: 2}, reporters: 3, depth_cm: [9, 3]}
"""


def faults_of(*paths: Path) -> list[Fault]:
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios(paths)
    return caught.value.faults


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_scenario_loads() -> None:
    names = shipped_scenarios()
    assert {"gas-leak", "typhoon-waterlogging", "wage-arrears", "feed-dies", "demo-day"} <= set(names)
    for name in names:
        assert all(one.what.zh and one.what.en for one in load_scenarios([name]))


def test_a_scenario_of_ones_own_loads_by_path(tmp_path: Path) -> None:
    (scenario,) = load_scenarios([written(tmp_path, "mine.yaml", GOOD)])
    assert scenario.kinds == ("noise",)


def test_all_faults_of_form_are_reported_with_file_and_path(tmp_path: Path) -> None:
    path = written(tmp_path, "faulty.yaml", FAULTY)
    faults = faults_of(path)
    assert {fault.file for fault in faults} == {str(path)}
    assert {fault.path for fault in faults} >= {
        "$.id",
        "$.expect",
        "$.colour",
        "$.where.level",
        "$.where.count",
        "$.waves[0].reports",
        "$.waves[0].over_min",
        "$.waves[0].shape",
        "$.waves[1].kind",
        "$.waves[1].reports",
        "$.waves[2].people",
    }


def test_all_faults_of_meaning_are_reported(tmp_path: Path) -> None:
    faults = faults_of(written(tmp_path, "wrong.yaml", WRONG))
    assert [fault.path for fault in faults] == [
        "$.fill.nonsense",
        "$.waves[0].kind",
        "$.waves[0].texts",
        "$.waves[1].depth_cm",
        "$.waves[1].reporters",
    ]


def test_faults_of_several_files_come_together(tmp_path: Path) -> None:
    faulty = written(tmp_path, "faulty.yaml", FAULTY)
    broken = written(tmp_path, "broken.yaml", "id: [")
    gone = tmp_path / "gone.yaml"
    assert {fault.file for fault in faults_of(faulty, broken, gone)} == {str(faulty), str(broken), str(gone)}


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, "broken.yaml", "id: small\nwhat: {zh: 小\n"))
    assert fault.line == 3


@pytest.mark.parametrize("text", ["", "- 1", "id: empty\nwhat: {zh: 无}\nexpect: alert"])
def test_a_file_that_says_nothing_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults_of(written(tmp_path, "empty.yaml", text))


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match="gas-leak"):
        load_scenarios(["gas_leek"])


def test_a_plan_sets_times_and_finds_files_beside_it(tmp_path: Path) -> None:
    written(tmp_path, "mine.yaml", GOOD)
    plan = "what: {zh: 日, en: day}\nplan:\n  - {scenario: mine.yaml, at_h: 3}\n  - {scenario: gas-leak, at_h: 5}\n"
    scenarios = load_scenarios([written(tmp_path, "plan.yaml", plan)])
    assert [(one.id, one.at_h) for one in scenarios] == [("small", 3), ("gas-leak", 5)]


def test_a_plan_may_move_a_scenario(tmp_path: Path) -> None:
    plan = "what: {zh: 日}\nplan:\n  - {scenario: gas-leak, at_h: 1, where: {inside: 龙湖区, sorts: [compound]}}\n"
    (scenario,) = load_scenarios([written(tmp_path, "plan.yaml", plan)])
    assert scenario.where.inside == "龙湖区"


def test_a_plan_that_names_itself_ends(tmp_path: Path) -> None:
    plan = "what: {zh: 日}\nplan:\n  - {scenario: plan.yaml, at_h: 1}\n"
    assert load_scenarios([written(tmp_path, "plan.yaml", plan)]) == []


def test_a_faulty_plan_names_every_line(tmp_path: Path) -> None:
    plan = "what: {zh: 日}\nplan:\n  - {scenario: gas-leak}\n  - {scenario: gas-leak, at_h: -1}\n"
    paths = [fault.path for fault in faults_of(written(tmp_path, "plan.yaml", plan))]
    assert paths == ["$.plan[0].at_h", "$.plan[1].at_h"]


def test_a_file_that_cannot_be_read_is_told_in_plain_words(tmp_path: Path) -> None:
    mine = written(tmp_path, "mine.yaml", GOOD)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gbk.yaml").write_bytes("id: 煤气".encode("gbk"))
    said = [
        fault.message for fault in faults_of(*(tmp_path / name for name in ("mien.yaml", "folder.yaml", "gbk.yaml")))
    ]
    assert said == [
        f"no such file; did you mean `{mine}`?",
        "is a folder: give a .yaml file in it",
        "is not UTF-8: save it as UTF-8",
    ]
