"""Documented outbreaks in weekly counts: which are found, and what else is alarmed; one JSON object on the last line.

``python -m tests.bench.outbreaks FOLDER --alpha 0.01 --margin 1``

Every ``*.csv`` or ``*.csv.gz`` of the folder is a series with the columns ``observed`` (events of a week) and
``state`` (1 in the weeks documented as an outbreak). The baseline starts with the series, knowing nothing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.baseline import LAST, Baseline, Floats  # noqa: E402
from detectors.rhythm import WEEKLY  # noqa: E402
from detectors.suspicion import suspicion, tails, weight, weighted  # noqa: E402

Mask = NDArray[np.bool_]


def read(path: Path) -> tuple[Floats, Mask]:
    """Return counts and documented weeks of a series."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    rows = list(csv.DictReader(text.splitlines()))
    return np.array([float(row["observed"]) for row in rows]), np.array([row["state"] == "1" for row in rows])


def p_values(counts: Floats) -> Floats:
    """Return the p-value of every week, made before the week was learned."""
    model = Baseline(WEEKLY)
    table = model.newborn(np.log(counts[:1] + 0.5))
    found = np.ones(len(counts))
    for week in range(len(counts)):
        model.evolve(table)
        forecast = model.forecast(table, model.regressors(float(week)))
        here = counts[week : week + 1]
        weights = weight(suspicion(*table[LAST]))
        found[week] = weighted(tails(here, forecast.mean, forecast.size), weights)[0]
        model.learn(table, forecast, here)
    return found


def outbreaks(documented: Mask) -> list[tuple[int, int]]:
    """Return the first week of each outbreak and the week after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], documented, [False]])))
    return list(pairwise(edges.tolist()))[::2]


def judge(counts: Floats, documented: Mask, alpha: float, margin: int) -> dict[str, float | list[int]]:
    """Return which outbreaks are found, how late, and the alarms outside them; `margin` weeks around are neither."""
    p = p_values(counts)
    alarms = p <= alpha
    near = np.convolve(documented, np.ones(2 * margin + 1), mode="same") > 0.0
    delays, found, close = [], 0, 0
    for start, end in outbreaks(documented):
        inside = np.flatnonzero(alarms[start:end])
        found += bool(len(inside))
        close += bool(alarms[max(start - margin, 0) : end + margin].any())
        delays += inside[:1].tolist()
    return {
        "weeks": len(counts),
        "outbreaks": len(outbreaks(documented)),
        "events_inside": int(counts[documented].sum()),
        "found": found,
        "found_within_margin": close,
        "weeks_to_alarm": delays,
        "smallest_p_inside": float(p[documented].min(initial=1.0)),
        "alarms_outside": int((alarms & ~near).sum()),
        "weeks_outside": int((~near).sum()),
    }


def report(paths: Sequence[Path], alpha: float, margin: int) -> dict[str, Any]:
    """Return the figures of all series and of each."""
    series = {path.name.split(".")[0]: judge(*read(path), alpha, margin) for path in paths}
    names = ("outbreaks", "found", "found_within_margin", "alarms_outside", "weeks_outside")
    totals = {name: sum(int(str(figures[name])) for figures in series.values()) for name in names}
    return {"alpha": alpha, "margin": margin, "series": len(series), **totals, "each": series}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alpha", type=float, default=0.01, help="largest p-value alarmed")
    parser.add_argument("--margin", type=int, default=1, help="weeks around an outbreak that count for neither side")
    options = parser.parse_args()
    paths = sorted([*options.folder.glob("*.csv"), *options.folder.glob("*.csv.gz")])
    if not paths:
        parser.error(f"no *.csv or *.csv.gz in {options.folder}")
    figures = report(paths, options.alpha, options.margin)
    for name, value in figures["each"].items():
        print(f"{name:12s} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
