"""Space-time clusters in figures: power, place, calibration and cost; one JSON object on the last line.

``python -m tests.bench.scan --seed 1 --days 20000 --outbreaks 600``

NYCfever: the statistic of the space-time permutation scan on SaTScan's sample, when the shared data is there.
Outbreaks: a grid of 16 x 16 cells with 2 events a day each; 25 zones a cell; an outbreak lifts the 4-16 cells
nearest to some cell by a slope of 4-9 % of their expected counts more every day for 18 days. Every statistic's
threshold is the one with one alarm a year on null days of its own, an alarm being a run of days that reach it; its
false alarms are then counted on other null days. Days to detection are those from the first of the outbreak; the
Jaccard index compares the cells named on the day of detection, and on the next, with those of the outbreak. A city
without clusters tells how many signals of the detector's there are for its p-values. Beside ours: the
expectation-based Poisson scan over 1-7 days (the greatest likelihood ratio) and a Poisson test of every cell and day.
Cost: CPU time of one scan.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.special import gammainc

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.areas import AreaTree  # noqa: E402
from detectors.event import Event, Place  # noqa: E402
from detectors.growing import Expected, GrowingScan  # noqa: E402
from detectors.scan import ScanConfig, ScanDetector  # noqa: E402
from detectors.signal import Signal  # noqa: E402
from detectors.spacetime import (  # noqa: E402
    clusters_by_permutation,
    expectation_scores,
    likeliest,
    permutation_tail,
)
from detectors.windows import instant  # noqa: E402
from detectors.zones import Floats, Zones, great_circle_m  # noqa: E402

SIDE, LEVEL, NEAREST, SHORT = 16, 2.0, 25, 7
SIZES, SLOPES, LASTING = (4, 16), (0.04, 0.09), 18
YEAR = 365.0
NYC = Path(__file__).resolve().parents[3] / "shared" / "data" / "nycfever_2001"


def grid() -> Zones:
    """Return the zones of the grid of cells."""
    x, y = np.meshgrid(np.arange(float(SIDE)), np.arange(float(SIDE)))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    distances = np.hypot(*np.moveaxis(points[:, None] - points[None], 2, 0))
    order = np.argsort(np.argsort(distances, axis=1, kind="stable"), axis=1, kind="stable")
    return Zones(order.astype(float), most=NEAREST)  # the 25 nearest, ties by number, as the references have them


Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Score = Callable[[Floats], float]
Naming = Callable[[Floats], set[int]]


@dataclass
class Method:
    """A statistic of the last days (days x cells, the latest last), and the cells it names."""

    score: Score
    place: Naming
    thresholds: list[float] = field(default_factory=list)


def methods(zones: Zones, scan: GrowingScan) -> dict[str, Method]:
    """Return ours and the references."""
    windows = scan.courses.windows
    flat = Expected(np.full((windows, zones.areas), LEVEL))
    short = Expected(np.full((SHORT, zones.areas), LEVEL))
    mean: Floats = LEVEL * zones.size * np.arange(1.0, SHORT + 1)[:, None]

    def plain(counts: Floats) -> Floats:
        return expectation_scores(zones, counts[-SHORT:], short)

    def named(counts: Floats) -> set[int]:
        return set(likeliest(zones, plain(counts), mean, mean)[0].areas.tolist())

    def cells(counts: Floats) -> Floats:
        last = counts[-1]
        return np.where(last > 0, gammainc(np.maximum(last, 1.0), LEVEL), 1.0)

    return {
        "growing": Method(
            lambda counts: scan.weigh(counts, flat).log_odds,
            lambda counts: set(scan.region(scan.weigh(counts, flat)).tolist()),
        ),
        "poisson": Method(lambda counts: float(plain(counts).max()), named),
        "cells": Method(
            lambda counts: -float(np.log(cells(counts).min())), lambda counts: {int(cells(counts).argmin())}
        ),
    }


def null_scores(
    rng: np.random.Generator, tried: dict[str, Method], days: int, windows: int, cells: int
) -> dict[str, Floats]:
    """Return every statistic on consecutive days without an outbreak."""
    counts = rng.poisson(LEVEL, (days + windows - 1, cells)).astype(float)
    return {
        name: np.array([method.score(counts[day : day + windows]) for day in range(days)])
        for name, method in tried.items()
    }


def alarms(reached: Mask) -> int:
    """Return how many alarms there are: runs of days on which a threshold is reached."""
    return int(reached[:1].sum() + (reached[1:] & np.logical_not(reached[:-1])).sum())


def once_a_year(scores: Floats) -> float:
    """Return the lowest threshold down to which there is no more than one alarm a year."""
    lowest = float("inf")
    for threshold in np.unique(scores)[::-1]:
        if alarms(np.greater_equal(scores, threshold)) > len(scores) / YEAR:
            break
        lowest = float(threshold)
    return lowest


def outbreak(rng: np.random.Generator, zones: Zones, windows: int) -> tuple[Floats, set[int]]:
    """Return counts with an outbreak that begins after `windows - 1` days, and its cells."""
    cells = zones.order[rng.integers(zones.areas), : rng.integers(SIZES[0], SIZES[1] + 1)]
    counts = rng.poisson(LEVEL, (windows - 1 + LASTING, zones.areas)).astype(float)
    growth = rng.uniform(*SLOPES) * np.arange(1, LASTING + 1)
    counts[windows - 1 :, cells] += rng.poisson(LEVEL * growth[:, None], (LASTING, len(cells)))
    return counts, set(cells.tolist())


def jaccard(named: set[int], truth: set[int]) -> float:
    """Return how much two sets of cells overlap."""
    return len(named & truth) / len(named | truth)


def power(seed: int, days: int, outbreaks: int, scan: GrowingScan) -> dict[str, float]:
    """Measure days to detection, share found, overlap and false alarms."""
    zones, windows = scan.zones, scan.courses.windows
    tried = methods(zones, scan)
    thresholds = {
        name: once_a_year(scores)
        for name, scores in null_scores(np.random.default_rng([seed, 0]), tried, days, windows, zones.areas).items()
    }
    others = null_scores(np.random.default_rng([seed, 1]), tried, days, windows, zones.areas)
    rng = np.random.default_rng([seed, 2])
    delays: dict[str, list[int]] = {name: [] for name in tried}
    overlaps: dict[str, list[float]] = {name: [] for name in tried}
    later: dict[str, list[float]] = {name: [] for name in tried}
    for _ in range(outbreaks):
        counts, truth = outbreak(rng, zones, windows)
        for name, method in tried.items():
            for day in range(LASTING):
                seen = counts[day : day + windows]
                if method.score(seen) >= thresholds[name]:
                    delays[name].append(day + 1)
                    overlaps[name].append(jaccard(method.place(seen), truth))
                    if day + 1 < LASTING:
                        later[name].append(jaccard(method.place(counts[day + 1 : day + 1 + windows]), truth))
                    break
    figures: dict[str, float] = {}
    for name in tried:
        reached = np.greater_equal(others[name], thresholds[name])
        prefix = "" if name == "growing" else f"{name}_"
        figures |= {
            f"{prefix}days_to_detect": float(np.mean(delays[name])),
            f"{prefix}found_share": len(delays[name]) / outbreaks,
            f"{prefix}jaccard": float(np.mean(overlaps[name])),
            f"{prefix}jaccard_next_day": float(np.mean(later[name])),
            f"{prefix}fp_per_year": alarms(reached) / days * YEAR,
            f"{prefix}fp_days_per_year": float(reached.mean() * YEAR),
            f"{prefix}threshold": thresholds[name],
        }
    return figures


CITY, ALPHA = 10, 0.01


def city(side: int) -> AreaTree:
    """Return a city of side x side communities in four districts."""
    districts = []
    for number in range(4):
        here = [(x, y) for x in range(side) for y in range(side) if 2 * (2 * x >= side) + (2 * y >= side) == number]
        communities = [{"id": f"c{x}-{y}", "name": f"C{x}-{y}", "lon": 0.008 * x, "lat": 0.008 * y} for x, y in here]
        districts.append({"id": f"d{number}", "name": f"D{number}", "communities": communities})
    head = {"city": "null", "name": "Null", "tz": "UTC", "calendar": "none", "open": False}
    return AreaTree.from_mapping({**head, "districts": districts})


def null_city(seed: int, days: int) -> dict[str, float]:
    """Run the detector on a city without clusters: overdispersed counts of six classes, with a week's rhythm.

    Events of a class are 0.02 to 3 a community and day; communities differ, counts are clumped (variance over mean
    1.3), and each class has good and bad days (standard deviation 14 %).
    """
    rng = np.random.default_rng([seed, 3])
    levels = (0.02, 0.05, 0.1, 0.3, 1.0, 3.0)
    config = ScanConfig(windows=("day",), alpha_report=ALPHA, fewest=1, min_count=1, clusters=1, looked_into=0.0)
    detector = ScanDetector(config, city(CITY), {f"k{number}": f"k{number}" for number in range(len(levels))})
    share = np.exp(rng.normal(0.0, 0.7, CITY**2))
    found: list[Signal] = []
    events = 0
    for day in range(days):
        weekday = (1.0, 1.1, 1.0, 1.0, 1.0, 0.6, 0.5)[day % 7]
        for number, level in enumerate(levels):
            mean = level * share / share.mean() * weekday * rng.gamma(50.0) / 50.0
            for cell in np.repeat(np.arange(CITY**2), rng.poisson(rng.gamma(mean / 0.3) * 0.3)):
                events += 1
                place = Place(district=detector.cells.districts[cell], community=detector.cells.areas[cell].id)
                t = day * 86_400.0 + events % 86_400
                event = Event(id=f"sos:{events}", source="sos", kind=f"k{number}", occurred_at=instant(t), place=place)
                detector.learn(event, t)
        found += detector.advance((day + 1) * 86_400.0)
    scans = (days - config.warm_up_days) * len(levels)
    tails = np.array([signal.p_value for signal in found])
    realised = {a: float((tails <= a).sum() / scans / a) for a in (ALPHA, ALPHA / 10)}
    return {"null_scans": scans} | {f"realised_over_nominal_{a:g}": value for a, value in realised.items()}


def cost(zones: Zones, scan: GrowingScan) -> dict[str, float]:
    """Measure the CPU time of a scan of 256 cells x 25 zones x 7 days, and of ours with its longer memory."""
    rng = np.random.default_rng(1)
    short = Expected(np.full((SHORT, zones.areas), LEVEL))
    long = Expected(np.full((scan.courses.windows, zones.areas), LEVEL))
    uneven = Expected(long.mean, 1.5 * long.mean)
    drawn = rng.poisson(LEVEL, (50, scan.courses.windows, zones.areas)).astype(float)
    runs: dict[str, Callable[[Floats], object]] = {
        "ms_per_scan": lambda counts: expectation_scores(zones, counts[-SHORT:], short).max(),
        "ms_per_scan_growing": lambda counts: scan.weigh(counts, long),
        "ms_per_scan_growing_overdispersed": lambda counts: scan.weigh(counts, uneven),
    }
    figures = {}
    for name, run in runs.items():
        took = []
        for counts in drawn:
            began = time.process_time()
            run(counts)
            took.append(time.process_time() - began)
        figures[name] = float(np.median(took)) * 1e3
    return figures | {"zones": len(zones), "windows": scan.courses.windows}


def nycfever(folder: Path, permutations: int) -> dict[str, object]:
    """Run the permutation scan on SaTScan's sample: at most 7 days, 3 km, half the cases."""
    if not folder.exists():
        return {"statistic": None}
    with (folder / "NYCfever.geo").open(encoding="ascii") as file:
        places = [(name, float(lat), float(lon)) for name, lat, lon in map(str.split, file)]
    row = {name: number for number, (name, _, _) in enumerate(places)}
    first, counts = dt.date(2001, 11, 1), np.zeros((24, len(places)))
    with (folder / "NYCfever.cas").open(encoding="ascii") as file:
        for name, number, date in map(str.split, file):
            counts[(dt.date(*map(int, date.split("/"))) - first).days, row[name]] += int(number)
    distances = great_circle_m([lon for _, _, lon in places], [lat for _, lat, _ in places])
    zones = Zones(distances, most=len(places), radius=3000.0, weights=counts.sum(axis=0), share=0.5)
    (found,) = clusters_by_permutation(zones, counts, SHORT)
    tail = permutation_tail(zones, counts, SHORT, times=permutations, seed=1)
    since = dt.date(2001, 11, 24) - dt.timedelta(days=found.windows - 1)
    return {
        "statistic": round(found.score, 6),
        "zips": len(found.areas),
        "dates": f"{since}..2001-11-24",
        "observed": int(found.observed),
        "expected": round(found.expected, 4),
        "p_gumbel": round(tail.p_value(found.score), 4),
        "p_rank": round(tail.rank_p_value(found.score), 4),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--days", type=int, default=10_000, help="null days, once for thresholds and once to check them"
    )
    parser.add_argument("--outbreaks", type=int, default=300)
    parser.add_argument("--city-days", type=int, default=400, help="days of the city without clusters")
    parser.add_argument("--permutations", type=int, default=999)
    parser.add_argument("--nyc", type=Path, default=NYC, help="folder with NYCfever.cas and NYCfever.geo")
    options = parser.parse_args()
    zones = grid()
    scan = GrowingScan(zones)
    figures: dict[str, object] = {"seed": options.seed, "days": options.days, "outbreaks": options.outbreaks}
    figures |= nycfever(options.nyc, options.permutations) | cost(zones, scan)
    figures |= null_city(options.seed, options.city_days)
    figures |= {k: round(v, 4) for k, v in power(options.seed, options.days, options.outbreaks, scan).items()}
    for name, value in figures.items():
        print(f"{name:40s} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
