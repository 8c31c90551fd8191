"""What a fault may touch: the broker, the processes of one city, its feed, and dice."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker import Broker
from kafka.errors import KafkaError

from streams.errors import BrokerUnavailable
from tests.faults.disk import SmallDisk
from tests.faults.feeding import Feeding
from tests.faults.fence import Fence
from tests.faults.others import Others
from tests.faults.watch import Watch
from tests.integration.harness import City, unacknowledged

MIDDLE_S = 30.0
READY_S = 300.0


class NotInTheMiddleError(Exception):
    """The feed was over, or nothing waited, when a fault was to strike: it would have shown nothing."""


@dataclass
class Strike:
    """Where a fault struck, and how long its harm lasted.

    Parameters
    ----------
    at, end
        From the first harm to the last, epoch seconds.
    fed, waiting
        Records fed by then, and those on topics that nobody had acknowledged.

    """

    at: float = 0.0
    end: float = 0.0
    fed: int = 0
    waiting: int = 0
    outages: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Scene:
    """One city under way.

    Parameters
    ----------
    city
        Topics, settings and workers.
    broker
        Its own, to be stopped, killed, paused.
    feed
        What feeds the day; `feed.put` puts more on a topic.
    others
        The board, the delivery and who receives its messages.
    watch
        Who sees when alerts come out.
    dice
        Seeded.
    folder
        Of the day, for logs and whatever a fault needs.
    fence
        The network the workers live behind, when a fault of the day asks for one.
    disk
        What the broker's folder is on, when a fault of the day asks for one.
    let_go, left
        Workers that were ended on purpose, and what others said when they ended.

    """

    city: City
    broker: Broker
    feed: Feeding
    others: Others
    watch: Watch
    dice: random.Random
    folder: Path
    fence: Fence | None = None
    disk: SmallDisk | None = None
    strike: Strike = field(default_factory=Strike)
    let_go: list[subprocess.Popen[bytes]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    starting: threading.Lock = field(default_factory=threading.Lock)
    tending: threading.Lock = field(default_factory=threading.Lock)

    def workers(self) -> list[subprocess.Popen[bytes]]:
        """The workers that are alive."""
        return [worker for worker in self.city.workers if worker.poll() is None]

    def a_worker(self) -> subprocess.Popen[bytes]:
        """One of them, by the dice."""
        return self.dice.choice(self.workers())

    def start_worker(self, *, outside: bool = False, **over: Any) -> subprocess.Popen[bytes]:
        """Start one more, with settings of its own in `over`; `outside` puts it beyond the fence, if there is one."""
        with self.starting:
            if self.fence is None or outside:
                return self.city.start_worker(**over)
            where = {"bootstrap": f"{self.fence.outside}:{self.fence.port}", **over}
            return self.city.start_worker(within=self.fence.within, host=self.fence.inside, **where)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9, and wait until it is gone."""
        self.let_go.append(process)
        process.kill()
        process.wait()

    def stop(self, process: subprocess.Popen[bytes], within_s: float = 60.0) -> None:
        """SIGTERM, which has to be a clean end, unless it was failing by itself."""
        self.let_go.append(process)
        process.send_signal(signal.SIGTERM)
        code = process.wait(within_s)
        if code != 0:
            self.left.append(self._why(process))
            assert "critical" in self.left[-1], f"a worker that was asked to leave ended so: {self.left[-1]}"

    def crew(self, number: int) -> None:
        """Have so many workers, ready: start some, or ask some to leave."""
        for worker in self.workers()[number:]:
            self.stop(worker)
        while len(self.workers()) < number:
            self.start_worker()
        self.wait_ready()

    def wait_ready(self, timeout_s: float = READY_S) -> None:
        """Wait until every worker that is alive says that it is ready."""
        deadline = time.monotonic() + timeout_s
        while not self.workers() or not all(is_ready(one) for one in self.workers()):
            assert time.monotonic() < deadline, f"not ready after {timeout_s:g} s\n{self.city.logs()}"
            self.tend()
            time.sleep(0.1)

    def moment(self) -> None:
        """Wait for a random moment in the middle: the feed goes on, and something is fed and not acknowledged.

        Every third time so much is fed at once that the workers are in the midst of a batch.

        Raises
        ------
        NotInTheMiddleError
            When the feed is over.

        """
        if self.dice.random() < 1 / 3:
            self.feed.hurry(self.dice.randint(200, 600))
            time.sleep(self.dice.uniform(0.0, 0.5))
        else:
            time.sleep(self.dice.uniform(0.0, 2.5))
        deadline = time.monotonic() + MIDDLE_S
        while not (waiting := self._waiting()) or not self.feed.confirmed:
            if self.feed.over or time.monotonic() > deadline:
                raise NotInTheMiddleError("nothing waits to be worked off")
            time.sleep(0.02)
        if self.feed.over:
            raise NotInTheMiddleError("the feed is over")
        self.strike.fed, self.strike.waiting = self.feed.confirmed, waiting
        self.strike.at = time.time()

    def _waiting(self) -> int:
        """How many records nobody has acknowledged; none that are known of while the broker makes up its mind."""
        try:
            return unacknowledged(self.city)
        except (BrokerUnavailable, KafkaError):
            return 0

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Bracket the harm: what comes later than its end is the product's own."""
        began = time.time()
        try:
            yield
        finally:
            self.strike.end = time.time()
            self.strike.outages.append((began, self.strike.end))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def put(self, topic: str, values: Sequence[bytes]) -> None:
        """Put records of one's own on a raw topic; each has to become an event or a dead letter."""
        self.feed.put(topic, values)

    def tend(self) -> None:
        """Start again what has ended by itself."""
        with self.tending:
            for worker in list(self.city.workers):
                if worker.poll() is not None and worker not in self.let_go:
                    self.let_go.append(worker)
                    self.left.append(self._why(worker))
                    self.start_worker()
        for program in self.others.all():
            program.start()

    def _why(self, worker: subprocess.Popen[bytes]) -> str:
        log = self.city.folder / f"worker-{self.city.workers.index(worker)}.log"
        said = [line for line in log.read_text("utf-8").splitlines() if '"critical"' in line or "fenghuo:" in line]
        return f"{worker.returncode}: {said[-1][:300] if said else ''}"


def is_ready(worker: subprocess.Popen[bytes]) -> bool:
    """Whether a worker says now that it is ready."""
    url = f"{worker.pages}/health"  # type: ignore[attr-defined]
    with suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own
        return True
    return False
