"""One day with its faults: the processes, the strikes, how long each took to be well again, and the verdict."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from kafka.errors import KafkaError

from streams.errors import BrokerUnavailable
from tests.faults.day import Day, a_day
from tests.faults.desk import Desk
from tests.faults.disk import SmallDisk
from tests.faults.feeding import Feeding
from tests.faults.fence import Fence, FencedBroker
from tests.faults.others import Others
from tests.faults.registry import BOARD, DISK, FENCE, Fault
from tests.faults.scene import NotInTheMiddleError, Scene, Strike, is_ready
from tests.faults.verdict import Verdict, judge, untold
from tests.faults.watch import Watch
from tests.integration.harness import City, a_city, progress, settle

WELL_S = 300.0
TOLD_S = 60.0
TEND_S = 0.5


class Run(msgspec.Struct):
    """One fault that struck in the middle.

    Parameters
    ----------
    fed, waiting
        Parcels fed by then, and records nobody had acknowledged.
    load
        Of the machine, over the last minute.
    outage_s
        From the first harm to the last.
    recovery_s
        From the last harm until every process is ready, and workers acknowledge.

    """

    fault: str
    fed: int
    waiting: int
    load: float
    outage_s: float
    recovery_s: float


@dataclass
class Plan:
    """What is to happen in a day.

    Parameters
    ----------
    faults
        In this order, until the feed is over.
    seed
        Of the dice, and of the day.
    rate
        Records fed a second at the beginning.
    events
        About how many the day has.

    """

    faults: Sequence[Fault]
    seed: int
    rate: float = 30.0
    events: float = 5_000.0


@dataclass
class WorkedOff:
    """A day at its end: everything is worked off, and the processes still run."""

    scene: Scene
    day: Day
    desk: Desk
    plan: Plan
    runs: list[Run]

    def judge(self) -> Verdict:
        """Hold it against the replay."""
        scene = self.scene
        verdict = judge(
            scene.city,
            self.day,
            self.desk,
            scene.others,
            seen=scene.watch.seen,
            fed_at=[mark for mark in scene.feed.marks if mark[0] <= scene.feed.evenly],
            outages=scene.strike.outages,
            extra=len(scene.feed.extra),
            foreign=lambda alert: any(one.foreign is not None and one.foreign(alert) for one in self.plan.faults),
        )
        verdict.account["ended_by_themselves"] = len(scene.left)
        verdict.ended = scene.left
        return verdict


def run_day(plan: Plan, folder: Path, tell: Callable[[str], None] = print) -> tuple[list[Run], Verdict]:
    """Feed one day while its faults strike, and judge it."""
    with a_day_of_faults(plan, folder, tell) as ended:
        return ended.runs, ended.judge()


@contextmanager
def a_day_of_faults(plan: Plan, folder: Path, tell: Callable[[str], None] = print) -> Iterator[WorkedOff]:
    """Feed one day while its faults strike, and work it off; faults that found nothing going on are left out."""
    with _a_scene(plan, folder) as (scene, day, desk):
        runs: list[Run] = []
        for one in plan.faults:
            scene.strike = Strike(outages=scene.strike.outages)
            try:
                with _tended(scene):
                    one.strike(scene)
            except NotInTheMiddleError as why:
                tell(f"{one.name}: {why}")
                break
            runs.append(_run(one, scene))
            tell(f"{one.name}: {runs[-1]}")
        _work_off(scene, day, desk)
        yield WorkedOff(scene, day, desk, plan, runs)


def _work_off(scene: Scene, day: Day, desk: Desk) -> None:
    """Feed what is left, and wait until nobody has anything left to do."""
    reached = day.tally.newest - scene.city.settings.lateness_s
    scene.feed.finish()
    _wait(scene, _well, WELL_S)
    settle(scene.city, reached)
    desk.finish()
    settle(scene.city, reached)
    _wait(scene, lambda one: not untold(one.city), TOLD_S, must=False)


@contextmanager
def _a_scene(plan: Plan, folder: Path) -> Iterator[tuple[Scene, Day, Desk]]:
    """A broker, a city with workers, a board if any fault asks for one, a delivery, a desk, and a feed under way."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(plan.seed)
    needs: frozenset[str] = frozenset().union(*(one.needs for one in plan.faults))
    with ExitStack() as stack:
        fence = stack.enter_context(Fence(plan.seed % 200)) if needs & FENCE else None
        disk = stack.enter_context(SmallDisk(folder / "kafka")) if needs & DISK else None
        broker = FencedBroker(folder / "kafka", heap_mb=512)
        broker.fence = fence
        stack.enter_context(broker)
        over = {name: value for one in plan.faults for name, value in one.settings.items()}
        city = stack.enter_context(a_city(broker.bootstrap, "f-", folder / "city", **over))
        day = a_day(city.parts(), events=plan.events, seed=plan.seed, lateness_s=city.settings.lateness_s)
        others = stack.enter_context(Others(city.settings, folder, board=bool(needs & BOARD)))
        feed, desk = Feeding(day.parcels, city.settings, plan.rate), Desk(city.settings)
        scene = Scene(city, broker, feed, others, Watch(city.settings), dice, folder, fence, disk)
        scene.crew(1)
        _wait(scene, _well, WELL_S)
        scene.watch.start()
        feed.start()
        desk.start()
        try:
            yield scene, day, desk
        finally:
            _thaw(scene)
            feed.stop()
            scene.watch.stop()


def _thaw(scene: Scene) -> None:
    """Have a broker that answers, whatever a fault that failed left behind."""
    if scene.disk is not None:
        scene.disk.free()
    scene.broker.resume()
    if scene.broker.pid is None:
        scene.broker.start()


@contextmanager
def _tended(scene: Scene) -> Iterator[None]:
    """Start again, while a fault strikes, what ends by itself."""
    over = threading.Event()

    def tend() -> None:
        while not over.wait(TEND_S):
            scene.tend()

    thread = threading.Thread(target=tend, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _run(one: Fault, scene: Scene) -> Run:
    """Wait until all is well again, and say how long that took."""
    strike = scene.strike
    before = _acknowledged(scene.city)
    _wait(scene, lambda _: _well(scene) and _moves(scene.city, before), WELL_S)
    outage, recovery = strike.end - strike.at, time.time() - strike.end
    return Run(one.name, strike.fed, strike.waiting, round(os.getloadavg()[0], 1), round(outage, 2), round(recovery, 2))


def _well(scene: Scene) -> bool:
    """Whether every process says that it is ready."""
    programs = [program.well() for program in scene.others.all()]
    return all(programs) and bool(scene.workers()) and all(is_ready(one) for one in scene.workers())


def _acknowledged(city: City) -> int:
    try:
        return progress(city)[0]
    except (BrokerUnavailable, KafkaError):
        return 0


def _moves(city: City, before: int) -> bool:
    """Whether more is acknowledged than before, or nothing waits."""
    try:
        acknowledged, waiting = progress(city)
    except (BrokerUnavailable, KafkaError):
        return False
    return acknowledged > before or not waiting


def _wait(scene: Scene, true: Callable[[Scene], bool], timeout_s: float, *, must: bool = True) -> None:
    deadline = time.monotonic() + timeout_s
    while not true(scene):
        scene.tend()
        if time.monotonic() > deadline:
            assert not must, f"not well after {timeout_s:.0f} s\n{scene.city.logs()}"
            return
        time.sleep(0.1)
