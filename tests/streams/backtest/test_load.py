"""Alerts a day and a shift, by the clock of the city."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rules.alert import Alert
from streams.backtest.load import by_day, by_shift
from tests.builders import T0, an_alert

SHANGHAI = ZoneInfo("Asia/Shanghai")  # T0 is 08:00 there
HOUR = 3_600.0


def alert_at(hours: float, grade: str = "blue") -> Alert:
    return an_alert(f"{hours}{grade}", grade, raised_at=datetime.fromtimestamp(T0 + hours * HOUR, UTC))


def test_days_are_the_citys_own_and_those_without_alerts_are_there_too() -> None:
    days = by_day([alert_at(15.9, "red"), alert_at(40.1)], T0, T0 + 90 * HOUR, SHANGHAI)
    assert [(f"{day.on:%m-%d}", day.alerts["red"], day.alerts["blue"]) for day in days] == [
        ("01-01", 1, 0),
        ("01-02", 0, 0),
        ("01-03", 0, 1),
        ("01-04", 0, 0),
        ("01-05", 0, 0),
    ]


def test_quiet_shifts_count_for_the_mean() -> None:
    alerts = [alert_at(1), alert_at(2, "orange"), alert_at(25, "red")]
    loads = {load.name: load for load in by_shift(alerts, T0, T0 + 72 * HOUR, SHANGHAI)}
    day, night, every = loads["08:00–16:00"], loads["00:00–08:00"], loads[""]
    assert (day.shifts, day.mean, day.p95, day.most, day.urgent) == (3, 1.0, 2, 2, 2 / 3)
    assert (night.shifts, night.mean, night.most) == (3, 0.0, 0)
    assert (every.shifts, every.most) == (9, 2)


def test_a_shift_the_data_hardly_cover_is_left_out() -> None:
    covered, hardly = (by_shift([], T0, T0 + hours * HOUR, SHANGHAI)[-1].shifts for hours in (12, 11.9))
    assert (covered, hardly) == (2, 1)


def test_when_nothing_covers_half_a_shift_what_there_is_counts() -> None:
    load = by_shift([alert_at(0.5)], T0, T0 + HOUR, SHANGHAI)[-1]
    assert (load.shifts, load.most) == (1, 1)


def test_shifts_may_begin_when_the_city_likes() -> None:
    loads = by_shift([], T0, T0 + 72 * HOUR, SHANGHAI, (time(7, 30), time(19, 30)))
    assert [load.name for load in loads] == ["07:30–19:30", "19:30–07:30", ""]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Chicago"])
def test_a_day_with_an_hour_more_or_less_has_its_shifts(zone: str) -> None:
    first = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone)).timestamp()
    last = datetime(2026, 4, 1, tzinfo=ZoneInfo(zone)).timestamp()
    assert by_shift([], first, last, ZoneInfo(zone))[-1].shifts == 3 * 31
