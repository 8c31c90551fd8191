"""Events that wait until the watermark has passed them, and then come out in order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

import msgspec

from detectors.event import Event
from detectors.journal import Journal

_REACHED = "reached"


class Waiting:
    """A buffer for detectors that learn from events in the order of time and id.

    Holds the events of as much event time as the allowed lateness; a few hundred bytes each.

    Examples
    --------
    >>> from detectors.event import Place
    >>> from detectors.windows import instant
    >>> waiting = Waiting()
    >>> for name, t in (("b", 20.0), ("c", 30.0), ("a", 10.0)):
    ...     event = Event(id=name, source="sos", kind="leak", occurred_at=instant(t), place=Place(district="d"))
    ...     waiting.add(event, t)
    >>> [event.id for event, _ in waiting.until(25.0)]
    ['a', 'b']

    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, str, Event]] = []
        self._journal: Journal[Event] = Journal(Event)
        self._reached = float("-inf")
        self._written = self._reached

    def add(self, event: Event, t: float) -> None:
        """Keep an event, new to its district, until the watermark has passed its time `t` (epoch seconds)."""
        heapq.heappush(self._heap, (t, event.id, event.place.district, event))
        self._journal.add(event, expires=t)

    def until(self, watermark: float) -> Iterator[tuple[Event, float]]:
        """Yield the events before `watermark` (epoch seconds), with their times, by time, id and district."""
        while self._heap and self._heap[0][0] < watermark:
            t, *_, event = heapq.heappop(self._heap)
            yield event, t
        self._reached = max(self._reached, watermark)
        self._journal.forget(self._reached)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: name to MessagePack, ``None`` for what is gone."""
        changed = self._journal.dirty()
        if self._reached != self._written:
            changed[_REACHED] = msgspec.msgpack.encode(self._reached)
            self._written = self._reached
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of what `dirty` returned."""
        chunks = dict(items)
        if _REACHED in chunks:
            self._reached = self._written = msgspec.msgpack.decode(chunks.pop(_REACHED), type=float)
        for event in self._journal.restore(chunks):
            t = event.occurred_at.timestamp()
            if t >= self._reached:
                heapq.heappush(self._heap, (t, event.id, event.place.district, event))
