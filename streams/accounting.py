"""What became of every raw record, told from outside by the topics it can end up in."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.alert import Alert
from streams import topics
from streams.codec import SRC, decode_dead_letter, read_origin
from streams.errors import BadInput
from streams.newest import Newest
from streams.passing import legible
from streams.replay import Tally
from streams.tail import Heard

WATCHED = (topics.EVENTS, topics.LATE, topics.DEAD, topics.ALERTS)
"""Without what only the duty desk may see: ``alerts.restricted`` is added where it is asked for."""


class _Happened(msgspec.Struct):
    """The two fields of an event that are needed here."""

    id: str
    occurred_at: datetime


_decode_happened = msgspec.json.Decoder(_Happened).decode
_decode_alert = msgspec.json.Decoder(Alert).decode


class Account:
    """Counts the records of `WATCHED`, each once, however often a restarted worker sends them.

    Attributes
    ----------
    tally
        The figures; `rows` is for the caller to fill in.

    """

    def __init__(self) -> None:
        self.tally = Tally()
        self._ids: set[str] = set()
        self._late: set[str] = set()
        self._heard: dict[tuple[str, int, str], int] = {}
        self._newest = Newest()

    @property
    def settled(self) -> int:
        """Number of raw records of which it is known what became of them."""
        return sum(self.tally.verdicts.values())

    def take(self, record: Heard) -> Alert | None:
        """Take in one record; return the alert when it is a version not seen before."""
        if record.topic in {topics.ALERTS, topics.RESTRICTED}:
            alert = legible(record, _decode_alert)
            return alert if alert is not None and self._newest.is_new(alert) else None
        if record.topic == topics.DEAD:
            letter = legible(record, decode_dead_letter)
            if letter is None or letter.topic not in topics.raw_topics():
                return None  # no record of a source
            if letter.file or self._is_first(record, f"{letter.topic}/{letter.partition}", letter.offset):
                self.tally.verdicts["DEAD"] += 1
                self.tally.dead[letter.reason] += 1
        elif record.topic == topics.LATE:
            self._late_event(record)
        else:
            self._event(record)
        return None

    def _event(self, record: Heard) -> None:
        try:
            came_from = read_origin(record.headers)
        except BadInput:  # it is among the dead letters
            return
        if came_from is None or came_from[0] != SRC or not self._is_first(record, *came_from[1:]):
            return
        if (event := legible(record, _decode_happened)) is None:
            return
        self.tally.newest = max(self.tally.newest, event.occurred_at.timestamp())
        self.tally.verdicts["DUPLICATE" if event.id in self._ids else "ACCEPTED"] += 1
        self._ids.add(event.id)

    def _late_event(self, record: Heard) -> None:
        if (came_from := read_origin(record.headers)) is not None:
            self.tally.verdicts["LATE"] += self._is_first(record, *came_from[1:])
            return
        event = legible(record, _decode_happened)  # from the detect agent: it is on `events` too
        if event is not None and event.id not in self._late:
            self._late.add(event.id)
            self.tally.verdicts["LATE"] += 1
            self.tally.verdicts["ACCEPTED"] -= 1

    def _is_first(self, record: Heard, channel: str, offset: int) -> bool:
        """Tell whether a raw record is seen for the first time: one channel's come in order on each partition."""
        where = (record.topic, record.partition, channel)
        if offset <= self._heard.get(where, -1):
            return False
        self._heard[where] = offset
        return True
