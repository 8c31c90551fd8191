"""Who is on duty at every instant: shifts, handovers, overrides, clocks that change, leap days, deputies."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from streams.errors import ConfigurationError
from streams.oncall import walltime
from streams.oncall.duty import Days, Roster, Rotation
from streams.oncall.schema import Override, RosterFile, Shift
from streams.oncall.walltime import instant, parse_instant, stretch_of
from tests.streams.oncall.planned import an_oncall

BERLIN, SHANGHAI, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Australia/Lord_Howe")
ZONES = st.sampled_from([BERLIN, SHANGHAI, LORD_HOWE, ZoneInfo("America/New_York"), ZoneInfo("UTC")])
YEAR = 366 * 86_400.0
NEW_YEAR_2024 = datetime(2024, 1, 1, tzinfo=UTC).timestamp()


def a_roster(zone: ZoneInfo, *shifts: Shift, overrides: tuple[Override, ...] = (), calendar: str = "none") -> Roster:
    days = Days.of(zone, calendar)
    file = RosterFile(role="duty", shifts=shifts, overrides=overrides)
    return Roster("r", file, [Rotation(one, days) for one in shifts], zone)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def on_duty(roster: Roster, t: float) -> list[str]:
    return [person for shift in roster.on_duty(t) for person in shift.people]


@given(
    zone=ZONES, t=st.floats(NEW_YEAR_2024, NEW_YEAR_2024 + 3 * YEAR), hour=st.integers(0, 23), people=st.integers(1, 5)
)
def test_a_rotation_has_exactly_one_person_on_duty_at_every_instant(
    zone: ZoneInfo, t: float, hour: int, people: int
) -> None:
    at = f"{hour:02}:00"
    shift = Shift(hours=f"{at}-{at}", turns=tuple((f"p{n}",) for n in range(people)), since="2024-01-01", turn_days=7)
    (person,) = on_duty(a_roster(zone, shift), t)
    local = datetime.fromtimestamp(t, zone)
    begun = local.date() if t >= instant(datetime.combine(local, time(hour)), zone) else local.date() - timedelta(1)
    assert person == f"p{(begun - date(2024, 1, 1)).days // 7 % people}"


@settings(max_examples=15, deadline=None)
@given(zone=ZONES, cuts=st.lists(st.integers(0, 47), min_size=2, max_size=6, unique=True))
def test_shifts_that_meet_leave_neither_gap_nor_overlap_all_year_round(zone: ZoneInfo, cuts: list[int]) -> None:
    times = [f"{half // 2:02}:{half % 2 * 30:02}" for half in sorted(cuts)]
    ends = [*times[1:], times[0]]
    shifts = [Shift(hours=f"{since}-{until}", turns=((since,),)) for since, until in zip(times, ends, strict=True)]
    roster = a_roster(zone, *shifts)
    assert roster.gaps(NEW_YEAR_2024, NEW_YEAR_2024 + YEAR) == []
    assert roster.overlaps(NEW_YEAR_2024, NEW_YEAR_2024 + YEAR) == []


@given(
    zone=ZONES, day=st.dates(date(2020, 1, 1), date(2030, 12, 31)), minutes=st.lists(st.integers(0, 2880), min_size=2)
)
def test_a_later_local_time_is_never_an_earlier_instant(zone: ZoneInfo, day: date, minutes: list[int]) -> None:
    walls = [datetime.combine(day, time()) + timedelta(minutes=one) for one in sorted(minutes)]
    instants = [instant(wall, zone) for wall in walls]
    assert instants == sorted(instants)


def test_the_night_the_clocks_go_forward_is_an_hour_shorter_and_the_other_an_hour_longer() -> None:
    lengths = [stretch_of(date(2026, *day), "22:00-06:00", BERLIN) for day in ((3, 28), (10, 24), (6, 1))]
    assert [(one.end - one.start) / 3600 for one in lengths] == [7, 9, 8]


def test_a_handover_in_the_hour_the_clocks_skip_is_when_they_skip() -> None:
    roster = a_roster(
        BERLIN, Shift(hours="02:30-14:00", turns=(("day",),)), Shift(hours="14:00-02:30", turns=(("night",),))
    )
    skip = datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()
    assert on_duty(roster, skip - 1) == ["night"]
    assert on_duty(roster, skip) == ["day"]


def test_the_leap_day_has_its_person() -> None:
    roster = a_roster(SHANGHAI, Shift(turns=(("a",), ("b",)), since="2028-02-28"))
    days = [instant(wall(f"2028-{day}T12:00"), SHANGHAI) for day in ("02-28", "02-29", "03-01")]
    assert [on_duty(roster, t) for t in days] == [["a"], ["b"], ["a"]]


def test_workdays_and_days_off_are_those_of_the_decree() -> None:
    roster = a_roster(
        SHANGHAI,
        Shift(days=("workday",), turns=(("office",),)),
        Shift(days=("day_off",), turns=(("duty",),)),
        calendar="cn",
    )
    make_up, holiday = wall("2025-09-28T12:00"), wall("2025-10-08T12:00")
    assert on_duty(roster, instant(make_up, SHANGHAI)) == ["office"]
    assert on_duty(roster, instant(holiday, SHANGHAI)) == ["duty"]
    assert roster.gaps(NEW_YEAR_2024, NEW_YEAR_2024 + YEAR) == []


def test_an_override_goes_before_the_shifts_and_only_then() -> None:
    override = Override(since="2026-02-16T08:00", until="2026-02-17T08:00", who=("b",), why="festival")
    roster = a_roster(SHANGHAI, Shift(turns=(("a",),)), overrides=(override,))
    begins = parse_instant("2026-02-16T08:00", SHANGHAI)
    times = [begins - 1, begins, begins + 86_399, begins + 86_400]
    assert [on_duty(roster, t) for t in times] == [["a"], ["b"], ["b"], ["a"]]


@settings(max_examples=15, deadline=None)
@given(t=st.floats(NEW_YEAR_2024, NEW_YEAR_2024 + YEAR))
def test_what_is_searched_for_gaps_is_what_is_asked(t: float) -> None:
    roster = a_roster(
        BERLIN,
        Shift(hours="08:00-17:00", days=("mon", "wed", "sun"), turns=(("a",),)),
        Shift(hours="16:00-03:00", days=("tue", "wed", "sat"), turns=(("b",), ("c",)), since="2024-01-01"),
    )
    gaps, overlaps = (find(NEW_YEAR_2024, NEW_YEAR_2024 + YEAR + 1) for find in (roster.gaps, roster.overlaps))
    assert any(one.start <= t < one.end for one in gaps) == (on_duty(roster, t) == [])
    assert any(one.start <= t < one.end for one in overlaps) == (len(roster.on_duty(t)) > 1)


def faults_of(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        an_oncall(text)
    return [str(fault) for fault in caught.value.faults]


def test_a_gap_is_refused_with_its_file_path_from_and_until() -> None:
    text = """
rosters:
  day: {role: duty, shifts: [{hours: "08:00-20:00", turns: [[anna]]}]}
horizon: 2d
"""
    when = [
        "2026-01-01 01:00 to 2026-01-01 08:00",
        "2026-01-01 20:00 to 2026-01-02 08:00",
        "2026-01-02 20:00 to 2026-01-03 01:00",
    ]
    said = "oncall.yaml:11: $.rosters.day: nobody is on duty from {}: fill it, or say `gap: up`"
    assert faults_of(text) == [said.format(one) for one in when]


def test_many_gaps_are_counted_up_to_the_horizon() -> None:
    text = 'rosters: {day: {role: duty, shifts: [{hours: "08:00-20:00", turns: [[anna]]}]}}'
    faults = faults_of(text)
    assert len(faults) == 6
    assert faults[-1].endswith("27 more times until 2026-02-01 01:00, as far as was looked")


def test_an_overlap_needs_a_rule() -> None:
    shifts = 'shifts: [{hours: "08:00-08:00", turns: [[anna]]}, {hours: "09:00-10:00", turns: [[bert]]}]'
    faults = faults_of(f"rosters: {{r: {{role: duty, {shifts}}}}}\nhorizon: 1d")
    assert "shifts overlap from 2026-01-01 09:00 to 2026-01-01 10:00" in faults[0]
    at = parse_instant("2026-01-01T09:30", BERLIN)
    both = an_oncall(f"rosters: {{r: {{role: duty, overlap: all, {shifts}}}}}")
    first = an_oncall(f"rosters: {{r: {{role: duty, overlap: first, {shifts}}}}}")
    assert [one.person for one in both.rota.who("duty", "d1", at)] == ["anna", "bert"]
    assert [one.person for one in first.rota.who("duty", "d1", at)] == ["anna"]
    assert (both.rota.staffed(at), first.rota.staffed(at)) == ({"r": 2}, {"r": 1})


def test_where_nobody_is_on_duty_the_area_above_is_asked() -> None:
    oncall = an_oncall("""
rosters:
  street: {role: duty, areas: [st1], gap: up, shifts: [{hours: "08:00-20:00", turns: [[anna]]}]}
  city: {role: duty, shifts: [{turns: [[carl]]}]}
""")
    day, night = parse_instant("2026-01-05T12:00", BERLIN), parse_instant("2026-01-05T23:00", BERLIN)
    assert [one.person for one in oncall.rota.who("duty", "c1", day)] == ["anna"]
    assert [one.person for one in oncall.rota.who("duty", "c1", night)] == ["carl"]
    assert [one.person for one in oncall.rota.who("duty", "d2", day)] == ["carl"]
    assert oncall.rota.who("other", "c1", day) == []


def test_who_stands_in_acts_and_who_stands_in_for_them() -> None:
    oncall = an_oncall("""
rosters: {city: {role: duty, shifts: [{turns: [[anna]]}]}}
deputies:
  - {absent: anna, by: bert, since: "2026-01-05T08:00", until: "2026-01-07T08:00", why: leave}
  - {absent: bert, by: carl, since: "2026-01-06T08:00", until: "2026-01-08T08:00"}
""")
    times = [parse_instant(f"2026-01-0{day}T12:00", BERLIN) for day in (4, 5, 6, 7)]
    found = [oncall.rota.who("duty", "d1", t)[0] for t in times]
    assert [one.person for one in found] == ["anna", "bert", "carl", "anna"]
    assert found[2].why.en == "city (00:00-24:00), for anna, bert"


def test_deputies_in_a_circle_and_two_at_a_time_are_refused() -> None:
    circle = faults_of("""
deputies:
  - {absent: anna, by: bert, since: "2026-01-05", until: "2026-01-07"}
  - {absent: bert, by: anna, since: "2026-01-06", until: "2026-01-08"}
""")
    assert "they stand in for each other from 2026-01-06 00:00 on: anna → bert → anna" in circle[0]
    beside = faults_of("""
deputies:
  - {absent: desk, by: anna, since: "2026-01-05", until: "2026-01-07"}
  - {absent: anna, by: bert, since: "2026-01-05", until: "2026-01-07"}
  - {absent: bert, by: anna, since: "2026-01-05", until: "2026-01-07"}
""")
    assert [fault.split(": ")[1] for fault in beside] == ["$.deputies[1]", "$.deputies[2]"]
    two = faults_of("""
deputies:
  - {absent: anna, by: bert, since: "2026-01-05", until: "2026-01-07"}
  - {absent: anna, by: carl, since: "2026-01-06", until: "2026-01-08"}
""")
    assert "anna has two deputies from 2026-01-06 00:00 on: bert and carl" in two[0]


def test_the_examples_in_the_docstrings_are_true() -> None:
    found = doctest.testmod(walltime)
    assert found.attempted > 0
    assert found.failed == 0
