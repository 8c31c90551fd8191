"""A file with faults is refused, with every fault, its path and its line; the demo's is sound."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from streams.oncall.loading import load_oncall
from streams.oncall.quiet import Reason
from streams.oncall.quietfile import Timing
from tests.builders import T0, a_taxonomy
from tests.streams.oncall.planned import PEOPLE, an_oncall

YEAR_S = 365 * 86_400.0


def faults_of(text: str, people: str = PEOPLE) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        an_oncall(text, people)
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("routes: [{name: r, to: [ana]}]", "$.routes[0].to[0]: nobody is called 'ana': did you mean 'anna'?"),
        ("routes: [{name: r, to: []}]", "$.routes[0].to: is empty: say to whom"),
        ("routes: [{name: r, to: ['role:x']}]", "$.routes[0].to[0]: no roster has the role 'x'"),
        ("routes: [{name: r, to: ['roster:x']}]", "$.routes[0].to[0]: no roster is called 'x'"),
        ("routes: [{name: r, to: [anna]}, {name: s, to: [bert]}]", "$.routes[1]: is never asked: route 'r' before"),
        ("routes: [{name: r, to: [anna], then: continue}, {name: r, to: [bert]}]", "$.routes[1].name: stands twice"),
        ("routes: [{name: r, to: [anna], when: {kinds: [gas_leek]}}]", "no 'gas_leek': did you mean 'gas_leak'?"),
        ("routes: [{name: r, to: [anna], when: {areas: [d9]}}]", "Teststadt has no area 'd9'"),
        ("routes: [{name: r, to: [anna], when: {hours: night}}]", "is no time of day"),
        ("routes: [{nam: r, to: [anna]}]", "unknown field 'nam': did you mean 'name'?"),
        ("offices: [{names: [x], to: [lead]}]", "$.offices[0].to[0]: nobody is called 'lead'"),
        ("offices: [{names: [], to: [anna]}]", "$.offices[0].names: is empty"),
        ("rosters: {r: {role: duty}}", "$.rosters.r: has neither shifts nor a calendar"),
        ("rosters: {r: {role: duty, shifts: [{turns: []}]}}", "turns: is empty"),
        ("rosters: {r: {role: duty, shifts: [{turns: [[]]}]}}", "turns[0]: is empty: nobody would be on duty"),
        ("rosters: {r: {role: duty, shifts: [{turns: [[anna], [bert]]}]}}", "since: is missing: on which day"),
        ("rosters: {r: {role: duty, shifts: [{turns: [[anna]], turn_days: 0}]}}", "turn_days: 0 is out of range"),
        ("rosters: {r: {role: duty, shifts: [{turns: [[anna]], since: soon}]}}", "since: 'soon' is no day"),
        (
            "deputies: [{absent: anna, by: zoe, since: now, until: 2026-01-02}]",
            "deputies[0].by: nobody is called 'zoe'",
        ),
        ("deputies: [{absent: anna, by: bert, since: now, until: 2026-01-02}]", "since: 'now' is no instant"),
        ("inhibit: [{name: i, source: {kinds: [noise]}, target: {}, equal: []}]", "inhibit[0].equal: is empty"),
        ("inhibit: [{name: i, source: {}, target: {}, equal: [street]}]", "inhibit[0].source: matches every alert"),
        ("maintenance: [{name: m, when: {}, hours: '01:00-02:00', why: x}]", "maintenance[0].when: matches every"),
        ("timing: {per_hour: 3}", "$.timing.per_hour: 3 is not between 5 and 1000"),
        ("timing: {group_wait: 30 seconds}", "'30 seconds' is not a duration: write 30s"),
        ("horizon: 99999999d", "'99999999d' is more than ten years"),
    ],
)
def test_a_fault_is_told_with_its_path_and_what_to_do(text: str, said: str) -> None:
    assert any(said in fault for fault in faults_of(text)), faults_of(text)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("people: {a: {name: A, desk: true, reach: [{channel: c}]}}\nfallback: []", "fallback: is empty"),
        ("people: {a: {name: A, reach: [{channel: c}]}}\nfallback: [a]", "fallback[0]: may not see what is restricted"),
        (
            "people: {a: {name: A, desk: true, reach: [{channel: c, at_least: red}]}}\nfallback: [a]",
            "fallback[0]: has no channel for blue alerts",
        ),
        ("people: {a: {name: A, desk: true, reach: []}}\nfallback: [a]", "people.a.reach: is empty"),
        (
            "people: {a: {name: A, desk: true, reach: [{channel: c}, {channel: c}]}}\nfallback: [a]",
            "people.a.reach[1].channel: stands twice",
        ),
        ("people: {lead: {name: A, desk: true, reach: [{channel: c}]}}\nfallback: [lead]", "cannot be the id"),
        ("people: {a: {name: A, desk: true, reach: [{channel: c}]}}", "$.fallback: is missing"),
        ("people: {a: {name: A}, a: {name: B}}\nfallback: [a]", "stands twice, first on line 1"),
        ("people: [", "$: not YAML"),
    ],
)
def test_people_nobody_could_tell_are_refused(people: str, said: str) -> None:
    assert any(said in fault for fault in faults_of("", people)), faults_of("", people)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    faults = faults_of("routes: [{name: r, to: [x]}]\ntiming: {per_hour: 3}\nhorizon: soon")
    assert [fault.partition(":")[0] for fault in faults] == ["$.routes[0].to[0]", "$.timing.per_hour", "$.horizon"]


def test_an_entry_at_fault_makes_no_faults_where_it_is_named() -> None:
    people = PEOPLE.replace("name: Anna, reach", "name: Anna, raech")
    assert faults_of("routes: [{name: r, to: [anna]}]", people) == [
        "$.people.anna.raech: unknown field 'raech': did you mean 'reach'?"
    ]


def test_channels_nobody_configured_are_told() -> None:
    path = Path(str(resources.files("streams.oncall") / "demo.yaml"))
    with pytest.raises(ConfigurationError, match=r"no channel is called 'wecom'"):
        load_oncall(path, areas=load_areas("shantou"), taxonomy=a_taxonomy(), at=T0, channels={"wecon"})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: no such file"):
        load_oncall(tmp_path / "no.yaml", areas=load_areas("shantou"), taxonomy=a_taxonomy(), at=T0)


def test_the_demo_city_has_somebody_on_duty_for_two_years() -> None:
    path = Path(str(resources.files("streams.oncall") / "demo.yaml"))
    areas = load_areas("shantou")
    for month in range(24):
        load_oncall(path, areas=areas, taxonomy=a_taxonomy(), at=T0 + month * YEAR_S / 12)


def test_the_guide_names_every_reason_and_every_figure_of_timing_with_its_default() -> None:
    guide = (Path(__file__).resolve().parents[3] / "deploy" / "ONCALL.md").read_text(encoding="utf-8")
    assert [reason for reason in get_args(Reason) if f"`{reason}`" not in guide] == []
    for one in msgspec.structs.fields(Timing):
        figure = re.sub(r"(?<=\d)(?=s$|min$|h$)", " ", "fourth" if one.name == "flap_changes" else str(one.default))
        beside = re.compile(rf"`{one.name}`.{{0,4}}{figure}|{figure}.{{0,16}}`{one.name}`")
        assert beside.search(guide), one.name
