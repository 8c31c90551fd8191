"""Whether chance is told as often as it says at each level of area; one JSON object on the last line.

    python -m tests.bench.levels --seed 1 --days 90

Two districts of four streets of four communities, twelve kinds of .02 to 4 events a community and day, half of the
kinds overdispersed (gamma, shape 5, one draw a district, kind and day), fewer at weekends: nothing ever happens. Days
from the thirtieth on are judged by the detector that counts, told all; every area, kind and day is a test.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.event import Event, Place  # noqa: E402
from detectors.surge import SurgeDetector  # noqa: E402
from detectors.surge_config import SurgeConfig  # noqa: E402
from detectors.windows import instant  # noqa: E402

DISTRICTS, STREETS, COMMUNITIES, KINDS = 2, 4, 4, 12
NOMINAL = (1e-1, 1e-2, 1e-3)
DAY_S = 86_400.0
WARM_UP = 30
_LEVELS = ("community", "street", "district")


def life(rng: np.random.Generator, days: int) -> Iterator[list[tuple[Event, float]]]:
    """Yield the events of each day, in order."""
    rate = np.exp(rng.uniform(math.log(0.02), math.log(4.0), (DISTRICTS, STREETS, COMMUNITIES, KINDS)))
    size = np.where(rng.random((DISTRICTS, 1, 1, KINDS)) < 0.5, 1e9, 5.0)
    number = 0
    for day in range(days):
        mean = rate * rng.gamma(size) / size * (0.7 if day % 7 >= 5 else 1.0)
        counts = rng.poisson(mean)
        found = []
        for d, s, c, k in np.argwhere(counts).tolist():
            place = Place(district=f"d{d}", street=f"d{d}s{s}", community=f"d{d}s{s}c{c}")
            for t in rng.uniform(0.0, DAY_S, counts[d, s, c, k]).tolist():
                number += 1
                at = day * DAY_S + t
                event = Event(id=f"sos:{number}", source="sos", kind=f"k{k}", occurred_at=instant(at), place=place)
                found.append((event, at))
        yield sorted(found, key=lambda timed: timed[1])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    detector = SurgeDetector(SurgeConfig(levels=_LEVELS, windows=("day",), tell_all=True), ZoneInfo("UTC"))
    below: Counter[tuple[str, float]] = Counter()
    for day, events in enumerate(life(np.random.default_rng(options.seed), options.days)):
        for event, t in events:
            detector.observe(event, t)
        for signal in detector.advance((day + 1) * DAY_S):
            if signal.final and day >= WARM_UP:
                below.update((signal.level, alpha) for alpha in NOMINAL if signal.p_value <= alpha)
    judged = (options.days - WARM_UP) * DISTRICTS * KINDS
    tests = {"community": judged * STREETS * COMMUNITIES, "street": judged * STREETS, "district": judged}
    ratios = {
        level: {f"{alpha:g}": round(below[level, alpha] / alpha / tests[level], 2) for alpha in NOMINAL}
        for level in _LEVELS
    }
    print(json.dumps({"seed": options.seed, "tests": tests, "realised_over_nominal": ratios}))


if __name__ == "__main__":
    main()
