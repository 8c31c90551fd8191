"""What is only on the topics: the life of an alert, and alerts of before. Read in a thread, and kept for seconds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from rules.alert import Alert
from rules.book import Book
from streams.alerttail import names_of, read_alerts
from streams.dossier.compose import compose
from streams.dossier.history import History
from streams.dossier.reading import gather
from streams.errors import FenghuoError
from streams.settings import Settings
from streams.tail import Tail

log = logging.getLogger("fenghuo")

_HISTORY_S, _PAST_S = 3.0, 60.0
_KEPT = 100
_READERS = 2

T = TypeVar("T")


class Unreadable(FenghuoError):
    """A record on a topic is not what it ought to be."""

    def __init__(self) -> None:
        super().__init__("a record on the topics cannot be read")


class _Read(NamedTuple, Generic[T]):
    value: T
    at: float


class Archive:
    """Reads the topics for pages: at most two readings at once, and one for all who ask for the same.

    Parameters
    ----------
    settings
        Cluster and prefix.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._histories: dict[tuple[str, int, bool], _Read[History]] = {}
        self._past: dict[bool, _Read[tuple[Alert, ...]]] = {}
        self._asking: dict[object, asyncio.Task[Any]] = {}
        self._turn = asyncio.Semaphore(_READERS)

    async def history(self, alert_id: str, version: int, book: Book | None, *, restricted: bool) -> History:
        """Return the whole life of an alert.

        Parameters
        ----------
        alert_id, version
            Which, and its version: a later one is read anew. 0: the id may be cut short.
        book
            Rules to look detectors up in.
        restricted
            Whether alerts for the duty desk only may be looked at.

        Raises
        ------
        FenghuoError
            When there is no such alert on record, or the broker does not answer.

        """
        key = alert_id, version, restricted
        known = self._histories.get(key)
        if known is not None and time.monotonic() - known.at < _HISTORY_S:
            return known.value

        def read() -> History:
            material = gather(self._settings, alert_id, restricted=restricted, whole=version > 0)
            return compose(material, book, datetime.now(UTC))

        found = await self._once(("history", *key), read)
        while len(self._histories) >= _KEPT:
            del self._histories[next(iter(self._histories))]
        self._histories[key] = _Read(found, time.monotonic())
        return found

    async def past(self, *, restricted: bool) -> tuple[Alert, ...]:
        """Return all alerts on record in their last versions; those withdrawn are not among them.

        Raises
        ------
        BrokerUnavailable
            When the broker does not answer.

        """
        known = self._past.get(restricted)
        if known is not None and time.monotonic() - known.at < _PAST_S:
            return known.value

        def read() -> tuple[Alert, ...]:
            with Tail(self._settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
                return tuple(read_alerts(tail, follow=False, standing=True))

        found = await self._once(("past", restricted), read)
        self._past[restricted] = _Read(found, time.monotonic())
        return found

    async def _once(self, key: object, read: Callable[[], T]) -> T:
        """Read in a thread; whoever asks for the same meanwhile waits for the same reading."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._read(read))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        found: T = await asyncio.shield(task)
        return found

    async def _read(self, read: Callable[[], T]) -> T:
        async with self._turn:
            try:
                return await asyncio.to_thread(read)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                log.warning("what is on record cannot be read: %s", type(error).__name__)
                raise Unreadable from error
