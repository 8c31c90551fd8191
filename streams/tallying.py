"""Counts for the area index: taken where all events pass, told among the findings once an hour of event time. Pure."""

from __future__ import annotations

import math

import msgspec

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.taxonomy import Taxonomy
from rules.index_counting import EventCounter, Tally

_PERIOD_S = 3_600.0
_STATE = tuple[int, list[tuple[tuple[int, str, str, str, str], int]]]


class TallyRecord(msgspec.Struct, frozen=True):
    """What was counted; a record among ``findings``.

    Parameters
    ----------
    offset
        Of the record of ``events.city`` that made it time to tell: one told again after a crash has the same.
    tally
        Events counted since the one before, and the watermark reached.

    """

    offset: int
    tally: Tally


class Tallying:
    """Counts accepted events, and tells what it counted when the watermark enters another hour.

    Parameters
    ----------
    areas, taxonomy
        The city, and its kinds.

    """

    def __init__(self, areas: AreaTree, taxonomy: Taxonomy) -> None:
        self._counter = EventCounter(areas, taxonomy)
        self._hour = -1

    def count(self, event: Event) -> None:
        """Count an event that was accepted."""
        self._counter.count(event)

    def due(self, offset: int, watermark: float) -> TallyRecord | None:
        """Return what was counted when it is time to tell, ``None`` when it is not."""
        if not math.isfinite(watermark) or watermark // _PERIOD_S <= self._hour:
            return None
        self._hour = int(watermark // _PERIOD_S)
        return TallyRecord(offset, self._counter.drain(watermark))

    def state(self) -> bytes:
        """Return what is counted and not told yet."""
        return msgspec.msgpack.encode((self._hour, self._counter.state()))

    def restore(self, data: bytes) -> None:
        """Take over what `state` returned."""
        self._hour, seen = msgspec.msgpack.decode(data, type=_STATE)
        self._counter.restore(seen)
