"""Reads what a shift is told from, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import msgspec

from rules.index_record import AreaIndex
from streams import topics
from streams.delivery.record import Delivery
from streams.report.compose import Material
from streams.report.period import Period
from streams.report.reading import read_topics
from streams.settings import Settings
from streams.tail import Heard, Tail

_decode_delivery = msgspec.json.Decoder(Delivery).decode
_decode_index = msgspec.json.Decoder(AreaIndex).decode
_MARGIN = timedelta(days=1)
"""Records of an event time may have come a little before or after it."""


class Read(NamedTuple):
    """What was read: versions of alerts, deliveries, and what was told of the index."""

    material: Material
    deliveries: list[Delivery]
    scores: list[AreaIndex]


class ShiftReader:
    """Reads shifts, one at a time: several pages that ask at once wait for each other instead of reading all at once.

    Parameters
    ----------
    settings
        Cluster and prefix.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting = 0
        self._read_last: tuple[tuple[Period, bool], Read] | None = None
        self._turn = asyncio.Lock()  # not in threads: those that wait would be missing elsewhere

    async def read(self, period: Period, *, restricted: bool, told: Callable[[int, int], None]) -> Read:
        """Return what a shift is told from; one reading for all who ask for the same while it goes on.

        Parameters
        ----------
        period
            The shift.
        restricted
            Alerts that only the duty desk may see, too.
        told
            Called with the number of records read and of those there are, of each topic in turn.

        Raises
        ------
        BrokerUnavailable
            When the broker does not answer, or the topics are not there.

        """
        asked = period, restricted
        self._waiting += 1
        try:
            async with self._turn:
                last = self._read_last
                if last is None or last[0] != asked:
                    found = await asyncio.to_thread(self._read, period, restricted=restricted, told=told)
                    last = self._read_last = asked, found
                return last[1]
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._read_last = None  # it is large, and old in a moment

    def _read(self, period: Period, *, restricted: bool, told: Callable[[int, int], None]) -> Read:
        material = read_topics(self._settings, period, restricted=restricted, told=told)
        deliveries: list[Delivery] = []
        index: list[AreaIndex] = []
        since = period.before().begins_at - _MARGIN
        with Tail(self._settings, [topics.DELIVERIES, topics.INDEX], since=since) as tail:
            for record in tail.to_end(told):
                _take(record, deliveries, index)
        return Read(material, deliveries, index)


def _take(record: Heard, deliveries: list[Delivery], index: list[AreaIndex]) -> None:
    if record.value is None:
        return
    if record.topic == topics.DELIVERIES:
        deliveries.append(_decode_delivery(record.value))
    else:
        index.append(_decode_index(record.value))
