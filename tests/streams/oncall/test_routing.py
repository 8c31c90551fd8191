"""To whom an alert goes: routes, offices, posts of the area tree, levels, restricted alerts, the fallback."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from rules.alert import Text
from streams.oncall.walltime import parse_instant
from tests.builders import T0, an_alert_place
from tests.streams.oncall.planned import STREET, a_city, a_version, an_oncall

OFFICES = """
offices:
  - {names: [Water, "水*"], areas: [st1], to: [anna]}
  - {names: [Water], to: [carl]}
  - {names: ["Post *"], to: [bert]}
  - {names: ["Beat *"], to: ["role:duty"]}
  - {names: ["Unit *"], to: [desk]}
rosters: {city: {role: duty, shifts: [{turns: [[carl]]}]}}
"""


def people(text: str, at: float = T0, **over: Any) -> list[str]:
    routing = an_oncall(text).router.route(a_version(**over), at)
    return [one.recipient.id for one in routing.goes if one.recipient.channel != "sms"]


def test_the_first_route_that_takes_an_alert_stops_unless_it_says_continue() -> None:
    routes = """
routes:
  - {name: gas, when: {kinds: [gas_leak]}, to: [anna], then: %s}
  - {name: never, when: {kinds: [noise]}, to: [carl]}
  - {name: rest, to: [bert]}
"""
    assert people(routes % "stop") == ["anna"]
    assert people(routes % "continue") == ["anna", "bert"]
    assert people(routes % "stop", kind="odor") == ["bert"]


@pytest.mark.parametrize(
    ("when", "over", "taken"),
    [
        ("areas: [d1]", {}, True),
        ("areas: [d2]", {}, False),
        ("areas: [d2]", {"districts": ("d1", "d2")}, True),
        ("areas: [test]", {}, True),
        ("classes: [public_safety]", {}, True),
        ("grades: [red]", {}, False),
        ("at_least: yellow", {}, True),
        ("rules: [gas-leak]", {}, True),
        ("levels: [district]", {}, False),
        ("handling: [district]", {"missed": 2}, True),
        ("handling: [district]", {"missed": 1}, False),
        ("missed_at_least: 1", {}, False),
        ("restricted: false", {}, True),
        ("exercise: true", {}, False),
        ('hours: "22:00-06:00"', {}, True),
        ('hours: "08:00-22:00"', {}, False),
        ("days: workday", {}, True),
    ],
)
def test_every_condition_of_a_route_counts(when: str, over: dict[str, Any], taken: bool) -> None:  # noqa: FBT001
    text = f"routes: [{{name: r, when: {{{when}}}, to: [anna]}}]"
    assert people(text, **over) == (["anna"] if taken else ["desk"])


def test_offices_and_posts_lead_to_people_the_nearest_first() -> None:
    text = OFFICES + "routes: [{name: r, to: [lead, grid, police-grid, unit]}]"
    water = Text("水务局", "Water")
    assert people(text, owner=water) == ["anna", "bert", "carl", "desk"]
    elsewhere = an_alert_place(key="d2", district="d2", street="", community="", grid="")
    assert people(text, owner=water, place=elsewhere) == ["carl"]
    routing = an_oncall(text).router.route(a_version(owner=water), T0)
    assert routing.goes[0].why == Text("主责部门「水务局」：名单", "lead department Water: listed")


def test_a_role_means_those_of_the_area_that_has_to_sign() -> None:
    assert [people(STREET, missed=missed) for missed in range(5)] == [["anna"], ["anna"], ["bert"], ["carl"], ["carl"]]


def test_an_alert_that_touches_another_district_is_told_there_as_well_when_it_is_serious_or_large() -> None:
    text = """
rosters:
  one: {role: duty, areas: [d1], shifts: [{turns: [[anna]]}]}
  two: {role: duty, areas: [d2], shifts: [{turns: [[bert]]}]}
routes: [{name: r, to: ["role:duty"]}]
"""
    both = {"districts": ("d1", "d2")}
    assert people(text, grade="orange", **both) == ["anna", "bert"]
    assert people(text, grade="yellow", **both) == ["anna"]
    large = an_alert_place(level="district", key="d1", street="", community="", grid="")
    assert people(text, grade="yellow", place=large, **both) == ["anna", "bert"]
    goes = an_oncall(text).router.route(a_version(grade="red", **both), T0).goes
    assert not any(one.on_level for one in goes if one.recipient.id == "bert")
    assert goes[-1].why.zh.startswith("跨区联动：")


def test_everybody_is_told_once_on_each_channel_that_is_meant_for_the_grade() -> None:
    text = STREET.replace('to: ["role:duty"]', 'to: [anna, "role:duty", "roster:street"]')
    for grade, channels in (("yellow", ["chat"]), ("orange", ["chat", "sms"])):
        goes = an_oncall(text).router.route(a_version(grade=grade), T0).goes
        assert [(one.recipient.id, one.recipient.channel) for one in goes] == [("anna", one) for one in channels]
        assert goes[0].on_level


def test_restricted_alerts_go_to_the_desk_only() -> None:
    assert people("routes: [{name: r, to: [anna, desk, bert]}]", restricted=True) == ["desk"]
    assert people("routes: [{name: r, to: [anna, bert]}]", restricted=True) == ["desk"]


@settings(max_examples=50, deadline=None)
@given(
    grade=st.sampled_from(["blue", "yellow", "orange", "red"]),
    kind=st.sampled_from(["gas_leak", "noise", "odor"]),
    missed=st.integers(0, 5),
    restricted=st.booleans(),
    hour=st.integers(0, 200),
    district=st.sampled_from(["d1", "d2", "elsewhere", ""]),
)
def test_an_alert_always_has_a_person_and_a_restricted_one_only_the_desk(**over: Any) -> None:
    hour, district = over.pop("hour"), over.pop("district")
    place = an_alert_place(district=district, street="st1" if district == "d1" else "", community="", grid="")
    text = (
        OFFICES.replace("shifts: [{", 'gap: up, shifts: [{hours: "08:00-20:00", ')
        + """
routes:
  - {name: board, to: [board], then: continue}
  - {name: gas, when: {kinds: [gas_leak], at_least: orange}, to: [lead, "role:duty"]}
  - {name: noise, when: {kinds: [noise], hours: "22:00-06:00"}, to: [grid]}
"""
    )
    goes = an_oncall(text).router.route(a_version(place=place, **over), T0 + 3600 * hour).goes
    persons = {one.recipient.id for one in goes} - {"board"}
    assert persons
    assert not over["restricted"] or persons == {"desk"}


def test_who_confirms_is_asked_where_the_file_says_so() -> None:
    text = 'confirm: ["role:duty", desk]\nrosters: {c: {role: duty, shifts: [{turns: [[carl]]}]}}'
    goes = an_oncall(text).router.confirmers(a_version(), T0)
    assert [one.recipient.id for one in goes] == ["desk"]


def test_who_stands_in_for_a_listed_person_gets_it() -> None:
    text = """
routes: [{name: r, to: [anna]}]
deputies: [{absent: anna, by: bert, since: "2026-01-05", until: "2026-01-06"}]
"""
    zone = a_city().zone
    assert people(text, parse_instant("2026-01-05T12:00", zone)) == ["bert"]
    assert people(text, parse_instant("2026-01-06T12:00", zone)) == ["anna"]
