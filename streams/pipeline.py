"""The whole of Fenghuo between an event and an alert, as one pure object.

The same object runs in live (one for every partition of ``events``), in replay and in tests. What it says is a
pure function of the events it accepted and the watermark; the order of arrival decides only how alerts grew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.signal import Signal
from detectors.surge import SurgeConfig, SurgeDetector
from detectors.taxonomy import Taxonomy
from rules.alert import Alert
from rules.book import Book
from rules.engine import Engine
from rules.issue import City
from rules.surroundings import Declaration, Surroundings
from streams.seen import SeenIds

Verdict = Literal["ACCEPTED", "DUPLICATE", "LATE"]


@dataclass(slots=True)
class Outcome:
    """What one event or one advance led to.

    Parameters
    ----------
    verdict
        ``DUPLICATE``: an event with this id was accepted before. ``LATE``: it lies before the watermark.
    shadow
        Versions of rules that are tried out and notify nobody.

    """

    verdict: Verdict = "ACCEPTED"
    signals: list[Signal] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    shadow: list[Alert] = field(default_factory=list)


_DUPLICATE = Outcome("DUPLICATE")
_LATE = Outcome("LATE")


class Pipeline:
    """Detectors and rules over the events of one partition.

    Parameters
    ----------
    book
        The rules.
    areas
        The city.
    taxonomy
        Kinds and classes.
    surge
        Configuration of the surge detector.

    """

    def __init__(self, *, book: Book, areas: AreaTree, taxonomy: Taxonomy, surge: SurgeConfig | None = None) -> None:
        days = LocalDays(areas.zone)
        self._norms = Norms(days)
        # An open tree takes the areas a source names; the district is the only level every one of them has.
        levels = ("district",) if areas.open else ("street",)
        self._surge = SurgeDetector(surge or SurgeConfig(levels=levels), areas.zone)
        around = Surroundings(DayKinds(areas.calendar, days))
        city = City(areas, taxonomy, days, around, self._norms, book.digest)
        self._engine = Engine(book, city)
        self._shadows = any(rule.status == "shadow" for rule in book.rules)
        self._seen = SeenIds()
        self.watermark = float("-inf")

    def process(self, event: Event) -> Outcome:
        """Take in one event.

        Parameters
        ----------
        event
            In any order, as long as it does not lie before the watermark.

        """
        t = event.occurred_at.timestamp()
        if t < self.watermark:
            return _LATE
        if not self._seen.add(f"{event.place.district}/{event.id}", t):  # a partition knows its own districts only
            return _DUPLICATE
        signals: list[Signal] = []
        if event.status == "open":  # what is settled was counted when it was reported
            self._norms.count(event, t)
            signals = self._surge.observe(event, t)
        alerts = self._engine.event(event, t)
        for signal in signals:
            alerts += self._engine.signal(signal)
        return self._outcome(signals, alerts)

    def declare(self, declaration: Declaration) -> Outcome:
        """Take in what is declared of an area: weather warnings, mode, events."""
        return self._outcome([], self._engine.declare(declaration))

    def advance(self, watermark: float) -> Outcome:
        """Move event time on to `watermark` (epoch seconds): close windows and alerts, issue what has grown.

        A watermark that has been reached already moves nothing; what has grown is issued all the same.
        """
        signals: list[Signal] = []
        if watermark > self.watermark:
            self.watermark = watermark
            self._seen.forget(watermark)
            self._norms.forget(watermark)
            signals = self._surge.advance(watermark)
        alerts = [alert for signal in signals for alert in self._engine.signal(signal)]
        return self._outcome(signals, alerts + self._engine.advance(self.watermark))

    def _outcome(self, signals: list[Signal], alerts: list[Alert]) -> Outcome:
        if not (alerts and self._shadows):
            return Outcome("ACCEPTED", signals, alerts)
        shadow = [alert for alert in alerts if alert.rule.status == "shadow"]
        return Outcome("ACCEPTED", signals, [alert for alert in alerts if alert.rule.status == "active"], shadow)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: key to bytes, ``None`` for what is gone."""
        changed: dict[str, bytes | None] = {}
        parts = (
            ("rules", dict(self._engine.dirty())),
            ("norms", self._norms.dirty()),
            ("surge", self._surge.dirty()),
            ("seen", self._seen.dirty()),
        )
        for part, items in parts:
            changed.update((f"{part}/{key}", data) for key, data in items.items())
        return changed

    def restore(self, items: Mapping[str, bytes], watermark: float) -> None:
        """Take over the union of what `dirty` returned up to `watermark`."""
        self.watermark = watermark
        by_part: dict[str, dict[str, bytes]] = {"rules": {}, "norms": {}, "surge": {}, "seen": {}}
        for name, data in items.items():
            part, _, key = name.partition("/")
            by_part[part][key] = data
        self._norms.restore(by_part["norms"])
        self._surge.restore(by_part["surge"])
        self._seen.restore(by_part["seen"])
        if math.isfinite(watermark):
            self._seen.forget(watermark)
        self._engine.restore(by_part["rules"], watermark)
