"""Backtest: how long a month of a large city takes on one core.

Run from the root of the repository: ``python tests/bench/backtest.py [--events 1000000] [--days 30]``. It simulates a
city's reports into a file, and runs ``fenghuo backtest`` on it as a user does. The last line is one JSON object:

``events``, ``seconds``, ``us_per_event``, ``peak_rss_mb``
    Reports backtested with one book, CPU time of the whole command (reading, ordering, intake, pipeline, report), per
    report, and the largest memory of its process.
``events_file_us_per_event``, ``events_file_rss_mb``
    The same from the file of normalised events that ``--save-events`` wrote: no intake, nothing held in memory.
``two_books_us_per_event``
    The same from events with a second book.
``own_us_per_event``
    What backtest adds to the pipeline: CPU time of `streams.backtest.trial.run` with ledgers, less that of the bare
    pipeline, over the same events in memory, the best of three.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from detectors.event import Event  # noqa: E402
from streams.assembly import Parts, assemble, spare_the_collector  # noqa: E402
from streams.backtest.material import of_events_file  # noqa: E402
from streams.backtest.trial import TrialParts, run  # noqa: E402
from streams.replay import ADVANCE_S  # noqa: E402

LATENESS_S = 600.0
IN_MEMORY = 40_000


class Used(NamedTuple):
    """What a command used: CPU seconds and megabytes at most."""

    cpu_s: float
    rss_mb: float


def main() -> None:
    """Simulate, backtest, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--days", type=float, default=30.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports, events, report = (Path(folder) / name for name in ("reports.jsonl", "events.jsonl", "report.json"))
        daily = arguments.events / arguments.days
        command(
            "simulate", "--out", reports, "--days", arguments.days, "--daily-events", daily, "--scenario", "demo-day"
        )
        whole = command("backtest", "fenghuo", reports, "--book", "shipped", "--json", report)
        count = json.loads(report.read_bytes())["rows"]
        command("backtest", "fenghuo", reports, "--save-events", events)
        ready = command("backtest", "--events", events, "--book", "shipped")
        two = command("backtest", "--events", events, "--book", "shipped", "--against", "shipped")
        own = overhead(events)
    figures = {
        "events": count,
        "seconds": round(whole.cpu_s, 1),
        "us_per_event": round(whole.cpu_s / count * 1e6, 1),
        "peak_rss_mb": round(whole.rss_mb),
        "events_file_us_per_event": round(ready.cpu_s / count * 1e6, 1),
        "events_file_rss_mb": round(ready.rss_mb),
        "two_books_us_per_event": round(two.cpu_s / count * 1e6, 1),
        "own_us_per_event": round(own, 2),
    }
    print(json.dumps(figures))


def command(*arguments: object) -> Used:
    """Run `fenghuo` and return what it used."""
    child = subprocess.Popen(
        [sys.executable, "-m", "streams.cli", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"fenghuo {arguments[0]} failed")
    used = Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    print(f"fenghuo {arguments[0]}: {used.cpu_s:.1f} s, {used.rss_mb:.0f} MB")
    return used


def overhead(path: Path) -> float:
    """Return what a trial adds to its pipeline, microseconds an event."""
    events = [event for event, _ in zip(of_events_file(path, lambda _: None), range(IN_MEMORY), strict=False)]
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"x" * 32)
    spare_the_collector()
    with_trial = best(lambda: trial(parts, events))
    return (with_trial - best(lambda: bare(parts, events))) / len(events) * 1e6


def best(job: Callable[[], None]) -> float:
    """Return the least CPU time of three runs, seconds."""
    times = []
    for _ in range(3):
        began = time.process_time()
        job()
        times.append(time.process_time() - began)
    return min(times)


def trial(parts: Parts, events: Sequence[Event]) -> None:
    """Run events through a trial."""
    trial_parts = TrialParts.of(parts, [parts.book])
    run(events, trial_parts.trial(), trial_parts.account, LATENESS_S)


def bare(parts: Parts, events: Sequence[Event]) -> None:
    """Run events through a pipeline and forget what it says."""
    pipeline, due = parts.new_pipeline(), float("-inf")
    for event in events:
        t = event.occurred_at.timestamp()
        if t >= due:
            due = t + ADVANCE_S
            pipeline.advance(t - LATENESS_S)
        pipeline.process(event)
    pipeline.advance(events[-1].occurred_at.timestamp() - LATENESS_S)


if __name__ == "__main__":
    main()
