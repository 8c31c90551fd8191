"""Days and weeks from local midnight to local midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.report.period import Period, day_of, read_day, read_week, shift_at, shift_of, week_of

SHANGHAI, CHICAGO = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Chicago")
ZONES = st.sampled_from([SHANGHAI, CHICAGO, ZoneInfo("UTC"), ZoneInfo("America/Santiago"), ZoneInfo("Asia/Kolkata")])
FIRST, LAST = (datetime.combine(date(year, 1, 1), time(0)) for year in (2020, 2060))
DAYS = st.dates(date(2000, 1, 10), date(2090, 1, 1))


def test_a_day_is_local_midnight_to_midnight() -> None:
    day = read_day("2026-01-05", SHANGHAI)
    assert (day.begins_at, day.ends_at) == (datetime(2026, 1, 4, 16, tzinfo=UTC), datetime(2026, 1, 5, 16, tzinfo=UTC))
    assert day.holds(day.begins_at)
    assert not day.holds(day.ends_at)
    assert day.before().label == "2026-01-04"
    assert [day.slot_label(at) for at in day.slots()] == [f"{hour:02}" for hour in range(24)]


@pytest.mark.parametrize(("on", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)])
def test_a_day_on_which_clocks_change_has_another_number_of_hours(on: str, hours: int) -> None:
    day = read_day(on, CHICAGO)
    assert len(day.slots()) == hours
    assert day.ends_at - day.begins_at == timedelta(hours=hours)


def test_a_week_begins_on_monday_and_may_belong_to_the_next_year() -> None:
    week = read_week("2026-W01", SHANGHAI)
    assert week.first() == date(2025, 12, 29)
    assert week.before().label == "2025-W52"
    assert [week.slot_label(at) for at in week.slots()][:2] == ["12-29", "12-30"]
    assert read_week("2020-W53", SHANGHAI).before().label == "2020-W52"


@pytest.mark.parametrize("week", ["2026-W54", "2025-W53", "2026-W00", "2026W02", "W02", "2026-W2", "２０２６-W02x", ""])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_week(week, SHANGHAI)


@given(DAYS, ZONES)
def test_periods_lie_one_after_the_other_without_gap(on: date, zone: ZoneInfo) -> None:
    for period in (day_of(on, zone), week_of(on, zone)):
        assert period.before().ends_at == period.begins_at
        assert period.slots()[0] == period.begins_at
        assert all(period.holds(at) for at in period.slots())


@given(DAYS, ZONES)
def test_a_week_is_its_seven_days(on: date, zone: ZoneInfo) -> None:
    week = week_of(on, zone)
    days = [day_of(week.first() + timedelta(days=n), zone) for n in range(7)]
    assert [day.begins_at for day in days] == week.slots()
    assert days[-1].ends_at == week.ends_at
    assert read_week(week.label, zone) == week
    assert isinstance(read_day(days[0].label, zone), Period)


def test_a_shift_goes_from_hour_to_hour_and_may_cross_midnight() -> None:
    day = shift_of(date(2026, 1, 5), 8, 16, SHANGHAI)
    assert (day.begins_at, day.ends_at) == (datetime(2026, 1, 5, 0, tzinfo=UTC), datetime(2026, 1, 5, 8, tzinfo=UTC))
    assert [day.slot_label(at) for at in day.slots()] == [f"{hour:02}" for hour in range(8, 16)]
    assert day.before().label == "2026-01-05 00:00–08:00"
    night = shift_of(date(2026, 1, 5), 20, 8, SHANGHAI)
    assert night.ends_at - night.begins_at == timedelta(hours=12)
    assert shift_of(date(2026, 1, 5), 16, 24, SHANGHAI).label == "2026-01-05 16:00–24:00"


@pytest.mark.parametrize(("begins", "ends"), [(24, 8), (-1, 8), (8, 25)])
def test_what_is_no_shift_is_refused(begins: int, ends: int) -> None:
    with pytest.raises(ValueError, match=r".*"):
        shift_of(date(2026, 1, 5), begins, ends, SHANGHAI)


@given(st.datetimes(FIRST, LAST, timezones=st.just(UTC)), ZONES, st.sampled_from([(0, 8, 16), (8, 20), (7,)]))
def test_every_instant_lies_in_its_shift(at: datetime, zone: ZoneInfo, hours: tuple[int, ...]) -> None:
    shift = shift_at(at, hours, zone)
    assert shift.holds(at)
    assert shift.before().ends_at == shift.begins_at
    assert shift.slots()[0] == shift.begins_at
