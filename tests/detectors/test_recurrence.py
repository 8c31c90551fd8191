"""The same trouble at the same place again and again."""

from __future__ import annotations

import pytest

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.recurrence import RecurrenceConfig, RecurrenceDetector
from detectors.signal import Signal
from detectors.windows import instant
from tests.builders import a_taxonomy, an_area_tree

DAY = 86400.0
NIGHT = 0.7  # 16:48 UTC is past midnight in Shanghai


def a_detector(areas: AreaTree | None = None, **over: float) -> RecurrenceDetector:
    return RecurrenceDetector(RecurrenceConfig(**over), areas or an_area_tree(), a_taxonomy())  # type: ignore[arg-type]


def tell(
    detector: RecurrenceDetector,
    name: str,
    day: float,
    spot: str = "海滨路下穿",
    kind: str = "waterlogging",
    reporter: str = "",
    **at: str,
) -> None:
    place = Place(**{"district": "d", "community": "c1", "spot": spot, "name": spot, **at})  # type: ignore[arg-type]
    event = Event(
        id=f"grid:{name}",
        source="grid",
        kind=kind,
        occurred_at=instant(day * DAY),
        place=place,
        reporter=reporter or name,
    )
    detector.observe(event, day * DAY)


def with_ordinary_life(detector: RecurrenceDetector, days: int = 100, spots: int = 1601) -> RecurrenceDetector:
    """Garbage at some spot every ninety minutes, waterlogging at some spot every second or third day."""
    for n in range(days * 16):
        tell(detector, f"b{n}", n / 16, f"spot {n * 7 % spots}", "garbage" if n % 40 else "waterlogging")
    return detector


def signals_of(detector: RecurrenceDetector, *days: float, until: float = 101, **over: str) -> list[Signal]:
    for n, day in enumerate(days):
        tell(detector, f"x{n}", day, **over)
    return [signal for signal in detector.advance(until * DAY) if signal.place.name == "海滨路下穿"]


def test_the_third_time_in_ninety_days_is_told_with_the_dates_of_the_earlier_ones() -> None:
    (signal,) = signals_of(with_ordinary_life(a_detector()), 40, 65, 90)
    assert signal.observed == 3
    assert signal.expected < 0.1
    assert signal.p_value < 1e-4
    assert signal.evidence == ("grid:x0", "grid:x1", "grid:x2")
    assert signal.says is not None
    assert signal.says.zh.startswith("海滨路下穿：90天内第3次内涝（此前：2月10日、3月7日），同类地点平均0.0")
    assert "third time in 90 days of waterlogging (before: 1970-02-10, 1970-03-07)" in signal.says.en


def test_reports_without_three_quiet_days_between_them_are_one_time() -> None:
    assert signals_of(with_ordinary_life(a_detector()), 85, 86, 87, 88, 90, 92.5) == []


def test_a_long_trouble_that_comes_back_counts_from_its_first_report() -> None:
    (signal,) = signals_of(with_ordinary_life(a_detector()), 40, 41, 43, 60, 61, 90, 91)
    assert signal.evidence == ("grid:x0", "grid:x3", "grid:x5")
    assert signal.ends_at.day == instant(90 * DAY).day


def test_what_lies_further_back_than_the_horizon_does_not_count() -> None:
    assert signals_of(with_ordinary_life(a_detector(), days=200), 40, 100, 135, until=201) == []


def test_a_kind_that_recurs_everywhere_is_no_recurrence_of_one_place() -> None:
    detector = with_ordinary_life(a_detector())
    for spot in range(100):
        for n in range(4):
            tell(detector, f"y{spot}-{n}", 20 + 20 * n + spot / 10, f"spot {spot}", "vendor")
    assert signals_of(detector, 40, 65, 90, kind="vendor") == []


def test_different_kinds_at_one_place_do_not_add_up() -> None:
    detector = with_ordinary_life(a_detector())
    tell(detector, "n1", 50, kind="noise")
    tell(detector, "n2", 70, kind="noise")
    assert signals_of(detector, 40, 90) == []


@pytest.mark.parametrize("level", ["grid", "community"])
def test_without_a_spot_the_grid_is_the_place_and_without_a_grid_the_community(level: str) -> None:
    detector = a_detector(min_places=5)
    for n in range(1600):
        where = {level: f"other {n}"}
        tell(detector, f"b{n}", n / 16, "", "garbage" if n % 39 else "waterlogging", **where)
    for n in range(3):
        tell(detector, f"x{n}", 40 + 25 * n, "", **{level: "here"})
    (signal,) = [signal for signal in detector.advance(101 * DAY) if signal.key == "here|waterlogging"]
    assert signal.level == level


def test_nothing_is_said_in_the_first_month_nor_among_too_few_places() -> None:
    assert signals_of(with_ordinary_life(a_detector()), 5, 15, 25) == []
    assert signals_of(with_ordinary_life(a_detector(), spots=15), 40, 65, 90) == []


def test_kind_other_says_nothing() -> None:
    assert signals_of(with_ordinary_life(a_detector()), 40, 65, 90, kind="other") == []


def test_dates_are_those_of_the_city() -> None:
    detector = with_ordinary_life(a_detector(an_area_tree(tz="Asia/Shanghai")))
    (signal,) = signals_of(detector, 40 + NIGHT, 65 + NIGHT, 90)
    assert signal.says is not None
    assert "2月11日、3月8日" in signal.says.zh


def test_the_most_often_recurring_place_names_only_its_latest_dates() -> None:
    signals = signals_of(with_ordinary_life(a_detector()), *range(20, 100, 8))
    says = signals[-1].says
    assert says is not None
    assert "第10次内涝（此前：…、" in says.zh
    assert "10th time in 90 days of waterlogging (before: … " in says.en


def test_memory_is_bounded_by_the_capacity_and_the_horizon() -> None:
    detector = with_ordinary_life(a_detector(capacity=50))
    detector.advance(101 * DAY)
    assert len(detector._districts["d"].queue) == 50
    detector.advance(300 * DAY)
    assert detector._districts == {}
    detector.dirty()


def test_reporters_are_counted_once() -> None:
    (signal,) = signals_of(with_ordinary_life(a_detector()), 40, 65, 90, reporter="r")
    assert signal.reporters == 1


def test_scoring_changes_nothing() -> None:
    detector = with_ordinary_life(a_detector())
    detector.advance(100 * DAY)
    before = detector.dirty()
    assert before
    few, many = (detector.score("d", "waterlogging", ("spot", "c1/new"), n) for n in (1, 3))
    assert many < few < 1
    assert detector.score("elsewhere", "waterlogging", ("spot", "x"), 3) == 1.0
    assert detector.dirty() == {}


def test_a_configuration_that_makes_no_sense_is_refused_with_every_fault() -> None:
    with pytest.raises(ValueError, match=r"alpha_report.*quiet_days.*min_episodes"):
        RecurrenceConfig(alpha_report=0.0, quiet_days=100.0, min_episodes=1)
