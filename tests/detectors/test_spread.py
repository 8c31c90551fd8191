"""Trouble that grows into neighbouring areas."""

from __future__ import annotations

from functools import cache

import pytest

from detectors.areas import AreaTree
from detectors.custom import MOST, Custom
from detectors.event import Event, Place
from detectors.handover import Course, Ground, Onset, handed
from detectors.signal import Signal
from detectors.spread import SpreadConfig, SpreadDetector
from detectors.windows import instant
from tests.builders import a_taxonomy

HOUR, DAY = 3600.0, 86400.0
START = 40 * DAY


@cache
def a_city() -> AreaTree:
    """A district of fifty communities in a row, and one of ten."""

    def a_row(district: str, length: int) -> dict[str, object]:
        def beside(n: int) -> list[str]:
            return [f"{district}{m}" for m in (n - 1, n + 1) if 0 <= m < length]

        communities = [
            {"id": f"{district}{n}", "name": f"{n}号社区", "name_en": f"C{n}", "neighbours": beside(n)}
            for n in range(length)
        ]
        streets = [{"id": f"{district}s", "name": "S", "communities": communities}]
        return {"id": district, "name": district.upper(), "streets": streets}

    districts = [a_row("a", 50), a_row("b", 10)]
    return AreaTree.from_mapping(
        {"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": False, "districts": districts}
    )


class Desk:
    """A detector after forty days of noise all over and now and then an odour somewhere."""

    def __init__(self, **over: float) -> None:
        self.detector = SpreadDetector(SpreadConfig(**over), a_city(), a_taxonomy())  # type: ignore[arg-type]
        self._number = 0
        for n in range(40 * 12):
            self.tell(n * 2 * HOUR, n * 17 % 50, "odor" if n % 48 == 7 else "noise")

    def tell(self, t: float, community: int, kind: str = "odor", district: str = "a") -> None:
        self._number += 1
        place = Place(district=district, street=f"{district}s", community=f"{district}{community}")
        event = Event(
            id=f"grid:{self._number}", source="grid", kind=kind, occurred_at=instant(t), place=place, reporter="r"
        )
        self.detector.observe(event, t)

    def path(self, *communities: int, every_h: float = 3.0, kind: str = "odor") -> list[Signal]:
        for n, community in enumerate(communities):
            self.tell(START + n * every_h * HOUR, community, kind)
        return [s for s in self.detector.advance(START + 30 * DAY) if s.kind == kind]


def test_an_odour_that_goes_from_community_to_community_is_told_with_its_way() -> None:
    signal = Desk().path(20, 21, 22, 23, 24)[0]
    assert (signal.level, signal.key, signal.place.community) == ("community", "a20|odor", "a20")
    assert signal.observed == 3
    assert signal.expected < 0.5
    assert signal.p_value <= 1e-3
    assert signal.final
    assert len(signal.evidence) == 4
    assert signal.says is not None
    assert signal.says.zh.startswith("异味由20号社区向周边扩散：9小时内波及21号社区、22号社区、23号社区；")
    assert signal.says.en.startswith("Odour: spreading from C20 to C21, C22, C23 in 9 h; 3 of 3 places new in 72 h")


def test_trouble_that_grows_both_ways_is_told_too() -> None:
    assert Desk().path(20, 21, 19, 22)


def test_trouble_that_begins_all_over_at_once_does_not_spread() -> None:
    assert Desk().path(*(n * 19 % 50 for n in range(25)), every_h=0.5) == []


def test_what_is_out_of_reach_by_then_is_not_handed_over() -> None:
    assert Desk().path(20, 21, 22, 23, 24, every_h=30.0) == []


def test_the_same_community_again_and_again_is_no_spread() -> None:
    assert Desk().path(20, 20, 20, 20, 20, 20) == []


def test_many_reports_of_one_community_within_the_hour_count_once() -> None:
    desk = Desk()
    for n in range(200):
        desk.tell(START + n, 20)
    assert desk.path(21, 22) == []


def test_a_spread_is_told_again_when_its_handovers_have_doubled() -> None:
    counts = [signal.observed for signal in Desk().path(*range(20, 34))]
    assert counts == [3, 6, 12]


def test_kinds_do_not_mix_nor_do_districts() -> None:
    desk = Desk()
    for n, community in enumerate((20, 21, 22, 23)):
        desk.tell(START + n * HOUR, community, ("odor", "dust", "animal", "tap_water")[n])
    assert desk.detector.advance(START + DAY) == []


def test_a_small_district_needs_more_handovers() -> None:
    desk = Desk(alpha_report=0.05)
    for n in range(400):
        desk.tell(n * 2 * HOUR, n * 7 % 10, "noise", "b")
    for n in range(7):
        desk.tell(START + n * HOUR, n, "odor", "b")
    signals = [signal for signal in desk.detector.advance(START + DAY) if signal.place.district == "b"]
    large = Desk().path(*range(20, 24))[0]
    assert signals[0].p_value > large.p_value


def test_nothing_is_said_in_the_first_four_weeks() -> None:
    desk = Desk(warm_up_days=60)
    assert desk.path(20, 21, 22, 23, 24) == []


def test_kind_other_says_nothing() -> None:
    assert Desk().path(20, 21, 22, 23, 24, kind="other") == []


def test_places_the_tree_does_not_know_are_left_out() -> None:
    desk = Desk()
    desk.tell(START, 99)
    desk.detector.advance(START + HOUR)
    assert "a99" not in desk.detector._grounds["a"].custom.kinds["noise"]


def test_a_busy_area_is_in_trouble_only_when_it_is_busier_than_usual() -> None:
    custom = Custom(0, 100, {"odor": {"a": 200.0, "b": 1.0}})
    weights = Ground(custom).weights("odor", ["a", "b", "c"], DAY, 90.0)
    assert weights.need["a"] > 3
    assert weights.need["b"] == weights.need["c"] == 1
    busy = Ground(Custom(0, 100, {"odor": {"a": 9000.0}})).weights("odor", ["a"], DAY, 90.0)
    assert busy.need["a"] > MOST


def test_a_chance_of_nought_or_one_is_no_test() -> None:
    sure = Onset(0.0, "x", "grid", "", "a", 1.0, "b")
    never = Onset(0.0, "x", "grid", "", "a", 0.0, "")
    found = handed([sure, never])
    assert (found.onsets, found.observed, found.p_value) == (0, 0, 0.5)


def test_scoring_changes_nothing() -> None:
    desk = Desk()
    desk.path(20, 21, 22, 23)
    desk.detector.dirty()
    assert desk.detector.score("a", "odor", START + 9.5 * HOUR).observed == 3
    assert desk.detector.score("a", "dust", START).observed == 0
    assert desk.detector.score("nowhere", "odor", START).observed == 0
    assert desk.detector.dirty() == {}


def test_memory_of_a_course_is_bounded() -> None:
    desk = Desk()
    for n in range(2000):
        desk.tell(START + n * HOUR, n * 7 % 50)
    desk.detector.advance(START + 100 * DAY)
    course: Course = desk.detector._grounds["a"].courses["odor"]
    assert len(course.onsets) <= 64
    assert all(len(hours) <= MOST for hours in course.hours.values())


def test_a_configuration_that_makes_no_sense_is_refused_with_every_fault() -> None:
    with pytest.raises(ValueError, match=r"level: 'spot'.*alpha_report.*window_hours"):
        SpreadConfig(level="spot", alpha_report=0.0, window_hours=1.0)
