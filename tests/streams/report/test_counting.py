"""The figures of a report: right on a day that can be counted by hand, and adding up on any other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.alert import FindingRef, Grade, RuleRef, Text
from streams.course import Version
from streams.report.compose import Material, compose
from streams.report.counting import Names
from streams.report.figures import Figures, Line, Report
from streams.report.period import Period, day_of, week_of
from streams.report.wording import title
from tests.builders import an_alert_place
from tests.duty_weeks import MONDAY, ZONE, two_weeks
from tests.lives import HOUR, MINUTE, Life, at

UTC_ZONE = ZoneInfo("UTC")
TODAY = day_of(date(2026, 1, 1), UTC_ZONE)
NAMES = Names(*[lambda id_: Text(id_, id_)] * 4)
CITY = Text("测试市", "Teststadt")


def made(versions: Sequence[Version], period: Period = TODAY, hours: float = 30.0, **over: object) -> Report:
    """The report on a period, so many hours after its beginning."""
    material = Material(versions=list(versions), source=Text("x", "x"), **over)  # type: ignore[arg-type]
    return compose(material, period, period.begins_at + timedelta(hours=hours), CITY, NAMES)


def raised(id_: str, t: float, grade: str = "orange", **over: object) -> Life:
    due = {"red": 15, "orange": 30, "yellow": 60, "blue": 600}[grade] * MINUTE
    life = Life(id_, grade, raised_at=at(t), **over)
    return life.issue(t, graded_at=at(t), sign_by=at(t + due))


@pytest.fixture(scope="module")
def a_day() -> list[Version]:
    """Eight alerts of one day, one of the day before, and what became of them."""
    early = raised("early", 9 * HOUR, "red")  # signed after 10 of 15 minutes, on site in time, true, closed
    early.command(9 * HOUR + 10 * MINUTE, "sign")
    early.command(9.5 * HOUR, "arrive")
    early.command(10 * HOUR, "true")
    early.command(11 * HOUR, "close", why="done")
    late = raised("late", 10 * HOUR)  # due after 30 minutes, gone up once, signed after 40; false
    late.command(10 * HOUR + 40 * MINUTE, "sign")
    late.command(12 * HOUR, "false", "赵")
    grown = raised("grown", 12 * HOUR, "yellow", kind="odor", category="environment")  # signed, raised, signed
    grown.command(12 * HOUR + 6 * MINUTE, "sign")
    grown.issue(12.5 * HOUR, "upgrade", grade="orange", sign_by=at(13 * HOUR), graded_at=at(12.5 * HOUR))
    grown.command(12.5 * HOUR + 20 * MINUTE, "sign")
    waiting = raised("waiting", 20 * HOUR, "blue", place=an_alert_place(district="d2", key="k2", name="二")).pass_time(
        31 * HOUR
    )  # nobody ever signs
    stopped = raised("stopped", 21 * HOUR)  # closed before it was due; open again at night
    stopped.issue(21 * HOUR + MINUTE, "closed").issue(23 * HOUR, "update", sign_by=at(23.5 * HOUR))
    stopped.command(23.2 * HOUR, "sign")
    gone = raised("gone", 13 * HOUR).issue(14 * HOUR, "withdrawn")
    drill = raised("drill", 13 * HOUR, exercise=True)
    shadow = RuleRef(id="s", number=29, version=1, book="b", status="shadow")
    trial = raised("trial", 13 * HOUR, rule=shadow)
    yesterday = raised("yesterday", -2 * HOUR, "red")
    yesterday.command(-2 * HOUR + MINUTE, "sign")
    tomorrow = raised("tomorrow", 25 * HOUR, "red")
    all_ = (early, late, grown, waiting, stopped, gone, drill, trial, yesterday, tomorrow)
    return [version for life in all_ for version in life.versions]


def test_alerts_are_counted_where_they_were_raised_by_the_highest_grade(a_day: list[Version]) -> None:
    now, before = made(a_day).now, made(a_day).before
    assert (now.total, now.grades) == (5, {"red": 1, "orange": 3, "yellow": 0, "blue": 1})
    assert (now.withdrawn, now.exercises, now.shadow) == (1, 1, 1)
    assert (before.total, before.grades["red"]) == (1, 1)
    assert {slot.label: sum(slot.grades.values()) for slot in now.slots if sum(slot.grades.values())} == {
        "09": 1, "10": 1, "12": 1, "20": 1, "21": 1,
    }  # fmt: skip


def test_kinds_areas_and_places_are_told_the_most_first_beside_the_day_before(a_day: list[Version]) -> None:
    now = made(a_day).now
    assert [(line.id, line.total, line.before, line.part_of) for line in now.kinds] == [
        ("gas_leak", 4, 1, "public_safety"),
        ("odor", 1, 0, "environment"),
    ]
    assert [(line.id, line.total) for line in now.classes] == [("public_safety", 4), ("environment", 1)]
    assert [(line.id, line.total, line.before) for line in now.areas] == [("d1", 4, 1), ("d2", 1, 0)]
    assert [(line.name.zh, line.total, line.part_of) for line in now.places] == [
        ("河东街道·幸福里小区", 4, "d1"),
        ("二", 1, "d2"),
    ]


def test_every_clock_is_one_thing(a_day: list[Version]) -> None:
    rows = {
        line.id: (line.clocks, line.in_time, line.late, line.overdue, line.stopped)
        for line in made(a_day).now.signing_by_grade
    }
    assert rows == {
        "red": (1, 1, 0, 0, 0),
        "orange": (4, 2, 1, 0, 1),
        "yellow": (1, 1, 0, 0, 0),
        "blue": (1, 0, 0, 1, 0),
        "": (7, 4, 1, 1, 1),
    }


def test_times_to_the_signature_and_the_share_in_time(a_day: list[Version]) -> None:
    rows = {line.id: line for line in made(a_day).now.signing_by_grade}
    orange = rows["orange"]
    assert (orange.median_s, orange.p90_s) == (20 * MINUTE, 40 * MINUTE)
    assert orange.kept is not None
    assert (orange.kept.hits, orange.kept.of) == (2, 3)
    assert (rows["blue"].median_s, rows["blue"].kept.share if rows["blue"].kept else None) == (None, 0.0)
    levels = {line.id: line.clocks for line in made(a_day).now.signing_by_level}
    assert levels == {"community": 5, "street": 2, "district": 0, "city": 0, "": 7}


def test_who_signed_and_was_not_on_site_is_overdue(a_day: list[Version]) -> None:
    rows = {
        line.id: (line.clocks, line.in_time, line.overdue, line.stopped) for line in made(a_day).now.on_site_by_grade
    }
    assert rows == {
        "red": (1, 1, 0, 0),
        "orange": (3, 0, 2, 1),
        "yellow": (1, 0, 0, 1),
        "blue": (0, 0, 0, 0),
        "": (5, 1, 2, 2),
    }


def test_who_waits_is_named_with_whoever_has_to_sign(a_day: list[Version]) -> None:
    report = made(a_day)
    assert (report.now.overdue, report.now.escalated, report.now.escalations) == (1, 2, 2)
    (case,) = report.waiting
    assert (case.id, case.who.zh, case.at) == ("waiting", "st1", at(30 * HOUR))


def test_what_became_of_them_is_counted_until_then(a_day: list[Version]) -> None:
    early = made(a_day, hours=10.5)
    assert (early.now.total, early.now.judged, early.now.false_alarms) == (2, 1, 0)
    assert (early.now.grades["orange"], early.now.signing_by_grade[1].running) == (1, 0)
    assert early.now.signing_by_grade[1].overdue == 1
    assert early.notes[0].en.startswith("The period is not over")
    assert made(a_day, hours=29.9).now.overdue == 0


def test_what_is_open_at_the_end_is_that_of_the_end(a_day: list[Version]) -> None:
    now = made(a_day).now
    assert now.open_at_end == {"red": 1, "orange": 3, "yellow": 0, "blue": 1}
    assert (now.open_from_before, now.unsigned_at_end) == (1, 1)
    assert made(a_day, hours=100).now.open_at_end == now.open_at_end


def test_verdicts_false_alarms_and_reopened_ones(a_day: list[Version]) -> None:
    report = made(a_day)
    (gas, whole) = report.now.precision
    assert (gas.id, gas.alerts, gas.true, gas.false) == ("gas-leak", 5, 1, 1)
    assert whole.precision is not None
    assert (whole.precision.hits, whole.precision.of, round(whole.precision.low, 3)) == (1, 2, 0.095)
    assert (report.now.judged, report.now.changed, report.now.verdict_s) == (2, 0, 1.5 * HOUR)
    assert [(case.id, case.who.en, case.at) for case in report.false_alarms] == [("late", "赵", at(12 * HOUR))]
    assert [(case.id, case.at) for case in report.reopened] == [("stopped", at(23 * HOUR))]


def test_a_changed_verdict_is_told() -> None:
    life = raised("a", HOUR)
    life.command(2 * HOUR, "false")
    life.command(3 * HOUR, "true")
    now = made(life.versions).now
    assert (now.judged, now.changed, now.false_alarms, now.precision[-1].true) == (1, 1, 0, 1)


def test_an_alert_of_several_findings_counts_for_each_of_their_rules_and_once_in_all() -> None:
    def finding(number: int) -> FindingRef:
        rule = RuleRef(id=f"r{number}", number=number, version=1, book="b")
        return FindingRef(id=f"f{number}", rule=rule, kind="k", grade=Grade.RED, status="open", title=Text(), events=1)

    life = raised("a", HOUR, findings=(finding(7), finding(22), finding(7)))
    life.command(2 * HOUR, "true")
    rows = [(row.number, row.alerts, row.true) for row in made(life.versions).now.precision]
    assert rows == [(7, 1, 1), (22, 1, 1), (0, 1, 1)]


def test_what_the_reader_has_to_know_is_noted() -> None:
    assert "Records begin at 2026-01-01 05:00" in made([], begins_at=at(5 * HOUR)).notes[0].en
    assert "from a file" in made([], live=False).notes[0].en
    fed = [Version(version.alert, version.at + timedelta(days=3)) for version in raised("a", HOUR).versions]
    assert "1 of 1 alerts were issued over a day after" in made(fed, hours=200).notes[0].en
    assert made(raised("a", HOUR).versions).notes == ()


def test_an_exercise_is_reported_on_by_itself(a_day: list[Version]) -> None:
    report = made(a_day, exercise=True)
    assert (report.now.total, report.now.exercises, report.before.total) == (1, 0, 0)
    assert title(report).zh == "【演练】测试市 预警日报 2026-01-01 周四"
    assert title(report).en == "EXERCISE: Teststadt: Alerts of the day 2026-01-01 (Thu)"


def test_a_report_without_alerts_is_one_all_the_same() -> None:
    now = made([]).now
    assert (now.total, now.kinds, now.delay_s, now.precision[-1].precision) == (0, (), None, None)


WEEK = week_of(MONDAY.date(), ZONE)


def sums(lines: Sequence[Line]) -> int:
    assert all(line.total == sum(line.grades.values()) for line in lines)
    return sum(line.total for line in lines)


def adds_up(one: Figures) -> None:
    assert sum(one.grades.values()) == one.total
    assert sums(one.kinds) == sums(one.classes) == sums(one.areas) == one.total
    assert {grade: sum(slot.grades[grade] for slot in one.slots) for grade in one.grades} == one.grades
    for rows in (one.signing_by_grade, one.signing_by_level):
        for row in rows:
            assert row.clocks == row.in_time + row.late + row.overdue + row.stopped + row.running
        assert sum(row.clocks for row in rows[:-1]) == rows[-1].clocks >= one.total
    assert one.signing_by_grade[-1] == one.signing_by_level[-1]
    whole = one.precision[-1]
    assert (whole.alerts, whole.true + whole.false, whole.false) == (one.total, one.judged, one.false_alarms)
    assert one.changed <= one.judged <= one.total
    assert one.escalated <= min(one.escalations, one.total)
    assert max(one.open_from_before, one.unsigned_at_end) <= sum(one.open_at_end.values())


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.floats(0.0, 400.0))
def test_the_figures_add_up(seed: int, hours: float) -> None:
    report = made(two_weeks(seed, 25), WEEK, hours)
    adds_up(report.now)
    adds_up(report.before)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_records_and_repetitions_do_not_matter(seed: int, chance: random.Random) -> None:
    versions = two_weeks(seed, 15)
    mixed = [*versions, *chance.choices(versions, k=10)]
    chance.shuffle(mixed)
    assert made(mixed, WEEK, 200) == made(versions, WEEK, 200)


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_the_days_of_a_week_add_up_to_it(seed: int) -> None:
    versions = two_weeks(seed, 30)
    as_of = datetime(2026, 2, 1, tzinfo=UTC)
    material = Material(versions=versions, source=Text())
    week = compose(material, WEEK, as_of, CITY, NAMES)
    days = [compose(material, day_of(WEEK.first() + timedelta(days=n), ZONE), as_of, CITY, NAMES).now for n in range(7)]
    for name in ("total", "withdrawn", "escalations", "judged", "false_alarms", "reopened", "overdue"):
        assert sum(getattr(day, name) for day in days) == getattr(week.now, name)
    assert days[-1].open_at_end == week.now.open_at_end
    assert [sum(day.grades.values()) for day in days] == [sum(slot.grades.values()) for slot in week.now.slots]


def test_what_was_issued_later_changes_nothing() -> None:
    versions = two_weeks(3, 40)
    report = made(versions, WEEK, 190)
    known = [version for version in versions if version.at <= report.now.as_of]
    assert len(known) < len(versions)
    assert made(known, WEEK, 190) == report


def test_its_json_can_be_read_back() -> None:
    report = made(two_weeks(1, 30), WEEK, 200)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
