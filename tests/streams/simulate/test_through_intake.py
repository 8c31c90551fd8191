"""What the simulator writes, intake understands."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.taxonomy import load_taxonomy
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.simulate import Truth, load_scenarios, simulate
from streams.simulate.filing import Draft

START = datetime(2026, 3, 11, tzinfo=ZoneInfo("Asia/Shanghai"))


@cache
def shantou() -> AreaTree:
    return load_areas("shantou")


@cache
def the_demo_day() -> tuple[list[tuple[Draft, Event]], list[Truth]]:
    """Every report of three demo days, as bytes through intake, and the truth of the last one."""
    intake = Intake(areas=shantou(), taxonomy=load_taxonomy(), reporter_key=b"a key for tests only")
    pairs: list[tuple[Draft, Event]] = []
    truth: list[Truth] = []
    for seed in (1, 2, 3):
        scenarios = load_scenarios(["demo-day"])
        simulation = simulate(areas=shantou(), start=START, days=1, seed=seed, scenarios=scenarios)
        for draft in simulation.drafts:
            report = intake.decode(draft.report.source, msgspec.json.encode(draft.report))
            pairs.append((draft, intake.normalise(report, draft.arrives)))
        truth = simulation.truth
    return pairs, truth


def test_every_report_becomes_an_event_somewhere_in_the_city() -> None:
    pairs, _ = the_demo_day()
    assert len(pairs) > 9000
    assert not [event for _, event in pairs if event.place.district.endswith("unknown")]


def test_the_lexicon_finds_nine_in_ten_kinds_that_were_left_to_the_text() -> None:
    left = [(draft.kind, event.kind) for draft, event in the_demo_day()[0] if not draft.report.kind]
    assert len(left) > 3000
    assert sum(real == found for real, found in left) / len(left) >= 0.9


def test_a_drill_is_not_taken_for_a_gas_leak() -> None:
    drills = [event.kind for draft, event in the_demo_day()[0] if draft.staged.startswith("gas-drill")]
    assert drills
    assert set(drills) == {"other"}


def test_reports_lie_where_the_truth_says() -> None:
    pairs, truths = the_demo_day()
    events = {event.id: event for draft, event in pairs if draft.staged}
    for truth in truths:
        for report in truth.reports:
            place = events[report].place
            assert truth.district in {"", place.district}
            assert truth.street in {"", place.street}
            assert truth.community in {"", place.community}
            assert place.spot.endswith(truth.spot)


def test_distinct_callers_stay_distinct_behind_the_hash() -> None:
    pairs, truths = the_demo_day()
    reporters = {event.id: event.reporter for _, event in pairs}
    leak = next(truth for truth in truths if truth.scenario == "gas-leak")
    assert len({reporters[report] for report in leak.reports}) == len(leak.reports)


def test_no_number_and_no_door_comes_through() -> None:
    numbers = re.compile(r"1\d{10}|4405\d{13}[\dX]|粤D[A-Z]\d{4}|\d+房")
    assert not [event.text for _, event in the_demo_day()[0] if numbers.search(event.text)]
