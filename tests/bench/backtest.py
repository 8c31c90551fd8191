"""Backtest: how long a month of a large city takes on one core.

Run from the root of the repository: ``python tests/bench/backtest.py [--events 60000] [--days 60]``. It simulates a
city's reports into a file, and runs ``fenghuo backtest`` on it as a user does. The last line is one JSON object:

``events``, ``seconds``, ``us_per_event``, ``peak_rss_mb``
    Reports backtested with one book, CPU time of the whole command (reading, ordering, intake, pipeline, report), per
    report, and the largest memory of its process.
``events_file_us_per_event``, ``events_file_rss_mb``
    The same from the file of normalised events that ``--save-events`` wrote: no intake, nothing held in memory.
``two_books_us_per_event``
    The same from events with a second book.
``own_us_per_event``
    What backtest itself costs: CPU time of `streams.backtest.trial.run` with its ledger, over events in memory and a
    stand-in for the pipeline that says again what the pipeline has said; the best of three.

What a pipeline costs depends on how many reports there are for each place and day. The simulated city has half a
million people, of whom 1,000 reports a day are many: 60,000 in 60 days cost each what a month of a city does that has
33,000 a day from thirty times the places. 1,000,000 in 30 days all at the same few spots is a stress test.
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
from itertools import islice
from pathlib import Path
from typing import NamedTuple, cast

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from detectors.event import Event  # noqa: E402
from streams.assembly import assemble, tune_the_process  # noqa: E402
from streams.backtest.ledger import Ledger  # noqa: E402
from streams.backtest.material import of_events_file  # noqa: E402
from streams.backtest.trial import Account, Trial, run  # noqa: E402
from streams.pipeline import Outcome, Pipeline  # noqa: E402

LATENESS_S = 600.0
IN_MEMORY = 40_000


class Used(NamedTuple):
    """What a command used: CPU seconds and megabytes at most."""

    cpu_s: float
    rss_mb: float


def main() -> None:
    """Simulate, backtest, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--days", type=float, default=60.0)
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
    """Return what a trial costs without its pipeline, microseconds an event."""
    events = list(islice(of_events_file(path, lambda _: None), IN_MEMORY))
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"x" * 32)
    pipeline = Remembered(parts.new_pipeline())
    account = Account()
    run(events, Trial([cast("Pipeline", pipeline)], [Ledger()], account), account, LATENESS_S)
    tune_the_process()
    return best(lambda: again(events, pipeline.said)) / len(events) * 1e6


class Remembered:
    """A pipeline and all it says."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.said: list[Outcome] = []

    @property
    def watermark(self) -> float:
        return self._pipeline.watermark

    def process(self, event: Event) -> Outcome:
        self.said.append(self._pipeline.process(event))
        return self.said[-1]

    def advance(self, watermark: float) -> Outcome:
        self.said.append(self._pipeline.advance(watermark))
        return self.said[-1]


class Echo:
    """Says again what a pipeline said."""

    watermark = 0.0

    def __init__(self, said: Sequence[Outcome]) -> None:
        self._next = iter(said).__next__

    def process(self, _: Event) -> Outcome:
        return self._next()

    def advance(self, _: float) -> Outcome:
        return self._next()


def again(events: Sequence[Event], said: Sequence[Outcome]) -> None:
    """Run events through a trial of an echo."""
    account = Account()
    run(events, Trial([cast("Pipeline", Echo(said))], [Ledger()], account), account, LATENESS_S)


def best(job: Callable[[], None]) -> float:
    """Return the least CPU time of three runs, seconds."""
    times = []
    for _ in range(3):
        began = time.process_time()
        job()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    main()
