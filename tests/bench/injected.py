"""Outbreaks injected into real counts: what is found, how late, at what price; one JSON object on the last line.

    python -m tests.bench.injected ../shared/data --seeds 1 2 3

DIR is the folder of the shared data, or one of its folders `stlouis_2018_01` (hours) and `chicago_2011_2013` (days).
Every key (district and kind with 20 events or more; not `other`) gets one outbreak a seed, at a random time after the
warm-up: a *burst* (a window at its full size, one at half) or a *ramp* (six windows, rising to its full size). The full
size is k standard deviations of the key's own counts, at least k events; what is added is Poisson.

Ours is the detector as shipped, run over all events of the city, hours and days: its `by_chance` against a budget of
chance alarms, which nothing in these data has set. River's detectors get the same counts key by key, each with the one
limit at which it makes as many alarms as ours on the data as they are, or the nearest below: that limit has seen the
data it is judged on, ours has not (`ours_favoured` is ours with such a limit). An alarm is a window beyond the limit,
with at least five events in a day; alarms of a key within a day (of days: two days) are one. Whoever was beyond the
limit in the window before an outbreak has not found it. Whatever alarms on the data as they are counts as false, though
the city had surges of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.budget import Budget  # noqa: E402
from detectors.event import Event, Place  # noqa: E402
from detectors.surge import SurgeDetector  # noqa: E402
from detectors.surge_config import SurgeConfig  # noqa: E402
from detectors.windows import instant  # noqa: E402
from tests.bench.injected_material import CITIES, City, Key, Material  # noqa: E402
from tests.bench.injected_peers import Floats, stock, timed  # noqa: E402

Mask = NDArray[np.bool_]

SIZES = (5, 8, 12)
SHAPES = {"burst": (1.0, 0.5), "ramp": tuple(n / 6 for n in range(1, 7))}
LEAST = 5


@dataclass(frozen=True)
class Outbreak:
    """What was added to one key, from one window on."""

    key: int
    start: int
    shape: str
    size: int
    extra: tuple[int, ...]


def outbreaks(material: Material, rng: np.random.Generator) -> list[Outbreak]:
    """Draw an outbreak for every key."""
    longest = max(map(len, SHAPES.values()))
    found = []
    for key, counts in enumerate(material.counts):
        start = int(rng.integers(material.since, len(counts) - longest))
        shape, size = str(rng.choice(sorted(SHAPES))), int(rng.choice(SIZES))
        full = size * max(float(counts[material.since :].std()), 1.0)
        extra = tuple(int(n) for n in rng.poisson([full * part for part in SHAPES[shape]]))
        found.append(Outbreak(key, start, shape, size, extra))
    return found


def injected(material: Material, drawn: Sequence[Outbreak], rng: np.random.Generator) -> Iterator[Event]:
    """Yield the events with those of the outbreaks among them."""
    alike: dict[Key, Event] = {(e.place.district, e.kind): e for e in material.events}
    more = []
    for one in drawn:
        like = alike[material.keys[one.key]]
        for at, extra in enumerate(one.extra):
            begin, end = (material.grid.start(material.first + one.start + at + n) for n in (0, 1))
            for n in range(extra):
                t = begin if like.resolution == "day" else float(rng.uniform(begin, end - 1.0))
                id_ = f"{like.source}:injected-{one.key}-{at}-{n}"
                more.append(_event(like, id_, t))
    more.sort(key=lambda event: (event.occurred_at, event.id))
    return merge(material.events, more, key=lambda event: (event.occurred_at, event.id))


def _event(like: Event, id_: str, t: float) -> Event:
    return Event(
        id=id_,
        source=like.source,
        kind=like.kind,
        occurred_at=instant(t),
        resolution=like.resolution,
        place=Place(district=like.place.district, name=like.place.name),
    )


def ours(material: Material, events: Iterable[Event]) -> Floats:
    """Return minus the chance alarms a day, all keys of the city together, as few as a count allows when it is told.

    Hours and days are watched, as shipped. What a day comes to so far is told in the window that takes it there.
    """
    districts = len({event.place.district for event in material.events})
    detector = SurgeDetector(replace(SurgeConfig.of(material.areas), districts=districts), material.areas.zone)
    found = np.full(material.counts.shape, -np.inf)
    closing = 0.0
    for event in events:
        t = event.occurred_at.timestamp()
        if t >= closing:
            material.note(found, detector.advance(t), None)
            closing = material.grid.start(material.grid.index(t) + 1)
        material.note(found, detector.observe(event, t), t)
    material.note(found, detector.advance(closing), None)
    return found


def alarms(material: Material, beyond: Mask) -> int:
    """Return how many alarms are judged, those of a key close to each other being one."""
    quiet = max(material.grid.per_day, 2)
    total = 0
    for row in beyond[:, material.since :]:
        at = np.flatnonzero(row)
        total += int((np.diff(at, prepend=-(10**9)) > quiet).sum())
    return total


def limit_for(material: Material, scores: Floats, allowed: int) -> float:
    """Return the lowest score from which on there are at most so many alarms."""
    seen = np.unique(scores[:, material.since :])
    low, high = 0, len(seen)  # alarms at seen[high:] are few enough
    while low < high:
        middle = (low + high) // 2
        if alarms(material, scores >= seen[middle]) <= allowed:
            high = middle
        else:
            low = middle + 1
    return float(seen[low]) if low < len(seen) else np.inf


def scored(material: Material, counts: Floats, events: Iterable[Event]) -> tuple[dict[str, Floats], dict[str, float]]:
    """Return the scores of every detector, and what river's took."""
    found, took = timed(stock(), counts)
    total = np.cumsum(np.pad(counts, ((0, 0), (material.grid.per_day, 0))), axis=1)
    lately = total[:, material.grid.per_day :] - total[:, : -material.grid.per_day]
    for scores in found.values():
        scores[lately < LEAST] = -np.inf
    told = ours(material, events)
    return found | {"ours": told, "ours_favoured": told}, took


class Found:
    """What a detector found, by shape and size."""

    def __init__(self) -> None:
        self.outbreaks: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.delay: Counter[str] = Counter()

    def add(self, one: Outbreak, alarmed: Mask) -> None:
        """Count an outbreak; `alarmed` are the window before it, and its own."""
        at = np.flatnonzero(alarmed[1:]) if not alarmed[0] else np.empty(0)
        for name in (one.shape, f"{one.shape}_{one.size}"):
            self.outbreaks[name] += 1
            self.found[name] += len(at) > 0
            self.delay[name] += int(at[0]) if len(at) else 0

    def figures(self) -> dict[str, float]:
        """Return probability of detection, and the mean delay in windows of what was found."""
        figures = {}
        for name in sorted(self.outbreaks):
            figures[f"{name}_pod"] = round(self.found[name] / self.outbreaks[name], 3)
            figures[f"{name}_delay"] = round(self.delay[name] / max(self.found[name], 1), 2)
        return figures


def bench(folder: Path, city: City, rates: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """Return the figures of one city."""
    material = Material(folder, city)
    plain, took = scored(material, material.counts, material.events)
    limits: dict[str, dict[str, float]] = {}
    for rate in rates:
        count = alarms(material, plain["ours"] >= -_per_day(rate))
        limits[rate] = {name: limit_for(material, scores, count) for name, scores in plain.items()}
        limits[rate]["ours"] = -_per_day(rate)
    found = {rate: {name: Found() for name in plain} for rate in rates}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        drawn = outbreaks(material, rng)
        counts = material.counts.copy()
        for one in drawn:
            counts[one.key, one.start : one.start + len(one.extra)] += one.extra
        scores, _ = scored(material, counts, injected(material, drawn, rng))
        for rate in rates:
            for name, figures in found[rate].items():
                beyond = scores[name] >= limits[rate][name]
                for one in drawn:
                    figures.add(one, beyond[one.key, one.start - 1 : one.start + len(one.extra)])
    return {
        "windows": city.window,
        "keys": len(material.keys),
        "mean_count": round(float(material.counts[:, material.since :].mean()), 3),
        "weeks": round(material.weeks, 1),
        "outbreaks": len(material.keys) * len(seeds),
        "us_per_count": {name: round(us, 1) for name, us in took.items()},
        "budgets": {
            rate: {
                name: {
                    "false_alarms_a_week": round(
                        alarms(material, plain[name] >= limits[rate][name]) / material.weeks, 2
                    ),
                    **figures.figures(),
                }
                for name, figures in found[rate].items()
            }
            for rate in rates
        },
    }


def _weekly(material: Material, beyond: Mask) -> float:
    return round(alarms(material, beyond) / material.weeks, 2)


def _per_day(rate: str) -> float:
    return Budget.of({"blue": rate, "yellow": rate, "orange": rate, "red": rate}).blue


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--budgets", nargs="+", default=["1/day", "1/week"], help="chance alarms of the city")
    options = parser.parse_args()
    folders = [options.folder] if options.folder.name in CITIES else [options.folder / name for name in CITIES]
    figures = {}
    for folder in folders:
        if folder.is_dir():
            found = figures[folder.name] = bench(folder, CITIES[folder.name], options.budgets, options.seeds)
            for rate, rows in found["budgets"].items():
                for name, row in rows.items():
                    print(f"{folder.name} {rate:7s} {name:20s} {row}")
    if not figures:
        parser.error(f"neither {options.folder} nor a folder in it is one of {', '.join(CITIES)}")
    print(json.dumps({"seeds": options.seeds, "sizes_sd": SIZES, "cities": figures}))


if __name__ == "__main__":
    main()
