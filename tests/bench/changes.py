"""Series of daily counts with and without a change: false alarms and delay of our detector and of river's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import drift

from detectors.changepoint import ChangePoints

Floats = NDArray[np.float64]
Alarms = list[tuple[int, int]]
"""Series and day of each."""

FALSE_ALARMS = 0.05  # a series and year
SEASONS = (0.0, 0.1, 0.2)  # of the log level, both ways
YEAR, CHANGED_ON, DAYS = 365.0, 200, 400
HOWS = ("doubled", "halved", "times_1.5", "doubled_in_90_days", "spread_up", "spread_down")
_SETTLING = 60
_WORKDAYS = 5


def weekly(days: int) -> Floats:
    """Return what the weekday makes of a level."""
    found: Floats = np.where(np.arange(days) % 7 >= _WORKDAYS, 0.7, 1.0)
    return found


def without_change(rng: np.random.Generator, series: int, days: int, season: float) -> Floats:
    """Draw series of 0.1 to 100 events a day, half of them overdispersed (gamma shape 3 to 20)."""
    level = np.exp(rng.uniform(np.log(0.1), np.log(100.0), (series, 1)))
    size = np.where(rng.random((series, 1)) < 0.5, 1e6, rng.uniform(3.0, 20.0, (series, 1)))
    turn = 2.0 * np.pi * (np.arange(days) / 365.25 + rng.random((series, 1)))
    return drawn(rng, level * np.exp(season * np.cos(turn)), size)


def with_change(rng: np.random.Generator, series: int, level: float, how: str) -> Floats:
    """Draw series that change on day 200; gamma shape 10, of a change of spread 2 on its wilder side."""
    since = np.maximum(np.arange(DAYS) - CHANGED_ON + 1, 0)
    factor = {
        "doubled": 1.0 + (since > 0),
        "halved": 1.0 - 0.5 * (since > 0),
        "times_1.5": 1.0 + 0.5 * (since > 0),
        "doubled_in_90_days": 2.0 ** np.minimum(since / 90.0, 1.0),
    }.get(how, np.ones(DAYS))
    wild = {"spread_up": since > 0, "spread_down": since == 0}.get(how, np.zeros(DAYS, dtype=bool))
    return drawn(rng, level * factor * np.ones((series, 1)), np.where(wild, 2.0, 10.0) * np.ones((series, 1)))


def drawn(rng: np.random.Generator, level: Floats, size: Floats) -> Floats:
    """Draw counts."""
    mean = level * weekly(level.shape[1])
    return rng.poisson(mean * rng.gamma(np.broadcast_to(size, mean.shape)) / size).astype(np.float64)


def ours(matters: float) -> Callable[[Floats], Alarms]:
    """Return what runs our detector on series as they are."""

    def run(counts: Floats) -> Alarms:
        points = ChangePoints(p_least=FALSE_ALARMS / YEAR, matters=matters)
        points.add(len(counts))
        days = range(counts.shape[1])
        return [(change.series, day) for day in days for change in points.learn(day, counts[:, day])]

    return run


def peer(new: Callable[[], Any]) -> Callable[[Floats], Alarms]:
    """Return what runs a river detector on series without their weekdays, scaled by the first 60 days."""

    def run(counts: Floats) -> Alarms:
        even = counts / weekly(counts.shape[1])
        first = even[:, :_SETTLING]
        scaled = (even - first.mean(axis=1, keepdims=True)) / np.maximum(first.std(axis=1, keepdims=True), 0.1)
        found: Alarms = []
        for number, series in enumerate(scaled.tolist()):
            detector = new()
            for day, value in enumerate(series):
                detector.update(value)
                if detector.drift_detected:
                    found.append((number, day))
        return found

    return run


def detectors() -> dict[str, Callable[[Floats], Alarms]]:
    """Return our detector and river's, each with some settings."""
    found = {f"ours_{matters}": ours(matters) for matters in (1.25, 1.15, 1.05)}
    for delta in (5e-2, 1e-4, 1e-7):
        found[f"adwin_{delta:g}"] = peer(partial(drift.ADWIN, delta=delta, clock=1))
    for threshold in (20.0, 40.0, 80.0):
        found[f"page_hinkley_{threshold:g}"] = peer(partial(drift.PageHinkley, delta=0.25, threshold=threshold))
    return found


def per_year(alarms: Alarms, series: int, days: int) -> float:
    """Return alarms a series and year, of the days after the first 60."""
    return len([1 for _, day in alarms if day >= _SETTLING]) / (series * (days - _SETTLING) / YEAR)


def delays(alarms: Iterable[tuple[int, int]], series: int) -> dict[str, float]:
    """Return the share found within 200 days and the median days until then, counting those not found as 200."""
    first: dict[int, int] = {}
    for number, day in alarms:
        if day >= CHANGED_ON:
            first.setdefault(number, day - CHANGED_ON + 1)
    found = [first.get(number, DAYS - CHANGED_ON) for number in range(series)]
    return {"found": round(len(first) / series, 3), "median_days": float(np.median(found))}


def figures(seed: int, series: int, years: float, changed: int) -> dict[str, Any]:
    """Return false alarms a series and year by season, share found and median delay by change, and cost.

    Parameters
    ----------
    seed
        Of all series.
    series, years
        Without a change, and how long.
    changed
        Series for each level and change.

    """
    rng = np.random.default_rng(seed)
    days = int(years * YEAR)
    null = {season: without_change(rng, series, days, season) for season in SEASONS}
    changes = {
        f"{how}_at_{level:g}": with_change(rng, changed, level, how) for how in HOWS for level in (3.0, 10.0, 30.0)
    }
    found: dict[str, Any] = {"null_series_years": round(series * (days - _SETTLING) / YEAR, 1)}
    for name, run in detectors().items():
        began = time.process_time()
        rates = {f"season_{season}": round(per_year(run(counts), series, days), 4) for season, counts in null.items()}
        us = (time.process_time() - began) / (len(SEASONS) * series * days) * 1e6
        delayed = {how: delays(run(counts), changed) for how, counts in changes.items()}
        found[name] = {"us_a_series_and_day": round(us, 2), "false_alarms_a_year": rates, **delayed}
    return found
