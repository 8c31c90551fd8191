"""What the area index told over the last days, with what took most off: for looking back at it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from datetime import date, timedelta
from typing import ClassVar, NamedTuple

import msgspec

from rules.index_config import Colour
from rules.index_record import AreaIndex, Contributor
from streams import topics
from streams.tail import Heard

_decode = msgspec.json.Decoder(AreaIndex).decode
_EACH = 200
_ALL = 60_000


class Score(NamedTuple):
    """The index of an area at a time.

    Parameters
    ----------
    at
        Event time, epoch seconds.
    day
        The local day.
    score, colour
        0 (worst) to 100, and what that is.
    events, expected
        Events of the day so far, and how many a whole day normally has, if known.
    contributors
        What took most off.

    """

    at: float
    day: date
    score: float
    colour: Colour
    events: int
    expected: float | None
    contributors: tuple[Contributor, ...]


class Told:
    """Scores by area, in the order of event time: 200 of each area, 60,000 of all.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.INDEX,)
    since: ClassVar[timedelta] = timedelta(days=3)

    def __init__(self, each: int = _EACH, most: int = _ALL) -> None:
        self._each, self._most = each, most
        self._scores: dict[str, deque[Score]] = {}
        self._size = 0

    def take(self, record: Heard) -> None:
        """Take in a record of ``index``."""
        if record.value is None:
            return
        index = _decode(record.value)
        scores = self._scores.setdefault(index.area, deque())
        at = index.as_of.timestamp()
        if scores and at < scores[-1].at:  # a day that is closed late: what runs now was told before
            return
        expected = index.norm.expected
        scores.append(Score(at, index.day, index.score, index.colour, index.events, expected, index.contributors))
        self._size += 1
        if len(scores) > min(self._each, max(2, self._most // len(self._scores))):
            scores.popleft()
            self._size -= 1

    def at(self, area: str, at: float) -> Score | None:
        """Return the score of an area (its id, or that of the city) as it was at a time."""
        scores = self._scores.get(area, ())
        number = bisect_right(scores, at, key=lambda score: score.at)
        return scores[number - 1] if number else None

    def course(self, area: str, since: float, until: float) -> list[tuple[float, float]]:
        """Return event time and score of what was told of an area in a span, and what held at its beginning."""
        scores = self._scores.get(area, ())
        before = self.at(area, since)
        found = [(one.at, one.score) for one in scores if since < one.at <= until]
        return [(since, before.score), *found] if before is not None else found
