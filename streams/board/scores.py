"""The area index as it was told last, and how it went over the last days. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import msgspec

from rules.index_record import AreaIndex
from streams import topics
from streams.tail import Heard

_decode = msgspec.json.Decoder(AreaIndex).decode
_POINTS = 400


class Scores:
    """The index by area.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.INDEX,)
    since: ClassVar[timedelta] = timedelta(days=3)

    def __init__(self) -> None:
        self._latest: dict[str, AreaIndex] = {}
        self._course: dict[str, deque[tuple[float, float]]] = {}

    def take(self, record: Heard) -> None:
        """Take in a record of ``index``."""
        if record.value is None:
            return
        index = _decode(record.value)
        last = self._latest.get(index.area)
        if last is None or (index.day, index.as_of) >= (last.day, last.as_of):
            self._latest[index.area] = index
        course = self._course.setdefault(index.area, deque(maxlen=_POINTS))
        course.append((index.as_of.timestamp(), index.score))

    def of(self, area: str) -> AreaIndex | None:
        """Return the index of an area (its id, or that of the city), ``None`` when none was told."""
        return self._latest.get(area)

    def course_of(self, area: str) -> Sequence[tuple[float, float]]:
        """Return event time (epoch seconds) and score of what was told of an area, in the order it was told."""
        return self._course.get(area, ())
