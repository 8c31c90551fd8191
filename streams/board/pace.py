"""What the event time was when a record came: the wall's where a city is live, else what a replay had reached. Pure."""

from __future__ import annotations

from bisect import bisect_right

_APART_S = 6 * 3_600.0
_STEP_MS = 250
_KEPT = 50_000


class Pace:
    """Learns from events when Kafka took them in and when they happened.

    A city is live when its newest event was taken in within six hours; that others come late changes nothing.

    Examples
    --------
    >>> pace = Pace()
    >>> pace.at(999_000_000)
    999000.0
    >>> pace.note(1_000_000_000, 500.0)
    >>> pace.at(1_000_001_000), pace.at(999_000_000)
    (500.0, 999000.0)

    """

    def __init__(self) -> None:
        self._newest = (float("-inf"), 0)
        self._reached: dict[int, float] = {}
        self._order: list[int] | None = None

    def note(self, taken_ms: int, happened: float) -> None:
        """Take note of an event: Kafka's timestamp in milliseconds, and event time in epoch seconds."""
        self._newest = max(self._newest, (happened, taken_ms))
        if taken_ms / 1_000 - happened < _APART_S:
            return
        step = taken_ms // _STEP_MS
        known = self._reached.get(step)
        if known is None:
            self._order = None
            if len(self._reached) >= _KEPT:
                del self._reached[min(self._reached)]
        self._reached[step] = happened if known is None else max(known, happened)

    def at(self, taken_ms: int) -> float:
        """Return the event time when Kafka took a record in, epoch seconds."""
        happened, at_ms = self._newest
        if at_ms / 1_000 - happened < _APART_S:
            return taken_ms / 1_000
        if self._order is None:
            self._order = sorted(self._reached)
        number = bisect_right(self._order, taken_ms // _STEP_MS)
        return self._reached[self._order[number - 1]] if number else taken_ms / 1_000
