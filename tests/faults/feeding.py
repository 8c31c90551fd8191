"""Feeds a day at an even pace, whatever happens to the broker meanwhile: what is not confirmed is sent again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from streams.errors import BrokerUnavailable
from streams.feed import Fed, Parcel, feed_reports
from streams.settings import Settings

_AGAIN_S = 0.5


class Feeding:
    """A source that goes on by itself, in a thread, the slower the less is left, so that there is always some to come.

    Parameters
    ----------
    parcels
        The day, in its order.
    settings
        Of the city.
    rate
        Records a second at the beginning.

    """

    def __init__(self, parcels: Sequence[Parcel], settings: Settings, rate: float) -> None:
        self._parcels = parcels
        self._settings = settings
        self._rate = rate
        self._at_once = 0
        self._stopped = False
        self.confirmed = 0
        self.evenly = 0
        self.marks: list[tuple[int, float]] = []
        self.extra: list[tuple[str, bytes]] = []
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether everything is fed."""
        return not self._thread.is_alive()

    def hurry(self, records: int) -> None:
        """Feed the next so many records at once."""
        self._at_once += records

    def finish(self, timeout_s: float = 600.0) -> None:
        """Feed the rest as fast as it goes, and wait for it."""
        self.evenly = self.confirmed
        self.hurry(len(self._parcels))
        self._thread.join(timeout_s)
        if self.failure is not None:
            raise self.failure
        assert self.over, f"the feed is stuck at {self.confirmed} of {len(self._parcels)}"

    def stop(self) -> None:
        """End early."""
        self._stopped = True
        self._thread.join(60)

    def put(self, topic: str, values: Sequence[bytes]) -> None:
        """Put records on a raw topic beside the day, and return when they are confirmed."""
        feed_reports((Parcel(None, topic, value) for value in values), self._settings)
        self.extra += [(topic, value) for value in values]

    def _run(self) -> None:
        try:
            while self.confirmed < len(self._parcels) and not self._stopped:
                with suppress(BrokerUnavailable):
                    self._feed()
                    continue
                time.sleep(_AGAIN_S)
        except Exception as error:  # noqa: BLE001 - told by `finish`
            self.failure = error

    def _feed(self) -> None:
        before = self.confirmed

        def told(fed: Fed) -> None:
            self.confirmed = before + fed.rows
            self.marks.append((self.confirmed, time.time()))

        def due() -> Iterator[Parcel]:
            t, number = 0.0, len(self._parcels)
            for place, parcel in enumerate(self._parcels[before:], before):
                if self._at_once > 0:
                    self._at_once -= 1
                else:
                    t += number / (number - place) / self._rate
                yield Parcel(t, parcel.topic, parcel.value)

        feed_reports(due(), self._settings, speed=1.0, told=told, stopped=lambda: self._stopped)
