"""What tails come to and keys will spend, through a bank."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from detectors.bank import Bank
from detectors.baseline import Baseline
from detectors.calibration import IDENTITY
from detectors.cells import Key
from detectors.rhythm import HOURLY
from detectors.windows import HourWindows

KEYS: list[Key] = [(f"d{i % 2}", "street", f"s{i}", "fire") for i in range(20)]


def lived(
    rng: np.random.Generator, *, hours: int = 240, mean: float = 4.0, least: int = 1, steady: bool = True
) -> Bank:
    """Return a bank that has seen all keys for so many hours; where not `steady`, hours differ more than keys do."""
    bank = Bank(HourWindows(ZoneInfo("UTC")), Baseline(HOURLY), silence=168, forget=4320, least=least)
    for hour in range(hours):
        now = mean if steady or rng.random() < 0.9 else 6.0 * mean
        counts = rng.poisson(now, len(KEYS))
        present = {key: int(count) for key, count in zip(KEYS, counts, strict=True) if count}
        bank.close(hour, present, [])
    return bank


def test_a_district_spends_its_keys_times_their_windows() -> None:
    bank = lived(np.random.default_rng(1))
    assert bank.districts["d0"].spending.at(1e-3) == pytest.approx(10 * 24 * 1e-3, rel=0.1)
    assert bank.districts["d0"].spending.at(1e-9) == pytest.approx(10 * 24 * 1e-9, rel=0.1)


def test_keys_that_hardly_reach_the_least_reported_spend_next_to_nothing() -> None:
    bank = lived(np.random.default_rng(2), mean=0.3, least=8)
    assert bank.districts["d0"].spending.at(1e-2) < 0.1 * 10 * 24 * 1e-2


def test_hours_that_break_out_together_make_their_districts_tails_mean_less() -> None:
    calm, wild = (lived(np.random.default_rng(3), hours=480, steady=steady) for steady in (True, False))
    of = [bank.districts["d0"].calibration.map_of(4.0).of(1e-3) for bank in (calm, wild)]
    assert of[0] == pytest.approx(1e-3, rel=1.0)
    assert of[1] > 1.2 * of[0]


def test_sparse_keys_are_left_as_they_are() -> None:
    bank = lived(np.random.default_rng(4), mean=0.1)
    assert bank.districts["d0"].calibration.map_of(0.1) is IDENTITY


def test_a_district_learns_the_same_whatever_others_do() -> None:
    rng = np.random.default_rng(5)
    together, alone = (Bank(HourWindows(ZoneInfo("UTC")), Baseline(HOURLY), silence=168, forget=4320) for _ in range(2))
    for hour in range(100):
        counts = {key: int(count) for key, count in zip(KEYS, rng.poisson(4.0, len(KEYS)), strict=True) if count}
        together.close(hour, counts, [])
        alone.close(hour, dict(reversed([(key, n) for key, n in counts.items() if key[0] == "d1"])), [])
    one, other = together.districts["d1"], alone.districts["d1"]
    assert one.calibration.state() == other.calibration.state()
    assert one.spending == other.spending
