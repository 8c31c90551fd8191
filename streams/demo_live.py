"""The demo through real Kafka: own topics, worker processes, a feeder and a listener."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from kafka.errors import KafkaError
from rich.console import Console

from streams.accounting import WATCHED, Account
from streams.bars import progress, rate
from streams.board.probe import Probe
from streams.children import Children
from streams.demo import Stopwatch, hold, open_demo_view, progress_of
from streams.demo_day import Plan, as_parcels, stage
from streams.demo_processes import Running, check_plan, started
from streams.feed import feed_reports
from streams.intake.places import load_areas
from streams.interrupt import Interrupt
from streams.language import Lang
from streams.preflight import check_files
from streams.replay import Tally
from streams.settings import Settings
from streams.simulate import load_scenarios
from streams.sources.report import Report
from streams.summary import summarise
from streams.topicadmin import admin, create_topics
from streams.topics import RESTRICTED
from streams.view import View
from streams.watching import Feeder, Listener

_RUN = Path(".run")
_TAKE_S = 0.1
_LOOK_S = 0.5
_SETTLE_S = 20.0


def show_live(plan: Plan, settings: Settings, console: Console) -> int:
    """Show the demo; return the exit code.

    Raises
    ------
    FenghuoError
        When configuration, broker or a worker fail.

    """
    check_files(settings)
    check_plan(plan)
    load_scenarios(plan.scenarios)  # before anything is made that would have to be taken away again
    areas = load_areas(settings.areas)
    name = _own_name()
    with (
        _own_topics(settings, name, console, keep=plan.keep, lang=plan.lang) as own,
        _own_folder(name) as folder,
        started(own, plan, folder) as running,
    ):
        day = stage(areas, plan, own.lateness_s)
        with progress("starting what takes part", None) as bar:
            running.children.wait_until_ready(lambda: bar.update(bar.task_ids[0]))
        _tell_where(running, plan, console)
        with Listener(own, (*WATCHED, *([RESTRICTED] if plan.restricted else []))) as listener:
            interrupt = Interrupt()
            show = _Live(plan, own, running.children, listener, interrupt)
            show.learn(day.history)
            view = open_demo_view(plan, areas, console, running.board)
            try:
                with interrupt.heard(), view:
                    show.run(Feeder(as_parcels(day.reports, paced=True), own, plan.speed), view)
                    hold(view, plan, console, lambda: show.step(view), interrupt)
            except KeyboardInterrupt:
                pass  # asked a second time: no more waiting for what is on its way
    view.summary(summarise(show.account.tally, show.elapsed_s, view.latencies))
    return 0


def _tell_where(running: Running, plan: Plan, console: Console) -> None:
    """Print where it can be looked at."""
    said = {"zh": ("值班台", "Prometheus"), "en": ("The duty board", "Prometheus")}[plan.lang]
    for what, address in zip(said, (running.board, running.prometheus), strict=True):
        if address:
            console.print(f"{what}: {address}", style="bold")


def _own_name() -> str:
    """Return a name no other demo has, also one that was started at the same second."""
    return f"demo-{time.strftime('%m%d-%H%M%S')}-{secrets.randbelow(1_000_000):06d}"


@contextmanager
def _own_folder(name: str) -> Iterator[Path]:
    """Make a folder for logs; delete it afterwards, unless something went wrong and they have to be read."""
    folder = _RUN / name
    folder.mkdir(parents=True)
    try:
        yield folder
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


@contextmanager
def _own_topics(settings: Settings, name: str, console: Console, *, keep: bool, lang: Lang) -> Iterator[Settings]:
    """Create topics under a prefix of their own; delete them afterwards unless they are to be kept."""
    prefix = f"{settings.prefix}{name}-"
    own = msgspec.structs.replace(settings, prefix=prefix, group=f"{prefix}workers")
    made = create_topics(own)
    said = {
        "zh": f"本次演示的主题：{prefix}*，在 {own.bootstrap}（各{own.partitions}个分区）",
        "en": f"Topics of this demo: {prefix}* on {own.bootstrap} ({own.partitions} partitions each)",
    }[lang]
    console.print(said, style="dim", soft_wrap=True)
    try:
        yield own
    finally:
        if not keep:
            _delete(own, made)


def _delete(own: Settings, names: list[str]) -> None:
    client = admin(own)
    try:
        client.delete_topics(names)
    except KafkaError:
        pass  # a broker that leaves takes them along; a cluster that forbids it keeps them
    finally:
        client.close()


class _Live:
    """What a demo knows while it runs."""

    def __init__(self, plan: Plan, own: Settings, children: Children, listener: Listener, interrupt: Interrupt) -> None:
        self._plan = plan
        self._interrupt = interrupt
        self._own = own
        self._children = children
        self._listener = listener
        self.account = Account()
        self.elapsed_s = 0.0

    def learn(self, history: list[tuple[float, Report]]) -> None:
        """Feed the days before and wait until every stage has acknowledged all of it; then count from zero."""
        if not history:
            return
        feed_reports(as_parcels(history, paced=False), self._own)
        began = time.monotonic()
        with closing(Probe(self._own)) as probe, progress("learning what is normal", len(history)) as bar:
            while self.account.settled < len(history) or any(one.lag for one in probe.look().positions):
                self._check()
                self._hear(_LOOK_S)
                done = self.account.settled
                bar.update(bar.task_ids[0], completed=done, rate=rate(done, began))
        while self._hear(_LOOK_S):  # what was written before the last of it was acknowledged
            pass
        self.account.tally = Tally()

    def _hear(self, wait_s: float) -> bool:
        """Count what has come, or comes within a while; tell whether anything has."""
        heard = False
        for _, record in self._listener.take(wait_s):
            heard = True
            self.account.take(record)
        return heard

    def run(self, feeder: Feeder, view: View) -> None:
        """Feed and show until the day or the time that was asked for is over, then wait for what is on its way."""
        watch = Stopwatch(self._plan.seconds, self._interrupt)
        with feeder:
            while not (watch.over or feeder.done):
                self._step_and_tell(feeder, watch, view)
        deadline = time.monotonic() + _SETTLE_S
        while self.account.settled < feeder.fed.rows and time.monotonic() < deadline:
            self._step_and_tell(feeder, watch, view)
        self.account.tally.rows = feeder.fed.rows

    def _step_and_tell(self, feeder: Feeder, watch: Stopwatch, view: View) -> None:
        self.step(view)
        tally = self.account.tally
        tally.rows = feeder.fed.rows
        self.elapsed_s = watch.elapsed_s
        reached = tally.newest if self.account.settled else None
        lag = max(0, tally.rows - self.account.settled)
        view.progress(progress_of(tally, reached, watch.rate(tally.rows), lag))

    def step(self, view: View) -> None:
        """Take in what has come in the last moments."""
        self._check()
        for came_at, record in self._listener.take(_TAKE_S):
            alert = self.account.take(record)
            if alert is not None:
                self.account.tally.note([alert])
                view.alert(alert, max(0.0, came_at - record.timestamp / 1000))

    def _check(self) -> None:
        """Raise what went wrong elsewhere."""
        self._children.check()
        _ = self._listener.done
