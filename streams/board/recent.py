"""The events of the last days, as many as fit: what timelines, maps and samples are made of. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import ClassVar

from detectors.event import Event
from streams import topics
from streams.codec import SRC, decode_event, read_origin
from streams.tail import Heard

_KEPT = 200_000
_HOUR_S = 3_600


class Recent:
    """Events by id and by the hour they happened in.

    Parameters
    ----------
    kept
        How many; of more the one that came first goes first.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.
    reached
        Newest event time, epoch seconds; ``None`` before the first event.
    reached_ms
        Kafka timestamp of that event, milliseconds.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.EVENTS,)
    since: ClassVar[timedelta] = timedelta(days=8)

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._hours: dict[int, dict[str, dict[str, Event]]] = {}
        self.reached: float | None = None
        self.reached_ms = 0

    def __len__(self) -> int:
        return len(self._events)

    def take(self, record: Heard) -> None:
        """Take in a record of ``events``; clocks, books and context among them are not for here."""
        origin = read_origin(record.headers)
        if record.value is None or (origin is not None and origin[0] != SRC):
            return
        event = decode_event(record.value)
        if event.id in self._events:
            return
        self._events[event.id] = event
        at = event.occurred_at.timestamp()
        self._hours.setdefault(int(at // _HOUR_S), {}).setdefault(event.kind, {})[event.id] = event
        if self.reached is None or at > self.reached:
            self.reached, self.reached_ms = at, record.timestamp
        if len(self._events) > self._kept:
            self._forget()

    def get(self, event_id: str) -> Event | None:
        """Return an event by its id, when it is still kept."""
        return self._events.get(event_id)

    def between(
        self, since: float, until: float, *, kinds: Collection[str] | None = None, area: str = ""
    ) -> Iterator[Event]:
        """Yield the events of a span of event time, in no order.

        Parameters
        ----------
        since, until
            Epoch seconds; `until` is no longer part of it.
        kinds
            Only of these kinds.
        area
            Only in the area with this id, at any level.

        """
        for hour in self._hours_of(since, until):
            whole = since <= hour * _HOUR_S and (hour + 1) * _HOUR_S <= until
            for kind, events in self._hours[hour].items():
                if kinds is not None and kind not in kinds:
                    continue
                for event in events.values():
                    if (whole or since <= event.occurred_at.timestamp() < until) and (
                        not area or area in _areas_of(event)
                    ):
                        yield event

    def _hours_of(self, since: float, until: float) -> list[int]:
        first, last = int(since // _HOUR_S), int(until // _HOUR_S)
        if last - first < len(self._hours):
            return [hour for hour in range(first, last + 1) if hour in self._hours]
        return [hour for hour in self._hours if first <= hour <= last]

    def _forget(self) -> None:
        event_id, event = self._events.popitem(last=False)
        hour = int(event.occurred_at.timestamp() // _HOUR_S)
        kinds = self._hours[hour]
        del kinds[event.kind][event_id]
        if not kinds[event.kind]:
            del kinds[event.kind]
        if not kinds:
            del self._hours[hour]


def _areas_of(event: Event) -> tuple[str, ...]:
    place = event.place
    return place.district, place.street, place.community, place.grid, place.spot
