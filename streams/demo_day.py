"""The day a demo shows: plain days before it, so that it is known what is normal, then one with everything in it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from detectors.areas import AreaTree
from streams.bars import progress, rate
from streams.feed import Parcel
from streams.language import Lang
from streams.simulate import Delays, load_scenarios, simulate
from streams.sources.mapping_row import RowOk
from streams.sources.report import Report

# A Wednesday in the season of typhoons, no public holiday: always the same, so that a seed shows the same twice.
DAILY_EVENTS = 800  # about what the simulated half million people would really report
BEGINS = datetime(2025, 9, 17)  # noqa: DTZ001 - local midnight, in the zone of the city
SHIPPED = ("demo-day",)


@dataclass(frozen=True)
class Plan:
    """What a demo is asked for.

    Parameters
    ----------
    speed
        Multiple of real time.
    seconds
        Ends by itself after so long; ``None``: at the end of the day, on a terminal when Ctrl-C is pressed.
    seed
        Same seed, same day.
    scenarios
        What is staged.
    history_days
        Plain days before the day; normal values are known from seven on.
    workers
        Number of worker processes.
    lang
        Language of what is shown.
    keep
        Leave the topics on the cluster.
    restricted
        Show alerts that only the duty desk may see as well.
    board
        Start the board, and delivery, whose outcome it shows.
    prometheus
        Start Prometheus on what runs.

    """

    speed: float = 600.0
    seconds: float | None = None
    seed: int = 1
    scenarios: Sequence[str] = SHIPPED
    history_days: int = 8
    workers: int = 1
    lang: Lang = "zh"
    keep: bool = False
    restricted: bool = False
    board: bool = False
    prometheus: bool = False


@dataclass(frozen=True)
class Day:
    """Reports with their times of arrival (epoch seconds), in this order: of the days before, and of the day."""

    history: list[tuple[float, Report]]
    reports: list[tuple[float, Report]]


def stage(areas: AreaTree, plan: Plan, lateness_s: float) -> Day:
    """Simulate the day and those before it, with a bar.

    Raises
    ------
    ConfigurationError
        With every fault of the scenarios.

    """
    begins = BEGINS.replace(tzinfo=areas.zone)
    shift_h = 24.0 * plan.history_days
    staged = [msgspec.structs.replace(one, at_h=one.at_h + shift_h) for one in load_scenarios(plan.scenarios)]
    simulation = simulate(
        areas=areas,
        start=begins - timedelta(days=plan.history_days),
        days=plan.history_days + 1,
        seed=plan.seed,
        daily_events=DAILY_EVENTS,
        scenarios=staged,
        delays=Delays(lateness_s=lateness_s),
    )
    day = Day([], [])
    began, boundary = time.monotonic(), begins.timestamp()
    with progress(f"simulating {plan.history_days} days before, and the day", simulation.expected) as bar:
        for n, (arrives, report) in enumerate(simulation.reports, start=1):
            (day.reports if arrives >= boundary else day.history).append((arrives, report))
            if n % 1000 == 0:
                bar.update(bar.task_ids[0], completed=n, rate=rate(n, began))
    return day


def as_parcels(reports: list[tuple[float, Report]], *, paced: bool) -> Iterator[Parcel]:
    """Yield reports as records for their topics, due at their times of arrival when `paced`."""
    encode = msgspec.json.Encoder().encode
    for arrives, report in reports:
        yield Parcel(arrives if paced else None, report.topic, encode(report))


def as_rows(reports: list[tuple[float, Report]]) -> Iterator[RowOk]:
    """Yield reports as a replay takes them."""
    for _, report in reports:
        yield RowOk(report, report.occurred_at.timestamp(), 0)
