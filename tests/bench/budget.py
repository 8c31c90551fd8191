"""A city where nothing happens against its alert budget; one JSON object on the last line.

``python -m tests.bench.budget --seed 1 --days 365 --keys 600``

Keys with day, week and year rhythm, half of them overdispersed, counted by the hour and by the day through the
detector's own baselines; every alarm is a chance alarm. Alarms of one key within a day are one. CPU time.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.bank import Bank  # noqa: E402
from detectors.baseline import Baseline, Floats  # noqa: E402
from detectors.budget import GRADES, Budget, Quieting, vouched  # noqa: E402
from detectors.calibration import Calibration  # noqa: E402
from detectors.cells import Key  # noqa: E402
from detectors.rhythm import DAILY, HOURLY  # noqa: E402
from detectors.suspicion import SHARE, tails, weighted  # noqa: E402
from detectors.windows import DayWindows, HourWindows, Windows  # noqa: E402

WARM_UP_DAYS = 28
MIN_COUNT = 5
DISTRICTS = 4
BUDGET = Budget()
NOMINAL = (1e-2, 1e-3, 1e-4)
_SUSPICIOUS = 1.0 - SHARE + SHARE * 20.0  # weight after a window that has spoken for itself
_ZONE = ZoneInfo("UTC")


class Watch:
    """One kind of window of the city: baselines, calibration, limits and alarms.

    Parameters
    ----------
    grid, model
        Windows and arithmetic.
    keys
        All keys.

    """

    def __init__(self, grid: Windows, model: Baseline, keys: list[Key]) -> None:
        self.keys = keys
        self.grid = grid
        self.bank = Bank(grid, model, silence=7 * grid.per_day, forget=180 * grid.per_day)
        self.calibration = Calibration()
        self.limits: tuple[float, ...] = ()
        self.below: Counter[str] = Counter()
        self.tests = 0.0
        self.seconds = 0.0

    def plan(self, window: int) -> None:
        """Set the limits of the day that begins at a window."""
        step = max(self.grid.per_day // 4, 1)
        hours = range(window, window + self.grid.per_day, step)
        names = sorted(self.bank.districts)
        reach = [self._reach(hour, name) for hour in hours for name in names]
        self.limits = BUDGET.limits(np.repeat(np.concatenate(reach), step), share=0.5)

    def _reach(self, window: int, name: str) -> Floats:
        own = [key for key in self.keys if key[0] == name]
        forecast = self.bank.outlook(window, name, own, next_=False).forecast
        return tails(np.full(len(forecast.mean), float(MIN_COUNT)), forecast.mean, forecast.size)

    def close(self, window: int, counts: NDArray[np.int64], *, count_alarms: bool) -> list[tuple[Key, int]]:
        """Learn a window; return keys with an alarm and its grade as a number."""
        at = np.flatnonzero(counts)
        present = {self.keys[i]: int(counts[i]) for i in at}
        began = time.process_time()
        answers = self.bank.close(window, present, present)
        self.seconds -= time.process_time() - began  # learning is measured by another bench
        expected = [answers[self.keys[i]] for i in at]
        mean, size, weights = (np.array([getattr(e, name) for e in expected]) for name in ("mean", "size", "weight"))
        observed = counts[at].astype(float)
        began_here = time.process_time()
        at_least, beyond = tails(observed, mean, size), tails(observed + 1.0, mean, size)
        p_values = weighted(self.calibration.calibrated(at_least, mean), weights)
        calm = weights < _SUSPICIOUS
        some = tails(np.ones(len(mean)), mean, size)
        self.calibration.learn(at_least[calm], beyond[calm], some[calm], mean[calm])
        self.seconds += time.process_time() - began_here + time.process_time() - began
        if not count_alarms:
            return []
        self.tests += len(counts)
        raw = weighted(at_least, weights)
        for alpha in NOMINAL:
            self.below[f"raw_{alpha:g}"] += int((raw <= alpha).sum())
            self.below[f"calibrated_{alpha:g}"] += int((p_values <= alpha).sum())
        return self._alarms(at, observed, p_values)

    def _alarms(self, at: NDArray[np.intp], observed: Floats, p_values: Floats) -> list[tuple[Key, int]]:
        enough = observed >= MIN_COUNT
        at, p_values = at[enough], p_values[enough]
        tests = len(self.keys) / DISTRICTS
        p_values = vouched(p_values * tests, at % DISTRICTS) / tests
        grades = np.searchsorted(-np.array(self.limits), -p_values, side="right") - 1
        return [(self.keys[i], grade) for i, grade in zip(at, grades.tolist(), strict=True) if grade >= 0]


def counts_by_hour(rng: np.random.Generator, keys: int, days: int) -> Iterator[NDArray[np.int64]]:
    """Yield the counts of each hour, Monday's first; levels 0.01 to 20 an hour."""
    level = np.exp(rng.uniform(math.log(0.01), math.log(20.0), keys))
    day, week, phase = rng.uniform(0.2, 1.0, keys), rng.uniform(0.5, 1.0, keys), rng.uniform(-2.0, 2.0, keys)
    year, month = rng.uniform(0.0, 0.4, keys), rng.uniform(0.0, 2.0 * math.pi, keys)
    size = np.where(rng.random(keys) < 0.5, 1e9, rng.uniform(3.0, 20.0, keys))
    for hour in range(24 * days):
        season = np.exp(year * np.cos(2.0 * math.pi * hour / (24 * 365.25) + month))
        clock = np.exp(day * np.cos(2.0 * math.pi * (hour % 24 - 15 - phase) / 24.0))
        mean = level * season * clock * (week if hour // 24 % 7 >= 5 else 1.0)
        yield rng.poisson(rng.gamma(size) / size * mean)


def run(seed: int, keys: int, days: int) -> dict[str, float]:
    """Let the city live through the days after the warm-up; return its chance alarms against the budget."""
    names: list[Key] = [(f"d{i % DISTRICTS}", "street", f"s{i // 15}", f"k{i % 15}") for i in range(keys)]
    hours = Watch(HourWindows(_ZONE), Baseline(HOURLY), names)
    by_day = Watch(DayWindows(_ZONE), Baseline(DAILY), names)
    quieting = Quieting(24)
    alarms: Counter[int] = Counter()
    monday = 4  # 1970-01-05
    today = np.zeros(keys, dtype=np.int64)
    for hour, counts in enumerate(counts_by_hour(np.random.default_rng(seed), keys, WARM_UP_DAYS + days)):
        warm = hour >= 24 * WARM_UP_DAYS
        if warm and hour % 24 == 0:
            hours.plan(24 * monday + hour)
            by_day.plan(monday + hour // 24)
            quieting.forget(hour)
        today += counts
        found = hours.close(24 * monday + hour, counts, count_alarms=warm)
        if hour % 24 == 23:
            found += by_day.close(monday + hour // 24, today, count_alarms=warm)
            today = np.zeros(keys, dtype=np.int64)
        for key, grade in found:
            before = quieting.before(key, hour)
            if quieting.news(key, hour, grade):
                alarms[grade] += 1
                alarms[before] -= before >= 0  # what rises is one alarm, of its highest grade
    return _figures(alarms, hours, by_day, days)


def _figures(alarms: Counter[int], hours: Watch, by_day: Watch, days: int) -> dict[str, float]:
    figures: dict[str, float] = {
        "keys": len(hours.keys),
        "days": days,
        "tests_a_day": (hours.tests + by_day.tests) / days,
    }
    for number, (grade, rate) in enumerate(zip(GRADES, BUDGET.rates(), strict=True)):
        figures |= {f"{grade}_budget": rate * days, f"{grade}_realised": alarms[number]}
        figures[f"{grade}_realised_over_budget"] = alarms[number] / (rate * days)
    for name, watch in (("hour", hours), ("day", by_day)):
        for which in ("raw", "calibrated"):
            for alpha in NOMINAL:
                figures[f"{name}_{which}_over_nominal_{alpha:g}"] = (
                    watch.below[f"{which}_{alpha:g}"] / watch.tests / alpha
                )
    return figures | {"us_per_test": (hours.seconds + by_day.seconds) / (hours.tests + by_day.tests) * 1e6}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=365, help="after four weeks of warm-up")
    parser.add_argument("--keys", type=int, default=600)
    options = parser.parse_args()
    figures = {"seed": options.seed, **run(options.seed, options.keys, options.days)}
    for name, value in figures.items():
        print(f"{name:40s} {value:.5g}")
    print(json.dumps({name: float(f"{value:.5g}") for name, value in figures.items()}))


if __name__ == "__main__":
    main()
