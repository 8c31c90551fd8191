"""Notices a worker that is up and does nothing: input waits and no stage moves, or the event loop stands still."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.errors import StateError
from streams.metrics import Metrics
from streams.patience import Patience
from streams.settings import Settings

log = logging.getLogger("fenghuo")

BEAT_S = 1.0
_FAILED = 1


class Stage(Protocol):
    """What a stage tells of its progress."""

    progressed_at: float

    def offsets(self) -> list[tuple[TP, int]]:
        """Return the last offset taken in of every partition owned."""
        ...


class Vigil:
    """Measures what waits for each stage.

    Parameters
    ----------
    settings, metrics
        How long a standstill may last, and where lags are told.
    end_of
        Tells the end offset of a partition, as of the last fetch.
    ask
        Asks the broker for the end offset of a partition.

    Attributes
    ----------
    stalled
        Whether a standstill was found.

    """

    def __init__(
        self, settings: Settings, metrics: Metrics, end_of: Callable[[TP], int], ask: Callable[[TP], Awaitable[int]]
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._end_of = end_of
        self._ask = ask
        self._patience = Patience()
        self.stalled = False

    async def look(self, stages: Mapping[str, Stage]) -> None:
        """Update the lags.

        Raises
        ------
        StateError
            When there is input and no progress, or a topic ends before what was taken in of it.

        """
        for name, stage in stages.items():
            lag: dict[TP, int] = {}
            for tp, offset in stage.offsets():
                end = self._end_of(tp)
                if 0 < end <= offset and await self._ends_before(tp, offset):
                    raise StateError(
                        f"{tp.topic}/{tp.partition} ends at offset {end}, and {offset + 1} records of it were taken "
                        "in: it was deleted and made anew, or its broker came back without its newest records"
                    )
                lag[tp] = max(0, end - offset - 1)
            self._metrics.tell_lag(name, lag, self._settings.prefix)
            waiting = sum(lag.values())
            now, progressed_at = time.monotonic(), stage.progressed_at
            quiet_s = self._patience.quiet_s(name, waiting=waiting, progressed_at=progressed_at, now=now)
            if quiet_s > self._settings.stalled_s:
                self.stalled = True
                raise StateError(f"{name}: {waiting} records waiting and no progress for {quiet_s:.0f} s")

    async def _ends_before(self, tp: TP, offset: int) -> bool:
        """Ask the broker: what a fetch brings may lie beyond the end it told, if it was written a moment before."""
        try:
            return await asyncio.wait_for(self._ask(tp), BEAT_S) <= offset
        except (TimeoutError, KafkaError):
            return False  # the next look will tell


class Heartbeat:
    """Ends the process when its event loop has not turned for a while: no page answers then, and no signal is heard.

    What the loop was at is logged. The thread counts its own turns, so that a process that was paused as a whole is
    not taken for one that is stuck.

    Parameters
    ----------
    stalled_s
        How long the loop may stand still, seconds.

    """

    def __init__(self, stalled_s: float) -> None:
        self._limit = max(2, round(stalled_s / BEAT_S))
        self._missed = 0
        self._loop_thread = threading.get_ident()
        self._ended = threading.Event()
        self._turning: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin; to be called in the loop."""
        self._loop_thread = threading.get_ident()
        self._turning = asyncio.ensure_future(self._turn())
        self._thread.start()

    def stop(self) -> None:
        """End, when it was begun."""
        self._ended.set()
        if self._turning is not None:
            self._turning.cancel()

    async def _turn(self) -> None:
        while True:
            self._missed = 0
            await asyncio.sleep(BEAT_S / 2)

    def _watch(self) -> None:
        while not self._ended.wait(BEAT_S):
            self._missed += 1
            if self._missed >= self._limit:
                frame: Any = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - there is no other way to see it
                log.critical(
                    "worker stops without acknowledging: its event loop has stood still for %.0f s, at\n%s",
                    *(self._missed * BEAT_S, "".join(traceback.format_stack(frame)[-12:])),
                )
                logging.shutdown()
                os._exit(_FAILED)
