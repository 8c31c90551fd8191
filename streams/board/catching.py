"""Reads topics in a thread as far as they go, again and again: for what only some pages need, and not all the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from streams.errors import BrokerUnavailable
from streams.settings import Settings
from streams.tail import Heard, Tail

T = TypeVar("T")

_PORTION = 2_000
_FRESH_S = 3.0


class CatchUp:
    """Topics that are read on whenever somebody asks. Any thread may ask: one reads, the others wait for it.

    Parameters
    ----------
    settings
        Cluster and prefix.
    names
        Topics, without prefix.
    back
        How far back it begins, by Kafka's clock.
    take
        Given the records, in portions.

    Attributes
    ----------
    read, total
        Records read of those there are, while it reads.
    complete
        Whether it has been at the end once.

    """

    def __init__(
        self, settings: Settings, names: Sequence[str], back: timedelta, take: Callable[[Sequence[Heard]], None]
    ) -> None:
        self._settings, self._names, self._back, self._take = settings, names, back, take
        self._tail: Tail | None = None
        self._lock = threading.Lock()
        self.read = self.total = 0
        self.complete = False
        self._read_at = 0.0

    def ask(self, question: Callable[[], T]) -> T:
        """Read up to the ends there are now, and return the answer to a question about what was taken.

        Nothing is taken while it is being answered. What was read a moment ago is not read again.

        Raises
        ------
        BrokerUnavailable
            When the broker does not answer, or a topic is not there; the next time it begins anew.

        """
        with self._lock:
            if not self.complete or time.monotonic() - self._read_at > _FRESH_S:
                self._go_on()
            return question()

    def _go_on(self) -> None:
        if self._tail is None:
            self._tail = Tail(self._settings, self._names, since=datetime.now(UTC) - self._back)
        portion: list[Heard] = []
        try:
            for record in self._tail.to_end(self._told):
                portion.append(record)
                if len(portion) >= _PORTION:
                    self._take(portion)
                    portion = []
        except BrokerUnavailable:
            self._disconnect()
            raise
        finally:
            self._take(portion)
        self.complete, self._read_at = True, time.monotonic()

    def close(self) -> None:
        """Disconnect."""
        with self._lock:
            self._disconnect()

    def _told(self, read: int, total: int) -> None:
        self.read, self.total = read, total

    def _disconnect(self) -> None:
        tail, self._tail = self._tail, None
        if tail is not None:
            with suppress(Exception):
                tail.close()
