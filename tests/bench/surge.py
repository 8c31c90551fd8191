"""Surge detection in figures: power, calibration and cost; one JSON object on the last line.

``python -m tests.bench.surge --reps 40 --seed 1``

Weekly series as in `tests.bench.noufaily`; with ``--peers`` those of R's surveillance package beside ours on the
first ``--peer-reps`` series of each scenario, as they take minutes. Hourly city: 40 areas x 15 kinds with day and
week rhythm over 8 weeks, through the detector's own bank. Cost: CPU time.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import betainc

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.bank import Bank  # noqa: E402
from detectors.baseline import LAST, Baseline, Floats  # noqa: E402
from detectors.event import Event, Place  # noqa: E402
from detectors.rhythm import HOURLY, WEEKLY  # noqa: E402
from detectors.surge import SurgeDetector  # noqa: E402
from detectors.surge_config import SurgeConfig  # noqa: E402
from detectors.suspicion import suspicion, tails, weight, weighted  # noqa: E402
from detectors.windows import HourWindows, instant  # noqa: E402
from tests.bench.noufaily import CURRENT, NOMINAL, WEEKS, Mask, Series, at_rates, calibration, noufaily  # noqa: E402
from tests.bench.surge_peers import peers  # noqa: E402


def weekly_p_values(counts: Floats) -> tuple[Floats, float, float]:
    """Run the baseline over all series.

    Returns
    -------
    tuple
        P-values of the last weeks; CPU seconds to learn one week and to judge one week of all series.

    """
    model = Baseline(WEEKLY)
    table = model.newborn(np.log(counts[:, 0] + 0.5))
    found = np.ones((len(counts), WEEKS - CURRENT))
    judging = 0.0
    began = time.process_time()
    for week in range(WEEKS):
        model.evolve(table)
        forecast = model.forecast(table, model.regressors(float(week)))
        if week >= CURRENT:
            at = time.process_time()
            weights = weight(suspicion(*table[LAST]))
            found[:, week - CURRENT] = weighted(tails(counts[:, week], forecast.mean, forecast.size), weights)
            judging += time.process_time() - at
        model.learn(table, forecast, np.ascontiguousarray(counts[:, week]))
    return found, (time.process_time() - began - judging) / WEEKS, judging / (WEEKS - CURRENT)


def weekly(series: Series) -> dict[str, float]:
    """Measure power at pooled false-positive rates, calibration and cost."""
    null, learning, judging = weekly_p_values(series.null)
    current, *_ = weekly_p_values(series.current)
    figures: dict[str, float] = {"series": len(null)}
    figures |= at_rates(series, null, current)
    figures |= {f"weekly_{name}": value for name, value in calibration(series, null).items()}
    n = len(null)
    return figures | {"us_per_update_batched": learning / n * 1e6, "us_per_p_value_batched": judging / n * 1e6}


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
    parser.add_argument("--peers", action="store_true", help="run R's surveillance package too")
    parser.add_argument("--peer-reps", type=int, default=5, help="series a scenario for them")
    options = parser.parse_args()
    series = noufaily(np.random.default_rng(options.seed), options.reps)
    figures: dict[str, float | str] = {"reps": options.reps, "seed": options.seed, **weekly(series)}
    figures |= hourly(options.seed) | batched(options.seed) | cost(options.seed)
    if options.peers:
        few = series.first(options.peer_reps)
        figures["peer_reps"] = min(options.peer_reps, options.reps)
        figures |= {f"ours_on_peer_series_{name}": value for name, value in weekly(few).items()} | peers(few)
    figures = {name: value if isinstance(value, str) else float(f"{value:.5g}") for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:55s} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
