"""How soon a dead feed is found, and how often an ordinary day is called silent.

    python tests/bench/silence.py --seeds 101 102 --days 28

simulates plain days of Shantou and, from the ninth day on, in one run a seed, a feed of grid reports that dies for
three hours at each hour of `--hours` (one a day, days between); and every sixth street silent from day 14 on.

    python tests/bench/silence.py --stlouis ../shared/data/stlouis_2018_01

holds a month of two real sources against their p-values: silences told a warm day of a feed over the nominal rate. The
last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.signal import Signal
from detectors.silence import SilenceConfig, SilenceDetector
from detectors.taxonomy import load_taxonomy
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.simulate import load_scenarios, simulate
from streams.simulate.schema import Scenario
from streams.sources.mapping import RowOk, load_mapping, read_ordered

HOUR = 3600.0
ALPHA = 1e-4
SINCE = datetime(2017, 12, 25, tzinfo=UTC).timestamp()
AREAS = Path(__file__).parents[2] / "streams" / "areas" / "shantou.yaml"


def events(areas: AreaTree, start: datetime, days: int, seed: int, daily: float, deaths: list[Scenario]) -> list[Event]:
    """Return the events of a simulation in order of time."""
    intake = Intake(areas=areas, taxonomy=load_taxonomy(), reporter_key=b"for benches only")
    simulation = simulate(areas=areas, start=start, days=days, seed=seed, daily_events=daily, scenarios=deaths)
    found = [intake.normalise(report, arrives) for arrives, report in simulation.reports]
    return sorted((e for e in found if e.status == "open"), key=lambda event: (event.occurred_at, event.id))


def run(
    areas: AreaTree, told: list[Event], alpha: float, detector: SilenceDetector | None = None
) -> tuple[list[tuple[float, Signal]], float]:
    """Return the signals with the watermark that brought them, and the seconds it took."""
    detector = detector or SilenceDetector(SilenceConfig(alpha_report=alpha), areas)
    found: list[tuple[float, Signal]] = []
    began = time.process_time()
    hour = 0.0
    for event in told:
        t = event.occurred_at.timestamp()
        if t >= hour + HOUR:
            hour = t // HOUR * HOUR
            found += [(hour, signal) for signal in detector.advance(hour)]
        detector.observe(event, t)
    return found, time.process_time() - began


def deaths_of(hours: list[int], days: int) -> Iterator[Scenario]:
    """Yield a death of the grid feed every second day from the ninth on."""
    scenario = load_scenarios(["feed-dies"])[0]
    for n, day in enumerate(range(8, days - 1, 2)):
        yield msgspec.structs.replace(scenario, at_h=day * 24.0 + hours[n % len(hours)])


def quiet_streets(areas: AreaTree, plain: list[Event], since: float, every: int) -> list[float]:
    """Return after how many hours each of some streets that fall silent is told; infinite when it is not."""
    streets = [street.id for district in areas.districts() for street in areas.children(district.id)]
    found = []
    for street in streets[::every]:
        told = [e for e in plain if e.place.street != street or e.occurred_at.timestamp() < since]
        hits = [at for at, signal in run(areas, told, ALPHA)[0] if signal.place.street == street and at > since]
        found.append((min(hits) - since) / HOUR if hits else math.inf)
    return found


def stlouis(folder: Path) -> dict[str, object]:
    """Return how many silences real feeds have had over how many chance would allow."""
    areas = load_areas("stlouis")
    intake = Intake(areas=areas, taxonomy=load_taxonomy(), reporter_key=b"for benches only")
    names = {"stlouis-requests": "requests", "stlouis-incidents": "incidents"}
    inputs = [(load_mapping(name), folder / f"{file}.csv.gz") for name, file in names.items()]
    rows = [row for row in read_ordered(inputs, None) if isinstance(row, RowOk) and row.t >= SINCE]
    told = sorted((intake.normalise(row.report, row.t) for row in rows), key=lambda e: (e.occurred_at, e.id))
    told = [event for event in told if event.status == "open"]
    ratios: dict[str, list[float]] = {}
    for alpha in (0.1, 1e-2, 1e-3):
        detector = SilenceDetector(SilenceConfig(alpha_report=alpha), areas)
        found = {signal.id for _, signal in run(areas, told, alpha, detector)[0]}
        detector.dirty()  # brings what it knows of the feeds up to date
        days = sum(max(0, feed.alive - 168) / 24 for feed in detector._watch.feeds.values())
        ratios[str(alpha)] = [len(found), round(days * alpha, 1), round(len(found) / days / alpha, 2)]
    return {"events": len(told), "found_nominal_ratio": ratios}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--daily", type=float, default=3000.0)
    parser.add_argument("--alpha", type=float, default=ALPHA)
    parser.add_argument("--hours", type=int, nargs="+", default=[9, 14, 10, 15, 16])
    parser.add_argument("--stlouis", type=Path)
    options = parser.parse_args()
    if options.stlouis:
        print(json.dumps(stlouis(options.stlouis)))
        return
    areas = load_areas(AREAS)
    start = datetime(2026, 3, 2, tzinfo=areas.zone)
    false, quiet, seconds, count = [], 0, 0.0, 0
    delays: list[float] = []
    whole: list[int] = []
    hours: list[float] = []
    deaths = 0
    for seed in options.seeds:
        plain = events(areas, start, options.days, seed, options.daily, [])
        found, spent = run(areas, plain, options.alpha)
        seconds, count = seconds + spent, count + len(plain)
        false += sorted({(signal.kind, signal.id) for _, signal in found})
        hours += quiet_streets(areas, plain, start.timestamp() + 14 * 24 * HOUR, 6)
        staged = list(deaths_of(options.hours, options.days))
        found, _ = run(areas, events(areas, start, options.days, seed, options.daily, staged), options.alpha)
        ends = [start.timestamp() + one.at_h * HOUR for one in staged]
        for died in ends:
            deaths += 1
            hits = {
                signal.id: at
                for at, signal in reversed(found)
                if signal.kind == "feed" and signal.key.endswith("|grid") and died <= at <= died + 4 * HOUR
            }
            if hits:
                delays.append((min(hits.values()) - died) / HOUR)
                whole.append(len(hits))
        quiet += len({s.id for _, s in found if s.kind == "place"})
    for kind, name in false:
        print(kind, name)
    figures = {
        "days": len(options.seeds) * options.days,
        "false_feeds": sum(kind == "feed" for kind, _ in false),
        "false_places": sum(kind == "place" for kind, _ in false),
        "places_while_feeds_die": quiet,
        "deaths": deaths,
        "found": len(delays),
        "delay_h": [round(d, 2) for d in delays],
        "mean_delay_h": round(sum(delays) / max(1, len(delays)), 2),
        "districts_told": whole,
        "quiet_streets": len(hours),
        "told_within_days": {days: sum(hour <= 24 * days for hour in hours) for days in (1, 2, 4, 8)},
        "us_per_event": round(1e6 * seconds / max(1, count), 2),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
