"""Batches: how often more comes at once than the spread of counts explains."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from detectors.bank import Bank
from detectors.baseline import Baseline
from detectors.batches import RATE, Batches, as_large
from detectors.cells import Key
from detectors.rhythm import HOURLY
from detectors.windows import HourWindows

KEYS: list[Key] = [("d0", "district", "d0", f"kind{i}") for i in range(24)]


def lived(batch: int) -> Bank:
    """Return a bank of a district that has an event an hour for twenty days, and once a day so many at once."""
    bank = Bank(HourWindows(ZoneInfo("UTC")), Baseline(HOURLY), silence=168, forget=4320)
    for hour in range(480):
        key = KEYS[(7 * hour) % 24]
        bank.close(hour, {key: batch if hour % 24 == 0 else 1}, [])
    return bank


def test_a_district_where_batches_come_expects_more_of_them() -> None:
    calm, wild = lived(1).districts["d0"], lived(12).districts["d0"]
    assert calm.batches.state().batches == 0
    assert 1 <= wild.batches.state().batches <= 20
    assert calm.batches.state().occasions == wild.batches.state().occasions == 480
    assert wild.batches.rate > 1.2 * calm.batches.rate
    assert wild.spending.batches > 1.2 * calm.spending.batches > 0.0


def test_eleven_events_are_no_batch_where_the_spread_explains_them() -> None:
    bank = Bank(HourWindows(ZoneInfo("UTC")), Baseline(HOURLY), silence=168, forget=4320)
    for hour in range(480):
        bank.close(hour, {KEYS[0]: 40 + (11 if hour % 5 == 0 else 0)}, [])
    assert bank.districts["d0"].batches.state().batches == 0


def test_an_outbreak_that_lasts_is_one_batch() -> None:
    bank = lived(1)
    for hour in range(480, 486):
        bank.close(hour, {KEYS[0]: 15}, [])
    assert bank.districts["d0"].batches.state().batches == 1


def test_what_was_never_seen_becomes_unlikely_and_what_was_seen_long_ago_fades() -> None:
    batches = Batches()
    batches.learn(20, 1_000)
    at_first = batches.rate
    for _ in range(1_000):
        batches.learn(0, 1_000)
    assert at_first > 5 * RATE
    assert batches.rate < RATE / 5


def test_restored_batches_go_on_as_they_were() -> None:
    one, other = Batches(), Batches()
    one.learn(3, 200_000)
    other.restore(one.state())
    for batches in (one, other):
        batches.learn(1, 70)
    assert one.state() == other.state()
    assert one.rate == other.rate


def test_twice_the_size_is_four_times_rarer() -> None:
    assert as_large(32) == pytest.approx(as_large(16) / 4)
    assert as_large(0) == as_large(8) == 1.0
