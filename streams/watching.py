"""Two threads beside a demo: one feeds, one listens. What they find wrong is raised where they are asked."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from streams.feed import Fed, Parcel, feed_reports
from streams.settings import Settings
from streams.tail import Heard, Tail

_POLL_S = 0.2


class Beside:
    """Something that runs in a thread until it is told to stop; used as a context."""

    def __init__(self, work: Callable[[Callable[[], bool]], None]) -> None:
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self._work(self._stopping.is_set)
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that asks
            self._failure = error

    @property
    def done(self) -> bool:
        """Whether it came to its end.

        Raises
        ------
        BaseException
            What it failed with.

        """
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ask it to stop, and wait for that."""
        self._stopping.set()
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Feeder(Beside):
    """Feeds records.

    Attributes
    ----------
    fed
        How far it has come.

    """

    def __init__(self, records: Iterable[Parcel], settings: Settings, speed: float | None) -> None:
        self.fed = Fed()

        def work(stopped: Callable[[], bool]) -> None:
            feed_reports(records, settings, speed=speed, told=self._told, stopped=stopped)

        super().__init__(work)

    def _told(self, fed: Fed) -> None:
        self.fed = fed


class Listener(Beside):
    """Reads topics from their beginning, and notes when each record came."""

    def __init__(self, settings: Settings, names: Iterable[str]) -> None:
        self._inbox: queue.SimpleQueue[tuple[float, list[Heard]]] = queue.SimpleQueue()
        listened = tuple(names)

        def work(stopped: Callable[[], bool]) -> None:
            with Tail(settings, listened, from_beginning=True) as tail:
                while not stopped():
                    if records := tail.poll(_POLL_S):
                        self._inbox.put((time.time(), records))

        super().__init__(work)

    def take(self, wait_s: float) -> Iterator[tuple[float, Heard]]:
        """Yield what has come since the last call, each with its time of arrival; wait a little for the first."""
        try:
            came_at, records = self._inbox.get(timeout=wait_s)
            while True:
                yield from ((came_at, record) for record in records)
                came_at, records = self._inbox.get_nowait()
        except queue.Empty:
            return
