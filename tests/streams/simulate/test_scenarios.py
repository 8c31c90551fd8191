"""What is staged happens as its file says, and the truth says where and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.areas import AreaTree
from detectors.event import Place
from detectors.geometry import distance_m
from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from streams.simulate import Scenario, Truth, load_scenarios, shipped_scenarios, simulate
from streams.simulate.filing import Draft
from tests.builders import an_area_tree

START = datetime(2026, 3, 11, tzinfo=ZoneInfo("Asia/Shanghai"))
PLANS = {"demo-day"}


@cache
def shantou() -> AreaTree:
    return load_areas("shantou")


def staged(*scenarios: Scenario, days: float = 2, seed: int = 1, **over: Any) -> tuple[list[Draft], list[Truth]]:
    """The reports of scenarios alone, without plain life."""
    played = {"areas": shantou(), "start": START, "days": days, "seed": seed, "daily_events": 0, **over}
    simulation = simulate(scenarios=scenarios, **played)
    return list(simulation.drafts), simulation.truth


def named(name: str, **over: Any) -> Scenario:
    return msgspec.structs.replace(load_scenarios([name])[0], **over)


@pytest.mark.parametrize("name", sorted(set(shipped_scenarios()) - PLANS))
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scenario_brings_the_reports_it_says_at_every_place(name: str, seed: int) -> None:
    scenario = named(name)
    drafts, truths = staged(scenario, days=10, seed=seed)
    assert len(truths) == scenario.where.count
    asked = sum(sum(wave.reports.values()) for wave in scenario.waves)
    for truth in truths:
        assert len(truth.reports) == len(set(truth.reports)) == asked
        mine = [draft for draft in drafts if draft.staged == truth.id]
        assert {f"{draft.report.source}:{draft.report.id}" for draft in mine} == set(truth.reports)
        assert {draft.kind for draft in mine} == set(truth.kinds)
        if mine:
            assert min(draft.report.occurred_at for draft in mine) == truth.starts_at
            assert max(draft.report.occurred_at for draft in mine) == truth.ends_at


@pytest.mark.parametrize("name", sorted(set(shipped_scenarios()) - PLANS))
def test_staged_reports_are_never_too_late_and_fully_placed(name: str) -> None:
    for draft in staged(named(name), days=10)[0]:
        assert 0 <= draft.arrives - draft.report.occurred_at.timestamp() < 300
        assert draft.report.spot
        assert draft.report.community
        assert draft.report.lon is not None


def test_the_truth_of_a_spot_is_where_its_reports_are() -> None:
    drafts, (truth,) = staged(named("gas-leak"))
    for draft in drafts:
        report = draft.report
        place = shantou().resolve(
            district=report.district, street=report.street, community=report.community, spot=report.spot
        )
        assert (place.district, place.street, place.community) == (truth.district, truth.street, truth.community)
        assert report.spot == truth.spot
        here = Place(lon=report.lon, lat=report.lat)
        assert distance_m(here, Place(lon=truth.lon, lat=truth.lat)) < 60


def test_a_gas_leak_is_told_by_five_callers_the_police_and_the_grid_within_twenty_minutes() -> None:
    drafts, (truth,) = staged(named("gas-leak", at_h=3))
    sources = [draft.report.source for draft in drafts]
    assert (sources.count("hotline"), sources.count("grid"), sources.count("police")) == (5, 1, 1)
    assert len({draft.report.contact for draft in drafts}) == 7
    assert truth.starts_at >= START + timedelta(hours=3)
    assert truth.ends_at - truth.starts_at <= timedelta(minutes=20)


def test_a_typhoon_floods_neighbouring_streets_deeper_and_deeper() -> None:
    drafts, truths = staged(named("typhoon-waterlogging"))
    streets = [truth.street for truth in truths]
    first = shantou().get(streets[0])
    assert first
    joined = {one for street in streets for one in shantou().get(street).neighbours}  # type: ignore[union-attr]
    assert set(streets) <= joined
    for truth in truths:
        water = [d.report for d in drafts if d.staged == truth.id and d.kind == "waterlogging"]
        water.sort(key=lambda report: report.occurred_at)
        depths = [report.depth_cm for report in water]
        assert depths == sorted(depths)
        assert depths[0] < 25 <= depths[-1]
        middle = truth.starts_at + (truth.ends_at - truth.starts_at) / 2
        assert sum(report.occurred_at > middle for report in water) > len(water) / 2


def test_wage_arrears_grow_over_days() -> None:
    drafts, (truth,) = staged(named("wage-arrears"), days=10)
    by_day: dict[int, list[int]] = {}
    for draft in drafts:
        by_day.setdefault((draft.report.occurred_at - START).days, []).append(draft.report.people)
    assert len(by_day) == 5
    assert max(by_day[0]) < 10
    assert max(by_day[8]) >= 30
    assert truth.ends_at - truth.starts_at > timedelta(days=7)


def test_what_lies_beyond_the_end_is_not_made_and_not_claimed() -> None:
    drafts, (truth,) = staged(named("wage-arrears"), days=1)
    assert len(drafts) == len(truth.reports) == 3
    assert staged(named("gas-leak", at_h=30), days=1) == ([], [])


def test_all_callers_of_a_school_name_the_same_class() -> None:
    drafts, _ = staged(named("school-illness"))
    classes = [
        word for word in named("school-illness").fill["grade_class"] if any(word in d.report.text for d in drafts)
    ]
    assert len(classes) == 1
    assert all(classes[0] in draft.report.text for draft in drafts)


def test_an_outage_hits_three_compounds_of_one_street_with_five_callers_each_within_two_hours() -> None:
    drafts, truths = staged(named("water-outage"))
    assert len({truth.spot for truth in truths}) == 3
    assert len({truth.street for truth in truths}) == 1
    for truth in truths:
        mine = [draft.report for draft in drafts if draft.staged == truth.id]
        assert len({report.contact for report in mine}) >= 5
        assert truth.ends_at - truth.starts_at <= timedelta(hours=2)


def test_the_fire_comes_after_four_reports_of_its_cause() -> None:
    drafts, _ = staged(named("ebike-fire"))
    kinds = [draft.kind for draft in sorted(drafts, key=lambda draft: draft.report.occurred_at)]
    assert kinds[:4] == ["fire_hazard"] * 4
    assert set(kinds[4:]) == {"ebike_fire"}


def test_a_burst_of_duplicates_is_one_report_fifty_times() -> None:
    drafts, (truth,) = staged(named("duplicate-burst"))
    assert len(drafts) == 50
    assert len({msgspec.json.encode(draft.report) for draft in drafts}) == 1
    assert len(truth.reports) == 1
    assert truth.expect == "silent"


def test_a_dead_feed_delivers_nothing_and_the_others_do() -> None:
    scenario = named("feed-dies", at_h=9)
    simulation = simulate(areas=shantou(), start=START, days=1, seed=1, scenarios=[scenario])
    silent = [START + timedelta(hours=9), START + timedelta(hours=12)]
    inside = [r.source for _, r in simulation.reports if silent[0] <= r.occurred_at < silent[1]]
    assert "grid" not in inside
    assert inside.count("hotline") > 300
    (truth,) = simulation.truth
    assert [truth.starts_at, truth.ends_at] == silent
    assert (truth.level, truth.district, truth.reports) == ("city", "", ())


def test_a_drill_gives_no_kind() -> None:
    drafts, (truth,) = staged(named("gas-drill"))
    assert not any(draft.report.kind for draft in drafts)
    assert all("演" in draft.report.text for draft in drafts)
    assert truth.expect == "silent"


def test_the_seed_decides_where_and_a_second_turn_lies_elsewhere() -> None:
    spots = {staged(named("gas-leak"), seed=seed)[1][0].spot for seed in range(6)}
    assert len(spots) > 3
    first, second = staged(named("gas-leak"), named("gas-leak"))[1]
    assert first.id != second.id
    assert (first.community, first.spot) != (second.community, second.spot)


@pytest.mark.parametrize("inside", ["440523", "南澳县", "南澳"])
def test_a_scenario_can_be_kept_inside_an_area(inside: str) -> None:
    scenario = named("gas-leak")
    where = msgspec.structs.replace(scenario.where, inside=inside)
    assert staged(msgspec.structs.replace(scenario, where=where))[1][0].district == "440523"


@pytest.mark.parametrize(("field", "value"), [("inside", "Atlantis"), ("sorts", ["volcano"])])
def test_a_place_the_city_does_not_have_is_a_fault(field: str, value: object) -> None:
    scenario = named("gas-leak")
    where = msgspec.structs.replace(scenario.where, **{field: value})
    with pytest.raises(ConfigurationError, match=f"where.{field}"):
        staged(msgspec.structs.replace(scenario, where=where))


def test_where_neighbours_run_out_there_are_fewer_places() -> None:
    tree = an_area_tree(open=False, districts=[{"id": "d1", "name": "Nord"}, {"id": "d2", "name": "Süd"}])
    scenario = named("typhoon-waterlogging")
    where = msgspec.structs.replace(scenario.where, level="district", sorts=[])
    assert len(staged(msgspec.structs.replace(scenario, where=where), areas=tree)[1]) == 1


def test_the_demo_day_begins_early_and_has_something_for_every_grade() -> None:
    plan = load_scenarios(["demo-day"])
    drafts, truths = staged(*plan, days=1)
    assert truths[0].starts_at < START + timedelta(hours=1)
    rules = {rule for truth in truths if truth.expect == "alert" for rule in truth.rules}
    assert {1, 7, 9, 10, 15, 16} <= rules
    assert {truth.expect for truth in truths} == {"alert", "silent"}
    assert len({truth.id for truth in truths}) == len(truths)
    assert len(drafts) > 150
