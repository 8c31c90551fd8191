"""Whether places where nothing recurs are told as often as they say, and how soon one where it does.

    python tests/bench/recurrence.py --seeds 101 102 103

Null: a district of 600 spots whose rates are uneven (gamma, shape 1.5), eight kinds from 0.02 to 1.5 episodes a spot in
90 days, clumps of reports (geometric, mean 1.5) within two days. Every 90 days each spot and kind is a test; as counts
are whole, the nominal rate is what the places' own tails can reach at most (`attainable`). A recurring spot has one
episode every `--every` days. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.recurrence import RecurrenceConfig, RecurrenceDetector
from detectors.taxonomy import load_taxonomy
from detectors.windows import instant

DAY = 86400.0
SPOTS = 600
RATES = (0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0, 1.5)
LEVELS = (1e-2, 1e-3, 1e-4)
MOST = 40
CITY = AreaTree.from_mapping({"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": True})


def life(rng: np.random.Generator, kinds: list[str], days: int) -> list[tuple[float, str, int]]:
    """Return (epoch seconds, kind, spot) of events of places that differ, in order."""
    found = []
    for kind, rate in zip(kinds, RATES, strict=True):
        rates = rng.gamma(1.5, rate / 1.5, SPOTS)
        for spot, count in enumerate(rng.poisson(rates * days / 90.0)):
            for t in rng.uniform(0.0, days * DAY, count):
                clump = rng.uniform(0.0, 2 * DAY, rng.geometric(1 / 1.5) - 1)
                found += [(float(t + later), kind, spot) for later in (0.0, *clump) if t + later < days * DAY]
    return sorted(found)


def an_event(number: int, t: float, kind: str, spot: int) -> Event:
    """Return an event at a spot."""
    place = Place(district="d", community="c", spot=f"c/{spot}", name=f"{spot}")
    return Event(id=f"grid:{number}", source="grid", kind=kind, occurred_at=instant(t), place=place)


class Tests:
    """Counts tests by how small their p-values came out and could have."""

    def __init__(self) -> None:
        self.tests = 0
        self.realised = dict.fromkeys(LEVELS, 0)
        self.attainable = dict.fromkeys(LEVELS, 0.0)

    def look(self, detector: RecurrenceDetector, kinds: list[str]) -> None:
        """Test every spot and kind as it stands."""
        district = detector._districts["d"]
        for kind in kinds:
            for spot, records in district.records.items():
                expected = district.expect(kind, spot)
                tails = [expected.p_value(count) for count in range(MOST)]
                own = len(records[kind].starts) if kind in records else 0
                self.tests += 1
                for level in LEVELS:
                    self.realised[level] += tails[own] <= level
                    self.attainable[level] += next((tail for tail in tails if tail <= level), 0.0)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--days", type=int, default=720)
    parser.add_argument("--every", type=float, default=15.0)
    options = parser.parse_args()
    kinds = [kind for kind in load_taxonomy().kinds if kind != "other"][: len(RATES)]
    tests, signals, seconds, count = Tests(), 0, 0.0, 0
    found: dict[float, list[int]] = {rate: [] for rate in RATES}
    for seed in options.seeds:
        events = life(np.random.default_rng(seed), kinds, options.days)
        detector = RecurrenceDetector(RecurrenceConfig(), CITY, load_taxonomy())
        until = 0
        for number, (t, kind, spot) in enumerate(events):
            if t // (90 * DAY) > until:
                until = int(t // (90 * DAY))
                signals += len(detector.advance(until * 90 * DAY))
                tests.look(detector, kinds)
            began = time.process_time()
            detector.observe(an_event(number, t, kind, spot), t)
            seconds += time.process_time() - began
        count += len(events)
        for rate, kind in zip(RATES, kinds, strict=True):
            detector = RecurrenceDetector(RecurrenceConfig(), CITY, load_taxonomy())
            laid = [(180 * DAY + n * options.every * DAY, kind, SPOTS) for n in range(12)]
            for number, one in enumerate(sorted([e for e in events if e[0] < 400 * DAY] + laid)):
                detector.observe(an_event(number, *one), one[0])
            hits = [signal for signal in detector.advance(401 * DAY) if signal.place.name == str(SPOTS)]
            found[rate].append(hits[0].observed if hits else 0)
    figures = {
        "tests": tests.tests,
        "realised": {str(level): tests.realised[level] for level in LEVELS},
        "attainable": {str(level): round(tests.attainable[level], 1) for level in LEVELS},
        "realised_over_attainable": {
            str(level): round(tests.realised[level] / tests.attainable[level], 2) for level in LEVELS
        },
        "chance_signals_in_90_days": round(signals / len(options.seeds) / (options.days / 90), 2),
        "told_at_the_nth_episode": {str(rate): numbers for rate, numbers in found.items()},
        "us_per_observe": round(1e6 * seconds / count, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
