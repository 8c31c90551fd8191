"""Runs the books over what a backtest is asked for, with a progress bar."""

from __future__ import annotations

import time as clock
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from rich.progress import Progress

from detectors.event import Event
from rules.alert import Text
from rules.surroundings import Declaration
from streams.assembly import tune_the_process
from streams.backtest import material
from streams.backtest.order import Order
from streams.backtest.trial import TrialParts, run
from streams.backtest.truth import Truths, of_simulation
from streams.bars import progress, rate
from streams.demo_day import BEGINS
from streams.outputs import open_output
from streams.recorded import replay_topic
from streams.settings import Settings
from streams.simulate import load_scenarios
from streams.sources.mapping import read_ordered
from streams.topicadmin import check_topics

_TELL_S, _TELL_EVENTS = 0.2, 500
_DAY_S = 86_400.0


def run_order(
    order: Order, settings: Settings, parts: TrialParts, declarations: Sequence[Declaration] | None = None
) -> Truths | None:
    """Run the books over what is asked for, with what was declared; return the truth where the source knows it."""
    if order.topic:
        _run_topic(settings, parts)
        return None
    truths: Truths | None = None
    began = clock.monotonic()
    with ExitStack() as stack:
        bar = stack.enter_context(progress("reading", None))

        def told(done: int) -> None:
            bar.update(bar.task_ids[0], completed=done, rate=rate(done, began))

        if order.events is not None:
            events = material.of_events_file(order.events, lambda _: None)
        elif order.simulated_days is not None:
            events, truths, total = _simulated(order, settings, parts)
            bar.update(bar.task_ids[0], total=total)
        else:
            rows = read_ordered(order.inputs, told)
            events = material.of_rows(rows, parts.intake, parts.account, clock.time())
        if order.save_events is not None:
            file = stack.enter_context(open_output(order.save_events))
            events = material.kept(events, file)
        tune_the_process()
        run(_shown(events, bar), parts.trial(), parts.account, settings.lateness_s, declarations)
    return truths


def _simulated(order: Order, settings: Settings, parts: TrialParts) -> tuple[Iterator[Event], Truths, int]:
    days = order.simulated_days or 1.0
    start = BEGINS.replace(tzinfo=parts.areas.zone)
    simulation = material.staged_days(
        load_scenarios(order.scenarios),
        areas=parts.areas,
        start=start,
        days=days,
        seed=order.seed,
        daily=order.daily,
        late_s=settings.lateness_s,
    )
    after = start.timestamp() + (days + 2) * _DAY_S
    misread: set[str] = set()
    events = material.of_drafts(simulation.drafts, parts.intake, parts.account, after, misread)
    origin = Text("模拟时安排的情景", "the scenarios that were staged")
    staged = of_simulation(simulation.truth, parts.areas)
    return events, Truths(staged, complete=True, origin=origin, misread=misread), simulation.expected


def _run_topic(settings: Settings, parts: TrialParts) -> None:
    check_topics(settings)
    tune_the_process()
    began, counts, account = clock.monotonic(), Counter[str](), parts.account
    with progress("backtesting", None) as bar:

        def told(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total, rate=rate(done, began))

        for _ in replay_topic(settings, parts, counts=counts, progress=told, handled=False):
            pass
    account.verdicts.update({name: counts[name] for name in ("ACCEPTED", "DUPLICATE", "LATE")})
    account.rows = sum(account.verdicts.values())


def _shown(events: Iterable[Event], bar: Progress) -> Iterator[Event]:
    """Yield events and move the bar on with them."""
    began = told = 0.0
    task = bar.tasks[0]
    for n, event in enumerate(events):
        if n == 0:
            began = told = clock.monotonic()
            read = int(task.completed)
            bar.update(task.id, description="backtesting", completed=0, total=task.total or read or None)
        elif n % _TELL_EVENTS == 0 and clock.monotonic() - told > _TELL_S:
            told = clock.monotonic()
            bar.update(task.id, completed=n, rate=rate(n, began))
        yield event
