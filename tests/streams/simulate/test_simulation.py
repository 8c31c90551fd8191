"""Plain days: deterministic, in order of arrival, with the rhythm of a city."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.areas import AreaTree
from detectors.taxonomy import load_taxonomy
from streams.intake.places import load_areas
from streams.simulate import Delays, Simulation, load_scenarios, simulate
from streams.simulate.filing import Draft
from tests.builders import an_area_tree

START = datetime(2026, 3, 11, tzinfo=ZoneInfo("Asia/Shanghai"))


@cache
def shantou() -> AreaTree:
    return load_areas("shantou")


def a_simulation(**over: Any) -> Simulation:
    return simulate(**{"areas": shantou(), "start": START, "days": 1, "seed": 1, **over})


@cache
def a_week() -> list[Draft]:
    monday = datetime(2026, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    return list(a_simulation(start=monday, days=7).drafts)


def lines(simulation: Simulation) -> list[bytes]:
    return [repr(arrives).encode() + msgspec.json.encode(report) for arrives, report in simulation.reports]


def test_the_same_seed_gives_the_same_reports_and_another_seed_others() -> None:
    scenarios = load_scenarios(["demo-day"])
    first = lines(a_simulation(scenarios=scenarios, days=0.2))
    assert first == lines(a_simulation(scenarios=scenarios, days=0.2))
    assert first != lines(a_simulation(scenarios=scenarios, days=0.2, seed=2))


def test_the_first_thousand_reports_are_pinned() -> None:
    """On a town of its own, so that a change of a shipped area file does not show here."""
    spots = [{"name": "幸福里小区", "sort": "compound"}, {"name": "海田路口", "sort": "crossing"}]
    community = {"id": "c", "name": "海田社区", "lon": 116.7, "lat": 23.3, "population": 900, "spots": spots}
    tree = an_area_tree(
        open=False, tz="Asia/Shanghai", districts=[{"id": "d", "name": "区", "communities": [community]}]
    )
    scenarios = load_scenarios(["gas-leak"])
    digest = sha256(b"\n".join(islice(lines(a_simulation(areas=tree, scenarios=scenarios)), 1000))).hexdigest()
    assert digest == "204ca6c2c3bb3af40568f1ab4b6d5e1d77118dae6b1c7b7c8a057366bff8ffb7"


def test_reports_come_in_order_of_arrival_each_after_it_occurred() -> None:
    week = a_week()
    assert all(one.arrives <= other.arrives for one, other in pairwise(week))
    assert all(draft.arrives >= draft.report.occurred_at.timestamp() for draft in week)


def test_ids_are_unique_for_their_source() -> None:
    week = a_week()
    assert len({(draft.report.source, draft.report.id) for draft in week}) == len(week)


def test_a_week_has_about_the_events_asked_for() -> None:
    assert len(a_week()) == pytest.approx(7 * 3000, rel=0.06)


def test_most_reports_arrive_within_seconds_some_minutes_late_and_a_few_too_late() -> None:
    delays = [draft.arrives - draft.report.occurred_at.timestamp() for draft in a_week()]
    share = {limit: sum(delay > limit for delay in delays) / len(delays) for limit in (21, 300)}
    assert share[21] == pytest.approx(0.021, abs=0.005)
    assert 0 < share[300] == pytest.approx(0.001, abs=0.0008)


def test_delays_are_configurable() -> None:
    drafts = a_simulation(days=0.5, delays=Delays(entry_s=0, slow_share=0, beyond_share=0)).drafts
    assert all(draft.arrives - draft.report.occurred_at.timestamp() < 1 for draft in drafts)


def test_noise_is_a_matter_of_the_night_and_tickets_are_written_by_day() -> None:
    hours = {
        kind: Counter(d.report.occurred_at.hour for d in a_week() if d.kind == kind) for kind in ("noise", "property")
    }
    assert hours["noise"][21] > 3 * hours["noise"][4]
    assert hours["noise"][21] > 2 * hours["noise"][10]
    assert hours["property"][10] > 1.3 * hours["property"][12]
    assert hours["property"][10] > 10 * hours["property"][3]


def test_the_grid_rests_at_the_weekend_and_the_police_do_not() -> None:
    def of_day(source: str, weekday: int) -> int:
        return sum(d.report.source == source and d.report.occurred_at.weekday() == weekday for d in a_week())

    assert of_day("grid", 6) < 0.7 * of_day("grid", 1)
    assert of_day("police", 5) > of_day("police", 1)


def test_common_kinds_are_common_and_dangerous_ones_rare() -> None:
    kinds = Counter(draft.kind for draft in a_week())
    assert kinds["parking"] > 1500
    assert kinds["gas_leak"] < 20
    assert kinds["hazmat"] + kinds["confined_space"] < 5
    assert kinds["ice_snow"] == kinds["heating"] == 0


def test_about_a_third_of_the_reports_leave_the_kind_to_the_text() -> None:
    known = [draft for draft in a_week() if draft.kind != "other"]
    assert sum(not draft.report.kind for draft in known) / len(known) == pytest.approx(0.35, abs=0.02)
    assert all(draft.report.kind in {"", draft.kind} for draft in known)


def test_plain_days_are_hardly_ever_described_as_dangerous() -> None:
    danger = load_taxonomy().tags["danger"]
    common = [draft for draft in a_week() if draft.kind in {"noise", "parking", "garbage", "property", "traffic"}]
    assert sum(any(word in draft.report.text for word in danger) for draft in common) < 0.002 * len(common)


def test_people_show_in_texts_so_that_masking_has_work() -> None:
    texts = [draft.report.text for draft in a_week()]
    for pattern in (r"154\d{8}", r"4405\d{13}[\dX]", r"粤D[A-Z]\d{4}", r"\d+房"):
        assert sum(bool(re.search(pattern, text)) for text in texts) > 20, pattern


def test_some_people_call_again_and_most_do_not() -> None:
    callers = Counter(draft.report.contact for draft in a_week() if draft.report.source == "hotline")
    again = sum(count for count in callers.values() if count > 1)
    assert 0.05 < again / callers.total() < 0.2
    assert all(re.fullmatch(r"154\d{8}", caller) for caller in callers)


def test_the_population_decides_where_most_happens() -> None:
    inside = Counter(draft.report.district for draft in a_week())
    big, small = (
        max(shantou().districts(), key=lambda d: d.population),
        min(shantou().districts(), key=lambda d: d.population),
    )
    assert inside[big.name] / inside[small.name] == pytest.approx(big.population / small.population, rel=0.15)


def test_places_come_complete_bare_and_sloppy() -> None:
    week = [draft.report for draft in a_week()]
    assert any(report.lon is not None and not report.district for report in week)
    assert any(report.lon is None and report.spot for report in week)
    assert any(report.district in {"龙湖", "澄海"} for report in week)
    assert sum(bool(report.spot) for report in week) > 0.85 * len(week)


def test_a_simulation_may_begin_anywhere_in_the_hour_and_in_any_zone() -> None:
    start = datetime(2026, 3, 10, 16, 20, 30, tzinfo=UTC)
    times = [report.occurred_at for _, report in a_simulation(start=start, days=0.1).reports]
    assert min(times) >= start
    assert max(times) < start + timedelta(days=0.1)
    assert {time.utcoffset() for time in times} == {timedelta(hours=8)}


def test_reports_are_made_as_they_are_read() -> None:
    a_year = a_simulation(days=365)
    assert len(list(islice(a_year.reports, 100))) == 100


def test_the_hours_of_a_day_do_not_depend_on_when_the_simulation_began() -> None:
    whole = {draft.report.id: draft.report for draft in a_simulation(days=1).drafts}
    noon = {draft.report.id: draft.report for draft in a_simulation(start=START + timedelta(hours=12), days=0.1).drafts}
    assert noon
    assert noon.items() <= whole.items()


def test_a_city_without_streets_grids_and_coordinates_will_do() -> None:
    tree = an_area_tree(districts=[{"id": "d1", "name": "Nord"}, {"id": "d2", "name": "Süd"}])
    reports = [report for _, report in a_simulation(areas=tree, days=0.3).reports]
    assert {report.district for report in reports} >= {"Nord", "Süd"}
    assert all(report.lon is None for report in reports)
