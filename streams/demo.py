"""`fenghuo demo`: a simulated day of a city, faster than real time, and the alerts that come of it."""

from __future__ import annotations

import secrets
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

import msgspec
from rich.console import Console

from detectors.areas import AreaTree
from streams.assembly import Parts, assemble
from streams.demo_day import Day, Plan, as_rows, stage
from streams.interrupt import Interrupt
from streams.language import voice_of
from streams.replay import Replay, Tally
from streams.screen import Progress
from streams.settings import Settings
from streams.sources.mapping_row import RowOk
from streams.summary import Summary, summarise
from streams.view import View, open_view

_STOPPED = 130
_NAP_S = 0.05
_RATE_OVER_S = 3.0


class Stopwatch:
    """Wall time of a demo, when it is to end, and how fast rows came lately."""

    def __init__(self, seconds: float | None, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self._began = time.monotonic()
        self._seconds = seconds
        self._lately: deque[tuple[float, int]] = deque([(self._began, 0)])

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def over(self) -> bool:
        """Whether the time that was asked for is over, or somebody has asked to stop."""
        return self._interrupt.came or (self._seconds is not None and self.elapsed_s >= self._seconds)

    def rate(self, rows: int) -> float:
        """Return rows a second over the last seconds, given their number so far."""
        now = time.monotonic()
        self._lately.append((now, rows))
        while len(self._lately) > 1 and self._lately[1][0] <= now - _RATE_OVER_S:
            self._lately.popleft()
        then, before = self._lately[0]
        return (rows - before) / (now - then) if now > then else 0.0


def demo(plan: Plan, settings: Settings, console: Console, *, kafka: bool) -> int:
    """Show the demo; return the exit code.

    Parameters
    ----------
    plan
        What is asked for.
    settings
        The city; and the cluster, when there is one.
    console
        Where to.
    kafka
        Through real topics and workers, instead of feeding the pipeline directly.

    Raises
    ------
    FenghuoError
        When configuration, broker or a worker fail.

    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # ended from outside, it tidies up as after Ctrl-C
    if not settings.reporter_key and not settings.reporter_key_file:
        settings = msgspec.structs.replace(settings, reporter_key=secrets.token_hex(32))  # nobody real is simulated
    try:
        if kafka:
            from streams.demo_live import show_live  # noqa: PLC0415 - without Kafka none of its clients is needed

            return show_live(plan, settings, console)
        return _show_directly(plan, settings, console)
    except KeyboardInterrupt:
        console.print("演示尚未开始即被中断" if plan.lang == "zh" else "Stopped before the day began")
        return _STOPPED


def open_demo_view(plan: Plan, areas: AreaTree, console: Console, board: str = "") -> View:
    """Return the view of a demo; `board` is where there is more to see."""
    return open_view(console, voice_of(areas, plan.lang), city=areas.name, speed=plan.speed, board=board)


def hold(view: View, plan: Plan, console: Console, step: Callable[[], None], interrupt: Interrupt) -> None:
    """On a terminal, leave the view up until Ctrl-C is pressed, calling `step` again and again."""
    if plan.seconds is None and console.is_terminal and not interrupt.came:
        view.note("演示结束，按 Ctrl-C 退出" if plan.lang == "zh" else "The day is over: Ctrl-C to leave")
        while not interrupt.came:
            step()


def _show_directly(plan: Plan, settings: Settings, console: Console) -> int:
    said = "不经 Kafka：同样的接入、检测与规则，直接送入。"
    english = "Without Kafka: the same intake, detectors and rules, fed directly."
    console.print(said if plan.lang == "zh" else english, style="dim")
    parts = assemble(areas=settings.areas, book=settings.book, hazards=settings.hazards, reporter_key=settings.secret)
    day = stage(parts.areas, plan, settings.lateness_s)
    view = open_demo_view(plan, parts.areas, console)
    interrupt = Interrupt()
    show = _Direct(plan, parts, settings.lateness_s, view, interrupt)
    with interrupt.heard(), view:
        show.run(day)
        hold(view, plan, console, lambda: time.sleep(_NAP_S), interrupt)
    view.summary(show.summary())
    return 0


class _Direct:
    """The pipeline fed at the pace of the day."""

    def __init__(self, plan: Plan, parts: Parts, lateness_s: float, view: View, interrupt: Interrupt) -> None:
        self._plan = plan
        self._view = view
        self._interrupt = interrupt
        self._replay = Replay(parts, lateness_s=lateness_s, now=time.time())
        self._shown = Tally()
        self._watch = Stopwatch(plan.seconds, interrupt)
        self._begun = False
        self._newest: float | None = None
        self._elapsed_s = 0.0

    def run(self, day: Day) -> None:
        """Feed the days before at once, then the day."""
        for outcome in self._replay.run(chain(self._before(day), self._paced(day))):
            if self._begun:
                alerts = [alert for alert in outcome.alerts if self._plan.restricted or not alert.restricted]
                self._shown.note(alerts)
                for alert in alerts:
                    self._view.alert(alert)
        self._tell()

    def _before(self, day: Day) -> Iterator[RowOk]:
        for row in as_rows(day.history):
            self._interrupt.check()  # nothing to show for itself yet
            yield row

    def _paced(self, day: Day) -> Iterator[RowOk]:
        self._replay.tally = Tally()  # what comes now is the demo
        self._watch = Stopwatch(self._plan.seconds, self._interrupt)
        self._begun = True
        for (arrives, _), row in zip(day.reports, as_rows(day.reports), strict=True):
            due_s = (arrives - day.reports[0][0]) / self._plan.speed
            while (wait_s := due_s - self._watch.elapsed_s) > 0 and not self._watch.over:
                self._tell()
                time.sleep(min(wait_s, _NAP_S))
            if self._watch.over:
                return
            self._newest = max(row.t, self._newest or row.t)
            yield row

    def _tell(self) -> None:
        tally = self._replay.tally
        self._elapsed_s = self._watch.elapsed_s
        self._view.progress(progress_of(tally, self._newest, self._watch.rate(tally.rows), lag=0))

    def summary(self) -> Summary:
        """Return the summary, of the alerts that were shown."""
        tally = replace(self._replay.tally, final=self._shown.final, versions=self._shown.versions)
        return summarise(tally, self._elapsed_s)


def progress_of(tally: Tally, reached: float | None, rows_per_s: float, lag: int) -> Progress:
    """Return how far a tally has come."""
    return Progress(
        rows=tally.rows,
        events=tally.verdicts["ACCEPTED"],
        duplicates=tally.verdicts["DUPLICATE"],
        late=tally.verdicts["LATE"],
        dead=tally.verdicts["DEAD"],
        reached=reached,
        rows_per_s=rows_per_s,
        lag=lag,
    )
