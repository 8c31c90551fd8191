"""What is normal: four weeks of days, whatever arrives in which order."""

from __future__ import annotations

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from detectors.localtime import LocalDays, holidays
from detectors.norms import Norms
from tests.builders import T0, an_event

DAY = 86_400.0
DAYS = LocalDays(ZoneInfo("UTC"))


def test_the_norm_is_the_mean_of_the_days_watched() -> None:
    norms = Norms(DAYS)
    for day in range(10):
        for n in range(3):
            norms.count(an_event(f"{day}-{n}"), T0 + day * DAY)
    assert norms.per_day("d1", "st1", "noise", T0 + 11 * DAY) == 3.0
    assert norms.per_day("d1", "st1", "gas_leak", T0 + 11 * DAY) == 0.0
    assert norms.per_day("d1", "st1", "noise", T0 + 7 * DAY) is None, "six days are too few to go by"
    assert norms.per_day("elsewhere", "st1", "noise", T0 + 11 * DAY) is None


def test_a_source_months_ahead_does_not_wipe_out_the_days_others_still_need() -> None:
    ordered, shuffled = Norms(DAYS), Norms(DAYS)
    days = [T0 + day * DAY for day in range(400)]
    for t in days:
        ordered.count(an_event(), t)
    random.Random(1).shuffle(days)
    for t in days:
        shuffled.count(an_event(), t)
    for day in (40, 200, 390):
        t = T0 + day * DAY
        assert shuffled.per_day("d1", "st1", "noise", t) == ordered.per_day("d1", "st1", "noise", t) == 1.0


def test_days_far_behind_the_watermark_are_forgotten() -> None:
    norms = Norms(DAYS)
    for day in range(400):
        norms.count(an_event(), T0 + day * DAY)
        norms.forget(T0 + day * DAY)
    state = norms.dirty()["d1/st1|noise"]
    assert state is not None
    assert len(state) < 1_000


def test_a_restored_norm_is_the_same() -> None:
    norms, again = Norms(DAYS), Norms(DAYS)
    for day in range(10):
        norms.count(an_event(), T0 + day * DAY)
    again.restore({key: data for key, data in norms.dirty().items() if data is not None})
    assert norms.dirty() == {}
    assert again.per_day("d1", "st1", "noise", T0 + 11 * DAY) == norms.per_day("d1", "st1", "noise", T0 + 11 * DAY)


@pytest.mark.parametrize(
    ("calendar", "day", "expected"),
    [
        ("cn", "2026-01-01", True),
        ("cn", "2026-01-04", False),  # a Sunday that is a workday
        ("cn", "2026-01-10", False),  # an ordinary Saturday
        ("cn", "1999-10-01", False),  # before the first decree the calendar knows
        ("none", "2026-01-01", False),
    ],
)
def test_public_holidays_are_decreed_days_off_only(calendar: str, day: str, expected: bool) -> None:  # noqa: FBT001
    zone = ZoneInfo("Asia/Shanghai")
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone).timestamp()
    assert holidays(calendar, LocalDays(zone))(noon) is expected  # type: ignore[arg-type]


def test_local_days_follow_daylight_saving_time() -> None:
    days = LocalDays(ZoneInfo("America/Chicago"))
    number = days.of(1_520_697_600.0)  # 10 March 2018, 10:00 local; the clocks change the night after
    assert days.start(number + 2) - days.start(number + 1) == 23 * 3600
