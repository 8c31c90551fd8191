"""Hours and local days."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.windows import windows

ZONES = ["Asia/Shanghai", "America/Chicago", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]


@given(t=st.floats(0, 4e9), zone=st.sampled_from(ZONES), name=st.sampled_from(["hour", "day"]))
def test_every_instant_lies_in_the_window_with_its_number(t: float, zone: str, name: str) -> None:
    grid = windows(name, ZoneInfo(zone))
    window = grid.index(t)
    assert grid.start(window) <= t < grid.start(window + 1)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2024, 3, 10), 23), (datetime(2024, 7, 1), 24), (datetime(2024, 11, 3), 25)],  # noqa: DTZ001
)
def test_a_local_day_has_as_many_hours_as_the_clock_says(day: datetime, hours: int) -> None:
    zone = ZoneInfo("America/Chicago")
    days = windows("day", zone)
    window = days.index(day.replace(hour=12, tzinfo=zone).timestamp())
    assert days.start(window) == day.replace(tzinfo=zone).timestamp()
    assert days.start(window + 1) - days.start(window) == hours * 3600.0


def test_the_place_in_the_week_is_read_off_the_local_clock() -> None:
    zone = ZoneInfo("America/Chicago")
    winter, summer = (datetime(2024, month, 1, 9, tzinfo=zone) for month in (1, 7))  # Mondays
    hours, days = windows("hour", zone), windows("day", zone)
    assert [hours.position(hours.index(at.timestamp())) for at in (winter, summer)] == [9.0, 9.0]
    assert [days.position(days.index(at.timestamp())) for at in (winter, summer)] == [0.0, 0.0]
