"""Calibration and power of the novelty and the drift detector beside river's; one JSON object on the last line.

``python -m tests.bench.novelty --seed 11 --districts 8 --days 120 --series 200 --years 2``

Novelty: a calm and a wild simulated city (`tests.bench.mixes`), driven event by event. ``realised`` is the realised
over the nominal rate of p-values in windows with at least 8 events, after 35 days, and how many such windows there
were; ``pod`` the share of changed windows of districts found, at p <= 1/100 and 1/1000, with their number.
HalfSpaceTrees see the shares of the same windows; their thresholds are the 99 % and 99.9 % quantiles of their own
scores where nothing was changed, which is more than anybody would know.

Drift: as in `tests.bench.changes`. CPU time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from river.anomaly import HalfSpaceTrees  # noqa: E402

from detectors.novelty import NoveltyConfig, NoveltyDetector  # noqa: E402
from tests.bench.changes import figures as drift_figures  # noqa: E402
from tests.bench.mixes import DAY_S, WHOLE_DAY, MixCity, a_city, changed  # noqa: E402

SETTLED, MIN_COUNT, EVERY = 35, 8, 6
NOMINAL = (1e-2, 1e-3)
TREES = {"25x8": {"n_trees": 25, "height": 8}, "10x6": {"n_trees": 10, "height": 6}}
Key = tuple[int, int, int, int]
"""District, street or -1, day, hour or -1."""


def p_values(city: MixCity) -> tuple[dict[Key, float], dict[str, float]]:
    """Return the small p-values of a city's windows, and what they cost."""
    config = NoveltyConfig(alpha_report=2.0 * max(NOMINAL), min_count=MIN_COUNT)
    detector = NoveltyDetector(config, ZoneInfo("UTC"))
    found: dict[Key, float] = {}
    counting = closing = 0.0
    for day in range(city.counts.shape[1]):
        events = list(city.events(day))
        began = time.process_time()
        for event, t in events:
            detector.observe(event, t)
        between = time.process_time()
        signals = detector.advance((day + 1) * DAY_S)
        counting, closing = counting + between - began, closing + time.process_time() - between
        for signal in signals:
            street = int(signal.place.street.rpartition("s")[2]) if signal.level == "street" else -1
            hour = signal.starts_at.hour if ":hour:" in signal.id else WHOLE_DAY
            found[int(signal.place.district[1:]), street, day, hour] = signal.p_value
    events_seen = int(city.counts.sum())
    state = sum(len(entry or b"") for entry in detector.dirty().values())
    costs = {"us_an_event_observe": counting / events_seen * 1e6, "us_an_event_close": closing / events_seen * 1e6}
    return found, {**costs, "events": float(events_seen), "state_bytes": float(state)}


def tests_of(city: MixCity) -> dict[str, int]:
    """Return the number of windows with enough events after the first days."""
    streets = city.counts[:, SETTLED:].sum(axis=4)
    tables = {"street_hour": streets, "street_day": streets.sum(axis=2)}
    tables |= {"district_hour": streets.sum(axis=3), "district_day": streets.sum(axis=(2, 3))}
    return {name: int((table >= MIN_COUNT).sum()) for name, table in tables.items()}


def realised(city: MixCity, found: Mapping[Key, float]) -> dict[str, Any]:
    """Return realised over nominal rates, with the number of windows."""
    ratios: dict[str, Any] = {}
    for alpha in NOMINAL:
        below = Counter(
            ("district" if street < 0 else "street") + ("_day" if hour == WHOLE_DAY else "_hour")
            for (_, street, day, hour), p_value in found.items()
            if p_value <= alpha and day >= SETTLED
        )
        tests = tests_of(city)
        for name, number in tests.items():
            ratios[f"{name}_{alpha:g}"] = (round(below[name] / number / alpha, 3), number)
        ratios[f"all_{alpha:g}"] = (round(below.total() / sum(tests.values()) / alpha, 3), sum(tests.values()))
    return ratios


def trees(city: MixCity, hour: int, settings: Mapping[str, int]) -> tuple[dict[Key, float], float]:
    """Return the scores of HalfSpaceTrees for hours or days of districts, and microseconds a window."""
    found: dict[Key, float] = {}
    districts, days = city.counts.shape[:2]
    hours = (WHOLE_DAY,) if hour == WHOLE_DAY else range(24)
    began = time.process_time()
    for district in range(districts):
        model = HalfSpaceTrees(**settings, window_size=28 if hour == WHOLE_DAY else 168, seed=1)
        for day in range(days):
            for at in hours:
                counts = city.window(district, day, at).sum(axis=(0, 1))
                if counts.sum() >= MIN_COUNT:
                    shares = dict(enumerate((counts / counts.sum()).tolist()))
                    found[district, -1, day, at] = model.score_one(shares)
                    model.learn_one(shares)
    return found, (time.process_time() - began) / max(1, len(found)) * 1e6


def pod(city: MixCity, values: Mapping[Key, float], limits: Mapping[int, float], *, low: bool) -> dict[str, Any]:
    """Return the share of changed windows whose value is beyond the limit of hours (0) or days (-1), by change."""
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    for one in city.injections:
        if city.window(one.district, one.day, one.hour).sum() >= MIN_COUNT:
            value = values.get((one.district, -1, one.day, one.hour), 1.0 if low else 0.0)
            limit = limits[min(one.hour, 0)]
            hit = value <= limit if low else value > limit
            hits[f"{'day' if one.hour == WHOLE_DAY else 'hour'}_{one.how}"].append(hit)
            hits["all"].append(hit)
    return {name: (round(float(np.mean(found)), 3), len(found)) for name, found in sorted(hits.items())}


def novelty_figures(seed: int, districts: int, days: int, *, wild: bool) -> dict[str, Any]:
    """Return calibration, power and cost on a city, ours and HalfSpaceTrees'."""
    rng = np.random.default_rng(seed)
    city = a_city(rng, districts, days, wild=wild)
    other = changed(city, rng, since=SETTLED, every=EVERY)
    small, costs = p_values(city)
    found: dict[str, Any] = {name: round(value, 2) for name, value in costs.items()}
    found["realised"] = realised(city, small)
    small, _ = p_values(other)
    for alpha in NOMINAL:
        found[f"pod_{alpha:g}"] = pod(other, small, {0: alpha, WHOLE_DAY: alpha}, low=True)
    for name, settings in TREES.items():
        calm: dict[int, dict[Key, float]] = {}
        scores: dict[Key, float] = {}
        for hour in (0, WHOLE_DAY):
            calm[hour], found[f"trees_{name}_us_a_{'day' if hour else 'hour'}"] = trees(city, hour, settings)
            scores |= trees(other, hour, settings)[0]
        for alpha in NOMINAL:
            limits = {
                hour: float(np.quantile([one for key, one in values.items() if key[2] >= SETTLED], 1.0 - alpha))
                for hour, values in calm.items()
            }
            found[f"trees_{name}_pod_{alpha:g}"] = pod(other, scores, limits, low=False)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--districts", type=int, default=6)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--years", type=float, default=1.5)
    parser.add_argument("--changed", type=int, default=40)
    arguments = parser.parse_args()
    cities = {"calm": False, "wild": True}
    found = {
        "seed": arguments.seed,
        "novelty": {
            name: novelty_figures(arguments.seed, arguments.districts, arguments.days, wild=wild)
            for name, wild in cities.items()
        },
        "drift": drift_figures(arguments.seed, arguments.series, arguments.years, arguments.changed),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
