"""Whether hand-overs are as rare by chance as they say, and how many it takes to tell a spread.

    python tests/bench/spread.py --seeds 101 102 103 --days 400

Null: a district of `--side` squared communities (queen's neighbours) with uneven rates (gamma, shape 1), twelve kinds
from one a week to forty a day in the district, every day of a kind raised or lowered all over (gamma, shape 1), events
in clumps (geometric, mean 1.5). Every new place in trouble that could be a hand-over is a test. Power: into such a
district trouble is laid that goes from a community to neighbours, one every three hours. The last line is one JSON
object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.handover import Onset, handed
from detectors.spread import SpreadConfig, SpreadDetector
from detectors.taxonomy import load_taxonomy
from detectors.windows import instant

HOUR, DAY = 3600.0, 86400.0
NOMINAL = (0.1, 1e-2, 1e-3)
RATES = (0.15, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0)


def a_city(side: int) -> AreaTree:
    """Return a city of one district, a square of communities."""

    def beside(n: int) -> list[str]:
        x, y = n % side, n // side
        spots = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]
        return [f"c{p + q * side}" for p, q in spots if 0 <= p < side and 0 <= q < side]

    communities = [{"id": f"c{n}", "name": f"C{n}", "neighbours": beside(n)} for n in range(side * side)]
    street = {"id": "s", "name": "S", "communities": communities}
    districts = [{"id": "d", "name": "D", "streets": [street]}]
    content = {"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": False, "districts": districts}
    return AreaTree.from_mapping(content)


def quiet_life(rng: np.random.Generator, kinds: list[str], areas: int, days: int) -> list[tuple[float, str, str]]:
    """Return (epoch seconds, kind, community) of events without any spread, in order."""
    rates = rng.gamma(1.0, 1.0, (len(kinds), areas)) * rng.gamma(2.0, 0.5, areas)
    rates *= np.array(RATES)[:, None] / rates.sum(axis=1, keepdims=True)
    found = []
    for day in range(days):
        for kind, row in zip(kinds, rates, strict=True):
            for area in np.flatnonzero(counts := rng.poisson(row * rng.gamma(1.0, 1.0))):
                for t in rng.uniform(0.0, DAY, counts[area]):
                    clump = np.cumsum(np.concatenate([[0.0], rng.exponential(1200.0, rng.geometric(1 / 1.5) - 1)]))
                    found += [(day * DAY + t + later, kind, f"c{area}") for later in clump]
    return sorted(found)


class Reader:
    """Feeds a detector hour by hour and keeps the p-value of every test."""

    def __init__(self, areas: AreaTree) -> None:
        self.detector = SpreadDetector(SpreadConfig(), areas, load_taxonomy())
        self.p_values: list[float] = []
        self.signals = 0
        self._read: Counter[str] = Counter()
        self._number = 0
        self._last: dict[str, float] = {}

    def event(self, t: float, kind: str, area: str) -> None:
        self._number += 1
        place = Place(district="d", street="s", community=area)
        event = Event(id=f"grid:{self._number:08d}", source="grid", kind=kind, occurred_at=instant(t), place=place)
        self.detector.observe(event, t)

    def advance(self, t: float) -> None:
        self.signals += len(self.detector.advance(t))
        ground = self.detector._grounds.get("d")
        if ground is None or t < 28 * DAY:
            return
        for kind, course in ground.courses.items():
            for n, onset in enumerate(course.onsets):
                if onset.t > self._last.get(kind, 0.0):
                    self._test(course.onsets[: n + 1])
            if course.onsets:
                self._last[kind] = course.onsets[-1].t

    def _test(self, onsets: list[Onset]) -> None:
        now = onsets[-1]
        if 0.0 < now.chance < 1.0:
            self.p_values.append(handed([onset for onset in onsets if onset.t > now.t - 72 * HOUR]).p_value)


def null(areas: AreaTree, seed: int, days: int, side: int) -> tuple[Reader, float, int]:
    """Return what was read of a null district, the seconds its detector took, and its events."""
    rng = np.random.default_rng(seed)
    kinds = [kind for kind in load_taxonomy().kinds if kind != "other"][: len(RATES)]
    events = quiet_life(rng, kinds, side * side, days)
    reader, hour = Reader(areas), 0.0
    for t, kind, area in events:
        if t >= hour + HOUR:
            hour = t // HOUR * HOUR
            reader.advance(hour)
        reader.event(t, kind, area)
    timed = Reader(areas)
    began = time.process_time()
    for t, kind, area in events:
        timed.event(t, kind, area)
    timed.detector.advance(days * DAY)
    return reader, time.process_time() - began, len(events)


def steps(areas: AreaTree, seed: int, rate: int) -> int:
    """Return how many communities a spread has reached when it is told; 0 when it was not told by the twelfth."""
    rng = np.random.default_rng(seed)
    kinds = [kind for kind in load_taxonomy().kinds if kind != "other"][: len(RATES)]
    communities = [community for street in areas.children("d") for community in areas.children(street.id)]
    events = quiet_life(rng, kinds, len(communities), 60)
    beside = {area.id: area.neighbours for area in communities}
    path = [str(rng.choice([area.id for area in communities]))]
    while len(path) < 13:
        fresh = [other for one in path for other in beside[one] if other not in path]
        path.append(str(rng.choice(fresh)))
    laid = [(58 * DAY + 3 * HOUR * n, kinds[rate], area) for n, area in enumerate(path)]
    detector = SpreadDetector(SpreadConfig(), areas, load_taxonomy())
    for n, (t, kind, area) in enumerate(sorted(events + laid)):
        place = Place(district="d", street="s", community=area)
        detector.observe(Event(id=f"grid:{n}", source="grid", kind=kind, occurred_at=instant(t), place=place), t)
    detector.advance(58 * DAY)
    for n in range(1, 13):
        if any(signal.kind == kinds[rate] for signal in detector.advance(58 * DAY + 3 * HOUR * n + HOUR)):
            return n
    return 0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--side", type=int, default=8)
    parser.add_argument("--power", type=int, default=0, help="spreads laid a seed and rate")
    options = parser.parse_args()
    areas = a_city(options.side)
    p_values: list[float] = []
    signals, seconds, count = 0, 0.0, 0
    for seed in options.seeds:
        reader, spent, events = null(areas, seed, options.days, options.side)
        p_values += reader.p_values
        signals, seconds, count = signals + reader.signals, seconds + spent, count + events
    taken = {
        RATES[rate]: [steps(areas, 1000 * seed + n, rate) for seed in options.seeds for n in range(options.power)]
        for rate in (0, 4, 8)
    }
    figures = {
        "tests": len(p_values),
        "realised_over_nominal": {
            str(level): round(sum(p <= level for p in p_values) / len(p_values) / level, 2) for level in NOMINAL
        },
        "expected_at_smallest": round(len(p_values) * NOMINAL[-1], 1),
        "chance_signals_a_week": round(signals / max(1, len(options.seeds) * (options.days - 28) / 7), 3),
        "us_per_event": round(1e6 * seconds / max(1, count), 2),
        "events_a_day": round(count / options.days / len(options.seeds)),
        "handovers_until_told": {
            str(rate): {
                "told": sum(n > 0 for n in found),
                "of": len(found),
                "median": float(np.median([n for n in found if n] or [0])),
            }
            for rate, found in taken.items()
        },
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
