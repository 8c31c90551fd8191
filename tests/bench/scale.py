"""Scale: what 1, 2 and 4 workers do together, how state moves, and what a region of 25 million people would need.

Run from the root of the repository: ``python tests/bench/scale.py [--events 40000] [--workers 1 2 4]
[--cell-events 24000] [--keys 30000]``; it starts a broker of its own. Some 20 minutes of two quiet cores. The last line
is one JSON object:

``workers``
    For each number of workers, on eight partitions: ``events_per_s`` until the last event was through the districts'
    stage, ``all_events_per_s`` until nothing waited in any stage, ``us_per_event`` of all workers together.
``joined_s``, ``joined_mb``, ``killed_s``, ``killed_mb``
    A second worker joins one that holds all state: seconds from its start until both are ready and it has partitions,
    and the state it read. It is killed: seconds until the other holds all again, with the ten the group waits for a
    sign of life, and what that read.
``state``
    Bytes of a key in memory and on Kafka, seconds in which a GB of state is read and taken over
    (`tests/bench/state.py`), and what an event adds to both while every window still holds it.
``bytes_per_event``
    What an event puts on the raw topics, on those of events, and on all others together.
``cells``, ``model``, ``held_out``
    What was measured (`tests.bench.scale_model`), the coefficients fitted to it by stage (base, rules, keys, closing,
    density), and cells and a run of two workers that were not fitted: measured, predicted, and how far off that is.
``region``
    What the model says of 25 million people, 1e8 events a day and 20 times the mean at the peak.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy" / "kafka")]

from broker import Broker  # noqa: E402

from detectors.taxonomy import load_taxonomy  # noqa: E402
from streams import topics  # noqa: E402
from streams.feed import feed_reports  # noqa: E402
from streams.intake.places import load_areas  # noqa: E402
from tests.bench.peers_measuring import cpu_s  # noqa: E402
from tests.bench.region import reports, write_region  # noqa: E402
from tests.bench.scale_model import CELLS, HELD_OUT, Cell, Load, cost_us, fit, region, run_cell  # noqa: E402
from tests.integration.harness import City, a_city, metrics, unacknowledged, wait_ready  # noqa: E402

PARTITIONS = 8
BESIDE = Load(1, 8, 1_000.0)
OTHER = Load(1, 3, 4_000.0)
DENSE, SPAN = Load(1, 1, 1_000_000.0), 4
LIMIT_S = 1_800.0
SNAPSHOT_S = 5.0  # the default of the settings; the harness of the tests has a shorter one
ONLY_CLOCKS = 200
"""Watermarks come for ever: fewer records than these waiting are no reports."""


def main() -> None:
    """Run all and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=40_000, help="reports for each number of workers")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--cell-events", type=int, default=24_000)
    parser.add_argument("--keys", type=int, default=30_000, help="keys of the state that is read back")
    given = parser.parse_args()
    cells = [_told(run_cell(load, given.cell_events, 1)) for load in CELLS]
    others = [_told(run_cell(load, given.cell_events, 2)) for load in HELD_OUT]
    few, many = (_told(run_cell(DENSE, given.cell_events * times, 1)) for times in (1, SPAN))
    model = fit(cells)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Broker(folder / "broker"))
        runs: dict[str, Any] = {}
        moved: dict[str, float] = {}
        for number in given.workers:
            runs[str(number)] = together(broker, folder, BESIDE, number, given.events, moved if number == 1 else None)
        other = together(broker, folder, OTHER, 2, given.events, None)
    shell_us = runs[str(given.workers[0])]["us_per_event"] - cost_us(model, BESIDE)
    state = {**of_state(given.keys), **per_event(few, many, given.cell_events)}
    per = {"shell_us": shell_us, "keys": keys_of_a_city(), **state, **runs[str(given.workers[0])]["bytes"]}
    figures = {
        "workers": runs,
        **moved,
        "state": state,
        "bytes_per_event": runs[str(given.workers[0])]["bytes"],
        "cells": [asdict(cell) for cell in cells],
        "model": model,
        "shell_us": round(shell_us, 1),
        "held_out": [
            *(held_out(asdict(cell.load), sum(cell.us.values()), cost_us(model, cell.load)) for cell in others),
            held_out({"workers": 2, **asdict(OTHER)}, other["us_per_event"], cost_us(model, OTHER) + shell_us),
        ],
        "region": region(model, per),
    }
    print(json.dumps(figures))


def _told(cell: Cell) -> Cell:
    print(f"{asdict(cell)}", flush=True)
    return cell


def held_out(load: dict[str, Any], us: float, predicted: float) -> dict[str, Any]:
    """Hold a prediction against what was measured."""
    off = round((predicted / us - 1) * 100, 1)
    return {**load, "us_per_event": round(us, 1), "predicted_us": round(predicted, 1), "off_percent": off}


def of_state(keys: int) -> dict[str, float]:
    """Return what a key weighs, in memory and on Kafka, and how long a GB takes to be taken over."""
    command = [sys.executable, "tests/bench/state.py", "--keys", str(keys)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        "rss_b": found["bytes_per_key"],
        "state_b": found["state_mb"] * 2**20 / found["keys"],
        "restore_s_per_gb": round((found["read_s"] + found["restore_s"]) / found["state_mb"] * 1024, 1),
    }


def keys_of_a_city() -> int:
    """Return how many communities and kinds the shipped city has: what most rules and detectors keep something for."""
    tree, taxonomy = load_areas("shantou"), load_taxonomy()
    streets = [street for district in tree.districts() for street in tree.children(district.id)]
    return sum(len(tree.children(street.id)) for street in streets) * len(taxonomy.kinds)


def per_event(few: Cell, many: Cell, events: int) -> dict[str, float]:
    """Return what one more event adds to state and memory while every window still holds it, from two runs."""
    more = (SPAN - 1) * events
    return {
        "state_b_held": max(0.0, many.state_mb - few.state_mb) * 2**20 / more,
        "rss_b_held": max(0.0, many.rss_mb - few.rss_mb) * 2**20 / more,
    }


def together(
    broker: Broker, folder: Path, load: Load, number: int, events: int, moved: dict[str, float] | None
) -> dict[str, Any]:
    """Let so many workers work off reports that come as fast as they go; see then how state moves, if asked."""
    own = folder / uuid.uuid4().hex[:8]
    own.mkdir()
    tree = own / "region.yaml"
    write_region(tree, load.cities)
    over = {"partitions": PARTITIONS, "areas": str(tree), "snapshot_s": SNAPSHOT_S, "lateness_s": 600.0}
    with a_city(broker.bootstrap, f"scale-{own.name}-", own, **over) as city:
        days = -(-events // round(load.cities * load.daily)) + 1
        waiting = list(islice(reports(city.parts().areas, load.cities * load.daily, cycle_days=days), events))
        for _ in range(number):
            wait_ready(city.start_worker(), city, LIMIT_S)
        _until(lambda: all(owns(city, n) for n in range(number)), city)
        used, began = _used(city), time.perf_counter()
        feed_reports(iter(waiting), city.settings)
        _until(lambda: _through(city) >= events, city)
        districts_s = time.perf_counter() - began
        _until(lambda: unacknowledged(city) < ONLY_CLOCKS, city)
        all_s = time.perf_counter() - began
        found = {
            "events_per_s": round(events / districts_s),
            "all_events_per_s": round(events / all_s),
            "us_per_event": round((_used(city) - used) / events * 1e6, 1),
            "bytes": bytes_per_event(broker, city, events),
        }
        print(f"{number} workers: {found}", flush=True)
        if moved is not None:
            moved |= moving(city)
            print(moved, flush=True)
    return found


def _until(done: Callable[[], bool], city: City) -> None:
    for _ in _every(0.2):
        if any(worker.poll() not in {None, -9} for worker in city.workers):
            raise SystemExit(f"a worker ended\n{city.logs()}")
        if done():
            return


def _every(pause_s: float) -> Iterator[None]:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        yield
        time.sleep(pause_s)
    raise SystemExit(f"not done after {LIMIT_S:.0f} s")


def _used(city: City) -> float:
    return sum(cpu_s(worker.pid) for worker in city.workers)


def _through(city: City) -> float:
    """Return the reports that have been through the districts' stage, were too late for it, or became dead letters."""
    total = 0.0
    for name, value in metrics(city).items():
        taken = name.startswith("fenghuo_events_total") and "WATERMARK" not in name
        late = name.startswith("fenghuo_records_total") and 'outcome="LATE"' in name
        total += value if taken or late or name.startswith("fenghuo_dead_letters_total") else 0.0
    return total


def owns(city: City, n: int) -> float:
    """Return how many partitions of ``events`` the n-th worker holds."""
    one = City(city.settings, city.folder, city.workers[n : n + 1])
    return metrics(one).get('fenghuo_partitions{stage="detect"}', 0.0)


def bytes_per_event(broker: Broker, city: City, events: int) -> dict[str, float]:
    """Return what is in the broker's folder for an event: raw topics, those of events, all others."""
    raw = {city.settings.topic(name) for name in topics.raw_topics()}
    event = {city.settings.topic(name) for name in (topics.EVENTS, topics.CITY, topics.LATE)}
    found = {"bytes_raw": 0.0, "bytes_events": 0.0, "bytes_other": 0.0}
    for path in (broker.folder / "data").glob(f"{city.settings.prefix}*/*.log"):
        topic = path.parent.name.rpartition("-")[0]
        what = "bytes_raw" if topic in raw else "bytes_events" if topic in event else "bytes_other"
        found[what] += path.stat().st_size / events
    return {name: round(value) for name, value in found.items()}


def moving(city: City) -> dict[str, float]:
    """Let a second worker join the one there is, then kill it; return how long state took to move, and how much."""
    first = city.workers[0]
    began = time.perf_counter()
    wait_ready(city.start_worker(), city, LIMIT_S)
    _until(lambda: owns(city, 0) == owns(city, 1) == PARTITIONS / 2, city)
    wait_ready(first, city, LIMIT_S)
    joined_s, joined_mb = time.perf_counter() - began, _restored_mb(city, 1)
    before = _restored_mb(city, 0)
    began = time.perf_counter()
    city.workers[1].kill()
    city.workers[1].wait()
    _until(lambda: owns(city, 0) == PARTITIONS, city)
    wait_ready(first, city, LIMIT_S)
    return {
        "joined_s": round(joined_s, 1),
        "joined_mb": round(joined_mb, 1),
        "killed_s": round(time.perf_counter() - began, 1),
        "killed_mb": round(_restored_mb(city, 0) - before, 1),
    }


def _restored_mb(city: City, n: int) -> float:
    one = City(city.settings, city.folder, city.workers[n : n + 1])
    return metrics(one).get("fenghuo_restored_bytes_total", 0.0) / 2**20


if __name__ == "__main__":
    main()
