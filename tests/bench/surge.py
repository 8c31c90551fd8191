"""Surge detection in figures: power, calibration and cost; one JSON object on the last line.

``python -m tests.bench.surge --reps 40 --seed 1``

Weekly series after Noufaily et al. (2013): 42 scenarios of 624 weeks with four past outbreaks; power on one
outbreak in the last 49 weeks, false positives and calibration on the same weeks without it. Hourly city: 40
areas x 15 kinds with day and week rhythm over 8 weeks, through the detector's own bank. Cost: CPU time.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import betainc

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.bank import Bank  # noqa: E402
from detectors.baseline import Baseline, Floats  # noqa: E402
from detectors.event import Event, Place  # noqa: E402
from detectors.rhythm import HOURLY, Rhythm  # noqa: E402
from detectors.surge import SurgeConfig, SurgeDetector  # noqa: E402
from detectors.windows import HourWindows, instant  # noqa: E402

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

WEEKLY = Rhythm(
    harmonics=((52.0, 2),),
    level_discount=0.985,
    trend_discount=0.998,
    season_discount=0.999,
    trend_damping=0.999,
    level_variance=2.0,
    patience=8.0,
    dispersion=1.5,
    dispersion_mass=20.0,
    dispersion_memory=400.0,
)
WEEKS, CURRENT, YEAR = 624, 576, 52
PARAMETERS = (
    (0.1, 1.5, 0.0025, 0.6, 0.6),
    (-2.0, 2.0, 0.005, 0.1, 0.3),
    (1.5, 1.0, 0.003, 0.2, -0.4),
    (0.5, 5.0, 0.002, 0.5, 0.5),
    (2.5, 3.0, 0.001, 1.0, 0.1),
    (3.75, 1.1, 0.001, 0.1, -0.1),
    (5.0, 1.2, 0.0001, 0.05, 0.01),
)
NOMINAL = (1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class Series:
    """Counts without and with the current outbreak, series x weeks, and that outbreak's share of them."""

    null: Floats
    current: Floats
    outbreak: Floats
    scenario: Counts


def negative_binomial(rng: np.random.Generator, mean: Floats, ratio: Floats) -> Floats:
    """Draw counts with variance ``ratio * mean``; Poisson where the ratio is 1."""
    excess = np.maximum(ratio - 1.0, 1e-9)
    return rng.poisson(np.where(ratio > 1.0, rng.gamma(mean / excess) * excess, mean)).astype(float)


def means() -> tuple[Floats, Floats]:
    """Return the 42 scenarios' expected counts (42 x weeks) and dispersions (42 x 1)."""
    t = np.arange(1, WEEKS + 1)
    found = []
    for theta, _, beta, cosine, sine in PARAMETERS:
        for trend in (0.0, beta):
            for m in range(3):
                turns = [2.0 * math.pi * j * t / YEAR for j in range(1, m + 1)]
                season = sum((cosine * np.cos(x) + sine * np.sin(x) for x in turns), np.zeros(WEEKS))
                found.append(np.exp(theta + trend * t + season))
    return np.array(found), np.repeat([p[1] for p in PARAMETERS], 6)[:, None]


def outbreak(rng: np.random.Generator, start: int, k: int, deviation: float) -> Floats:
    """Return an outbreak's cases by week."""
    cases = np.zeros(WEEKS)
    for delay in np.floor(rng.lognormal(0.0, 0.5, rng.poisson(k * deviation))):
        week = start + int(delay)
        if week < WEEKS:
            cases[week] += 1
    return cases


def noufaily(rng: np.random.Generator, reps: int) -> Series:
    """Simulate the protocol's series, `reps` of each scenario."""
    mean, ratio = means()
    mean, ratio = np.repeat(mean, reps, axis=0), np.repeat(ratio, reps, axis=0)
    null = negative_binomial(rng, mean, np.broadcast_to(ratio, mean.shape))
    deviation = np.sqrt(mean * ratio)
    outbreaks = np.zeros_like(null)
    for i in range(len(null)):
        for k in (2, 3, 5, 10):
            start = int(rng.integers(313, CURRENT))
            past = outbreak(rng, start, k, deviation[i, start])
            past[CURRENT:] = 0.0
            null[i] += past
        start = int(rng.integers(CURRENT, WEEKS))
        outbreaks[i] = outbreak(rng, start, int(rng.integers(1, 11)), deviation[i, start])
    return Series(null, null + outbreaks, outbreaks, np.repeat(np.arange(len(means()[0])), reps))


def weekly_tails(counts: Floats) -> tuple[Floats, float]:
    """Run the baseline over all series; return p-values of the last weeks and CPU seconds an update of all."""
    model = Baseline(WEEKLY)
    table = model.newborn(np.log(counts[:, 0] + 0.5))
    tails = np.ones((len(counts), WEEKS - CURRENT))
    began = time.process_time()
    for week in range(WEEKS):
        model.evolve(table)
        forecast = model.forecast(table, model.regressors(float(week)))
        if week >= CURRENT:
            y, share = counts[:, week], forecast.mean / (forecast.mean + forecast.size)
            tails[:, week - CURRENT] = np.where(y > 0, betainc(np.maximum(y, 1.0), forecast.size, share), 1.0)
        model.learn(table, forecast, np.ascontiguousarray(counts[:, week]))
    return tails, (time.process_time() - began) / WEEKS


def power(series: Series) -> dict[str, float]:
    """Measure POD at pooled false-positive rates, and calibration."""
    null, took = weekly_tails(series.null)
    current, _ = weekly_tails(series.current)
    cases: Mask = np.greater(series.outbreak[:, CURRENT:], 0.0)
    hit: Mask = cases.max(axis=1)
    first = cases.argmax(axis=1)
    last = cases.shape[1] - 1 - cases[:, ::-1].argmax(axis=1)
    weeks = np.arange(cases.shape[1])
    span = (weeks >= first[:, None]) & (weeks <= last[:, None]) & hit[:, None]
    figures: dict[str, float] = {"series": len(null), "us_per_update_batched": took / len(null) * 1e6}
    for rate in (0.01, 0.0014):
        threshold = np.quantile(null, rate, method="lower")
        alarm = current <= threshold
        figures |= {
            f"pod_at_fpr_{rate}": float((alarm & span).any(axis=1)[hit].mean()),
            f"wk1_pod_at_fpr_{rate}": float(alarm[np.arange(len(alarm)), first][hit].mean()),
            f"threshold_at_fpr_{rate}": float(threshold),
        }
    for alpha in NOMINAL:
        figures[f"weekly_realised_over_nominal_{alpha:g}"] = float((null <= alpha).mean() / alpha)
    by_scenario = [(null[series.scenario == s] <= NOMINAL[0]).mean() / NOMINAL[0] for s in np.unique(series.scenario)]
    figures["worst_scenario_over_nominal_0.01"] = float(max(by_scenario))
    return figures


AREAS, KINDS, HOURS = 40, 15, 8 * 168


def city(rng: np.random.Generator) -> Iterator[tuple[Floats, Floats, Mask]]:
    """Yield hour by hour counts, expected counts and where a surge of x4 for 3 hours is on (600 keys)."""
    keys = AREAS * KINDS
    level = np.exp(rng.uniform(math.log(0.01), math.log(20.0), keys))
    day, week, phase = rng.uniform(0.2, 1.0, keys), rng.uniform(0.5, 1.0, keys), rng.uniform(-2.0, 2.0, keys)
    size = np.where(rng.random(keys) < 0.5, 1e9, rng.uniform(3.0, 20.0, keys))
    starts = np.where(rng.random(keys) < 0.5, rng.integers(4 * 168, HOURS - 3, keys), HOURS)
    for hour in range(HOURS):
        weekend = hour // 24 % 7 >= 5
        mean = level * np.exp(day * np.cos(2 * math.pi * (hour % 24 - 15 - phase) / 24)) * (week if weekend else 1.0)
        surging = (hour >= starts) & (hour < starts + 3)
        expected = np.where(surging, 4.0, 1.0) * mean
        yield rng.poisson(rng.gamma(size) / size * expected).astype(float), mean, surging


def hourly(seed: int) -> dict[str, float]:
    """Measure false signals and found surges of the hourly city, through the detector's own bank."""
    keys = [("d", "street", f"s{a}", f"k{k}") for a in range(AREAS) for k in range(KINDS)]
    bank = Bank(HourWindows(ZoneInfo("UTC")), Baseline(HOURLY), silence=168, forget=4320)
    tails, surges, means_ = [], [], []
    monday = 4 * 24  # 1970-01-05
    for hour, (counts, mean, surging) in enumerate(city(np.random.default_rng(seed))):
        present = {key: int(count) for key, count in zip(keys, counts, strict=True) if count}
        asked = present if hour >= 168 else []
        answers = bank.close(monday + hour, present, list(asked))
        if hour >= 168:
            tail = np.ones(len(keys))
            for i, key in enumerate(keys):
                if key in answers:
                    e = answers[key]
                    tail[i] = betainc(counts[i], e.size, e.mean / (e.mean + e.size))
            tails.append(np.where(counts >= 1, tail, 1.0))
            surges.append(surging)
            means_.append(np.column_stack([mean, counts]))
    return _city_figures(np.array(tails), np.array(surges), np.array(means_))


def _city_figures(tails: Floats, surging: Mask, seen: Floats) -> dict[str, float]:
    mean, counts = seen[:, :, 0], seen[:, :, 1]
    calm = np.logical_not(surging)
    figures: dict[str, float] = {}
    for alpha in NOMINAL:
        reported = (tails <= alpha) & (counts >= 5)
        figures[f"hourly_realised_over_nominal_{alpha:g}"] = float((tails <= alpha)[calm].mean() / alpha)
        figures[f"hourly_mean_above_2_over_nominal_{alpha:g}"] = float(
            (tails <= alpha)[calm & (mean > 2.0)].mean() / alpha
        )
        figures[f"hourly_reported_over_nominal_{alpha:g}"] = float(reported[calm].mean() / alpha)
    found: Mask = ((tails <= 1e-3) & (counts >= 5) & surging).max(axis=0)
    surged: Mask = surging.max(axis=0)
    typical = np.where(surged, (mean * surging).sum(axis=0) / np.maximum(surging.sum(axis=0), 1), 0.0)
    for low, high in ((0.0, 0.5), (0.5, 2.0), (2.0, 1e9)):
        within = surged & (typical >= low) & (typical < high)
        figures[f"surges_found_mean_{low:g}_{high:g}"] = float(found[within].mean())
        figures[f"surges_mean_{low:g}_{high:g}"] = int(within.sum())
    return figures


def cost(seed: int) -> dict[str, float]:
    """Measure CPU time an event and an advance: 5,000 keys of uneven size in 7 districts, 8,000 events an hour."""
    rng = np.random.default_rng(seed)
    detector = SurgeDetector(SurgeConfig(), ZoneInfo("Asia/Shanghai"))
    places = [Place(district=f"d{i % 7}", street=f"d{i % 7}s{i}") for i in range(100)]
    weight = np.exp(rng.normal(0.0, 1.5, 5000))
    observing: list[float] = []
    advancing: list[float] = []
    for hour in range(216):
        which = rng.choice(5000, 8000, p=weight / weight.sum()) if hour else np.arange(5000)
        at = np.sort(rng.uniform(0.0, 3600.0, len(which))) + hour * 3600.0
        events = [
            Event(id=f"sos:{hour}-{n}", source="sos", kind=f"k{key % 50}", occurred_at=instant(0.0),
                  place=places[key // 50], reporter=f"r{n}")
            for n, key in enumerate(which)
        ]  # fmt: skip
        began = time.process_time()
        for event, t in zip(events, at.tolist(), strict=True):
            detector.observe(event, t)
        ended = time.process_time()
        detector.advance((hour + 1) * 3600.0)
        observing.append((ended - began) / len(events))
        advancing.append(time.process_time() - ended)
    state = detector.dirty()
    size = sum(len(entry or b"") for name, entry in state.items() if name.startswith("surge/model/"))
    return {
        "us_per_event": float(np.median(observing[176:])) * 1e6,
        "ms_per_advance_5000_keys": float(np.median(advancing[176:])) * 1e3,
        "model_state_bytes_per_key": size / 5000,
    }


def batched(seed: int, series: int = 5000) -> dict[str, float]:
    """Measure CPU time an update of one hourly baseline among 5,000."""
    rng, model = np.random.default_rng(seed), Baseline(HOURLY)
    table = model.newborn(np.zeros(series))
    counts = rng.poisson(1.0, (200, series)).astype(float)
    began = time.process_time()
    for hour in range(200):
        model.evolve(table)
        model.learn(table, model.forecast(table, model.regressors(float(hour))), counts[hour])
    return {"us_per_update_hourly_batched": (time.process_time() - began) / 200 / series * 1e6}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=10, help="series a scenario")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures: dict[str, float] = {"reps": options.reps, "seed": options.seed}
    figures |= power(noufaily(np.random.default_rng(options.seed), options.reps))
    figures |= hourly(options.seed) | batched(options.seed) | cost(options.seed)
    for name, value in figures.items():
        print(f"{name:45s} {value:.5g}")
    print(json.dumps({name: float(f"{value:.5g}") for name, value in figures.items()}))


if __name__ == "__main__":
    main()
