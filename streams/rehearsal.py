"""A new book's changed rules, run over the events of before without a word, until they know what there is to know."""

from __future__ import annotations

from detectors.event import Event
from detectors.signal import Signal
from rules.book import Book
from rules.engine import Engine
from rules.past import KEPT_S
from rules.succession import succession
from streams.seen import SeenIds

AHEAD_S = 3_600.0
"""Clocks of sources may go ahead of the broker's by so much."""


class Rehearsal:
    """What becomes of the rules that change, at one place in the events.

    Parameters
    ----------
    old, book
        The book in force, and the one to come.
    engine
        Engine of the book in force.
    watermark
        Event time reached, epoch seconds.

    Attributes
    ----------
    since
        Epoch seconds from which on events matter: the longest window of the changed rules before the watermark, or
        before the first of their alerts that are open; infinity when no rule about events changes. Never more than 31
        days before the watermark.

    """

    def __init__(self, old: Book, book: Book, engine: Engine, watermark: float) -> None:
        self.book = book
        changed, gone = succession(old, book)
        self.begun = changed | gone
        self.engine = engine.fresh(book, changed)
        keeps = [one.keep_s for one in book.compiled if one.rule.id in changed and one.rule.signal is None]
        back = min(watermark, engine.raised(changed)) - max(keeps, default=0.0)
        self.since = max(back, watermark - KEPT_S) if keeps else float("inf")
        self._watermark = float("-inf")
        self._limit = watermark
        self._seen = SeenIds()

    @property
    def since_ms(self) -> int | None:
        """The Kafka timestamp before which no record matters, ``None`` when every one there is may, or none."""
        return int((self.since - AHEAD_S) * 1000) if AHEAD_S < self.since < float("inf") else None

    def take(self, event: Event) -> None:
        """Take in an event of before, in any order but not before the watermark."""
        t = event.occurred_at.timestamp()
        if t < max(self.since, self._watermark) or not self._seen.add(f"{event.place.district}/{event.id}", t):
            return
        self.engine.event(event, t)

    def advance(self, watermark: float) -> None:
        """Move on to a watermark of before."""
        watermark = min(watermark, self._limit)
        if watermark > self._watermark:
            self._watermark = watermark
            self._seen.forget(watermark)
            self.engine.advance(watermark)

    def end(self, signals: list[Signal]) -> Engine:
        """Come to the present, with the signals as they stand now; return the engine."""
        for signal in signals:
            self.engine.signal(signal)
        self.engine.advance(self._limit)
        return self.engine
