"""What an event costs by rules, keys and reports a day, and what that makes of a region of any size.

A cell is one process that simulates a region (`tests.bench.region`), takes reports through intake and through the
pipelines of the two scopes, and says what an event cost in each, in CPU, after the first third. The model is linear in
how often the default book is in force, in the doublings of the number of copies of the city, and, with d for the
reports a day of each of them in thousands, in 1/d, for what is done by the hour and day and shared by the events of it,
and in the doublings of d, for what there is more of to compare an event with. It is fitted by least squares to cells
that vary one of them at a time::

    µs(stage) = base + rules * (books - 1) + keys * log2(cities) + closing / d + density * log2(d)

Run as a program with ``--cell`` it is one cell and prints it; `scale` runs all.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from detectors.event import Event  # noqa: E402
from detectors.taxonomy import load_taxonomy  # noqa: E402
from rules.book import Book  # noqa: E402
from rules.loader import BOOK  # noqa: E402
from streams.assembly import Parts, assemble, read_book, tune_the_process  # noqa: E402
from streams.errors import BadInput  # noqa: E402
from streams.pipeline import Pipeline  # noqa: E402
from streams.sources import source_types  # noqa: E402
from tests.bench.region import reports, write_region  # noqa: E402

STAGES = ("intake", "district", "city")
EVENTS = 24_000
LATENESS_S = 600.0


@dataclass(frozen=True)
class Load:
    """What is varied: how often the book is in force, copies of the city, and reports a day of each."""

    books: int
    cities: int
    daily: float


CENTRE = Load(1, 4, 1_000.0)
CELLS = (
    CENTRE,
    Load(2, 4, 1_000.0),
    Load(3, 4, 1_000.0),
    Load(1, 1, 1_000.0),
    Load(1, 16, 1_000.0),
    Load(1, 4, 10_000.0),
    Load(1, 4, 100_000.0),
    Load(1, 4, 1_000_000.0),
)
HELD_OUT = (Load(2, 8, 3_000.0), Load(1, 2, 30_000.0))


@dataclass(frozen=True)
class Cell:
    """What was measured: CPU of an event by stage; keys, state and memory of both scopes together."""

    load: Load
    us: dict[str, float]
    keys: int
    state_mb: float
    rss_mb: float


def run_cell(load: Load, events: int, seed: int) -> Cell:
    """Run a cell in a process of its own, so that its memory is its own."""
    command = [
        sys.executable,
        __file__,
        "--cell",
        json.dumps(asdict(load)),
        "--events",
        str(events),
        "--seed",
        str(seed),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Cell(**(found | {"load": load}))


def measured(load: Load, events: int, seed: int) -> Cell:
    """Be a cell."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_region(folder / "region.yaml", load.cities)
        parts = assemble(areas=str(folder / "region.yaml"), book="", hazards="", reporter_key=b"a key for benches only")
        book = books(folder / "book", load.books)
    tune_the_process()
    told, intake_us = _taken_in(parts, load, events, seed)
    before = _rss_mb()
    us, state = {"intake": intake_us}, 0
    for scope, stage in (("district", "district"), ("city", "city")):
        pipeline = Pipeline(book=book, areas=parts.areas, taxonomy=parts.taxonomy, scope=scope)  # type: ignore[arg-type]
        us[stage] = _piped(pipeline, told)
        state += sum(len(value) for value in pipeline.dirty().values() if value)
    keys = len({(event.place.community or event.place.street, event.kind) for event in told})
    return Cell(load, {stage: round(cost, 1) for stage, cost in us.items()}, keys, state / 2**20, _rss_mb() - before)


def _renumbered(found: re.Match[str], times: int) -> str:
    return f"number: {int(found[1]) + 100 * times}"


def books(folder: Path, times: int) -> Book:
    """Return the default book with every rule so many times, under ids and numbers of their own."""
    folder.mkdir()
    for path in BOOK.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        for n in range(times):
            own = re.sub(r"^id: (\S+)", rf"id: \1-{n}", text, flags=re.MULTILINE) if n else text
            own = re.sub(r"^number: (\d+)", partial(_renumbered, times=n), own, flags=re.MULTILINE)
            (folder / f"{n}-{path.name}").write_text(own, encoding="utf-8")
    return read_book(str(folder), load_taxonomy(), examples=False)


def _numbered(n: int, found: re.Match[str]) -> str:
    return f"number: {int(found[1]) + 100 * n}"


def _taken_in(parts: Parts, load: Load, events: int, seed: int) -> tuple[list[Event], float]:
    sources = {kind.topic: source for source, kind in source_types().items()}
    waiting = list(islice(reports(parts.areas, load.cities * load.daily, seed, _days(load, events)), events))
    told, third, now, began = [], len(waiting) // 3, time.time(), 0.0
    for n, parcel in enumerate(waiting):
        if n == third:
            began = time.process_time()
        try:
            told.append(parts.intake.normalise(parts.intake.decode(sources[parcel.topic], parcel.value), now))
        except BadInput as fault:
            raise SystemExit(f"a simulated report is refused: {fault}") from fault
    return told, (time.process_time() - began) / (len(waiting) - third) * 1e6


def _days(load: Load, events: int) -> int:
    return math.ceil(events * 1.2 / (load.cities * load.daily)) + 1


def _piped(pipeline: Pipeline, told: Sequence[Event]) -> float:
    """Take events in, the watermark behind; return what one cost after the first third.

    The watermark is behind by what it is by default, but by no more than a twentieth of the time all take: what waits
    for it would otherwise not be done within a short time that holds many events.
    """
    third, due, began = len(told) // 3, 0.0, 0.0
    span = told[-1].occurred_at.timestamp() - told[0].occurred_at.timestamp()
    behind_s = min(LATENESS_S, span / 20)
    for n, event in enumerate(told):
        if n == third:
            began = time.process_time()
        t = event.occurred_at.timestamp()
        if t >= due:
            due = t + behind_s / 20
            pipeline.advance(t - behind_s)
        pipeline.process(event)
    return (time.process_time() - began) / (len(told) - third) * 1e6


def _rss_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def terms(load: Load) -> list[float]:
    """Return what the model is linear in."""
    thousands = load.daily / 1_000.0
    return [1.0, load.books - 1.0, math.log2(load.cities), 1.0 / thousands, math.log2(thousands)]


def fit(cells: Iterable[Cell]) -> dict[str, list[float]]:
    """Return the coefficients of every stage: base, rules, keys, closing, density."""
    cells = list(cells)
    matrix = np.array([terms(cell.load) for cell in cells])
    return {
        stage: [float(x) for x in np.linalg.lstsq(matrix, np.array([cell.us[stage] for cell in cells]), rcond=None)[0]]
        for stage in STAGES
    }


def cost_us(model: dict[str, list[float]], load: Load, stages: Sequence[str] = STAGES) -> float:
    """Return what an event costs in some stages, as the model has it."""
    return sum(float(np.dot(model[stage], terms(load))) for stage in stages)


def region(
    model: dict[str, list[float]],
    per: dict[str, float],
    *,
    people: float = 25e6,
    daily: float = 1e8,
    peak: float = 20.0,
    busy: float = 0.7,
    held_days: float = 1.0,
) -> dict[str, float]:
    """Return what a region needs.

    Parameters
    ----------
    model
        Coefficients of `fit`.
    per
        ``shell_us``: CPU of an event in a worker besides; ``bytes_*`` on topics for an event; ``state_b`` and ``rss_b``
        for a key, ``state_b_held`` and ``rss_b_held`` for an event in a window; ``keys`` of a copy of the city;
        ``restore_s_per_gb``.
    people, daily, peak
        People, events in a day, and how many times the mean the busiest minutes have.
    busy
        Share of a core that a worker is to use at the peak.
    held_days
        How long events are held in the mean over all windows.

    """
    cities = people / 0.5e6
    load = Load(1, max(1, round(cities)), daily / cities)
    rate = daily / 86_400 * peak
    spread, serial = cost_us(model, load, ("intake", "district")) + per["shell_us"], cost_us(model, load, ("city",))
    cores = rate * spread / 1e6 / busy
    keys, held = cities * per["keys"], daily * held_days
    memory = keys * per["rss_b"] + held * per["rss_b_held"]
    state = keys * per["state_b"] + held * per["state_b_held"]
    bytes_ = {name: value for name, value in per.items() if name.startswith("bytes_")}
    return {
        "peak_events_per_s": round(rate),
        "spread_us": round(spread, 1),
        "city_us": round(serial, 1),
        "workers": math.ceil(cores),
        "partitions": 2 ** math.ceil(math.log2(cores * 2)),
        "city_stage_cores": round(rate * serial / 1e6 / busy, 1),
        "city_stage_most_events_per_s": round(1e6 * busy / serial),
        "keys": round(keys),
        "memory_gb": round(memory / 2**30, 1),
        "state_gb": round(state / 2**30, 1),
        "restore_s_a_worker": round(state / 2**30 * per["restore_s_per_gb"] / math.ceil(cores), 1),
        **{f"{name}_gb_a_day": round(value * daily / 2**30) for name, value in bytes_.items()},
    }


def main(told: Callable[[str], None] = print) -> None:
    """Be a cell, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cell", required=True)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    told(json.dumps(asdict(measured(Load(**json.loads(given.cell)), given.events, given.seed))))


if __name__ == "__main__":
    main()
