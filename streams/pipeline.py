"""The whole of Fenghuo between an event and an alert, as one pure object.

The same object runs in live (one for every partition of ``events``), in replay and in tests. What it says is a
pure function of the events it accepted and the watermark; the order of arrival decides only how alerts grew.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from detectors.areas import AreaTree
from detectors.detector import Detector, Scope, detector_types
from detectors.event import Event
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.signal import Signal
from detectors.taxonomy import Taxonomy
from rules.alert import Finding
from rules.book import Book
from rules.engine import Engine
from rules.feedback import Feedback, Judgement
from rules.issue import City
from rules.surroundings import Declaration, Surroundings
from streams.modelage import ModelAges
from streams.recall import Recall
from streams.rehearsal import Rehearsal
from streams.seen import SeenIds

Verdict = Literal["ACCEPTED", "DUPLICATE", "LATE"]


@dataclass(slots=True)
class Outcome:
    """What one event or one advance led to.

    Parameters
    ----------
    verdict
        ``DUPLICATE``: an event with this id was accepted before. ``LATE``: it lies before the watermark.
    alerts
        Versions of what single rules found.
    shadow
        The same of rules that are tried out and notify nobody.

    """

    verdict: Verdict = "ACCEPTED"
    signals: list[Signal] = field(default_factory=list)
    alerts: list[Finding] = field(default_factory=list)
    shadow: list[Finding] = field(default_factory=list)


_DUPLICATE = Outcome("DUPLICATE")
_LATE = Outcome("LATE")


class Pipeline:
    """Detectors and rules over the events of one partition, or of the whole city.

    Parameters
    ----------
    book
        The rules.
    areas
        The city.
    taxonomy
        Kinds and classes.
    scope
        ``district``: without the detectors that have to see the whole city, and the rules about them. ``city``: those
        alone. ``None``: all; then it has to be given all events.

    """

    def __init__(self, *, book: Book, areas: AreaTree, taxonomy: Taxonomy, scope: Scope | None = None) -> None:
        self._scope = scope
        days = LocalDays(areas.zone)
        self._areas = areas
        self._norms = Norms(days)
        self._detectors: dict[str, Detector] = {}
        around = Surroundings(DayKinds(areas.calendar, days))
        self._city = City(areas, taxonomy, days, around, self._norms, book.digest)
        self._recall = Recall()
        self._seen = SeenIds()
        self._ages = ModelAges()
        self.begin_with(book)
        self.watermark = float("-inf")

    def begin_with(self, book: Book) -> None:
        """Go by `book`, before anything is taken in or restored."""
        self._go_by(self._mine(book))
        self._engine = Engine(self.book, replace(self._city, book=book.digest))

    def _mine(self, book: Book) -> Book:
        return book if self._scope is None else book.part(self._scope)

    def _go_by(self, book: Book) -> None:
        """Run the detectors that rules of `book` ask for; one that ran before goes on, so as to stay informed."""
        self.book = book
        self._shadows = _has_shadows(book)
        for name in sorted({c.rule.signal for c in book.for_signals if c.rule.signal is not None}):
            if name not in self._detectors and name in detector_types():
                self._detectors[name] = detector_types()[name].of(self._areas)
                self._ages.begin(name)

    def rehearse(self, book: Book) -> Rehearsal:
        """Return what has to see the events of before, from its `since` on, ere `book` can be adopted."""
        return Rehearsal(self.book, self._mine(book), self._engine, self.watermark)

    def adopt(self, rehearsal: Rehearsal) -> Outcome:
        """Go on with the book that was rehearsed since the last event or advance.

        Rules that are what they were keep all they have. Those that changed go on from what the rehearsal found; their
        alerts keep ids and count on, or are withdrawn, as are those of rules that are gone.
        """
        alerts = self._engine.adopt(rehearsal.book, rehearsal.begun, rehearsal.end(list(self._recall)))
        self._shadows = True  # of the old book or of the new one
        outcome = self._outcome([], alerts)
        self._go_by(rehearsal.book)
        return outcome

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
            if self._scope != "city":
                self._norms.count(event, t)  # for rules about events: there are none about a whole city
            self._ages.observe(t)
            for detector in self._detectors.values():
                signals += detector.observe(event, t)
            self._recall.note(signals)
        alerts = self._engine.event(event, t)
        for signal in signals:
            alerts += self._engine.signal(signal)
        return self._outcome(signals, alerts)

    def declare(self, declaration: Declaration) -> Outcome:
        """Take in what is declared of an area: weather warnings, mode, events."""
        return self._outcome([], self._engine.declare(declaration))

    def judge(self, judgement: Judgement) -> Outcome:
        """Take in what somebody found out about an alert: rules about signals get stricter or less so from then on."""
        return self._outcome([], self._engine.judge(judgement))

    @property
    def learning_since(self) -> Mapping[str, float]:
        """Event time of the first event each detector saw, epoch seconds."""
        return self._ages.since

    @property
    def feedback(self) -> Feedback:
        """What people found out about alerts."""
        return self._city.feedback

    def advance(self, watermark: float) -> Outcome:
        """Move event time on to `watermark` (epoch seconds): close windows and alerts, issue what has grown.

        A watermark that has been reached already moves nothing; what has grown is issued all the same.
        """
        signals: list[Signal] = []
        if watermark > self.watermark:
            self.watermark = watermark
            self._seen.forget(watermark)
            self._norms.forget(watermark)
            signals = [signal for detector in self._detectors.values() for signal in detector.advance(watermark)]
            self._recall.note(signals)
            self._recall.forget(watermark)
        alerts = [alert for signal in signals for alert in self._engine.signal(signal)]
        return self._outcome(signals, alerts + self._engine.advance(self.watermark))

    def _outcome(self, signals: list[Signal], alerts: list[Finding]) -> Outcome:
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
            ("seen", self._seen.dirty()),
            ("recall", self._recall.dirty()),
            ("ages", self._ages.dirty()),
            *((name, detector.dirty()) for name, detector in self._detectors.items()),
        )
        for part, items in parts:
            changed.update((f"{part}/{key}", data) for key, data in items.items())
        return changed

    def restore(self, items: Mapping[str, bytes], watermark: float) -> None:
        """Take over the union of what `dirty` returned up to `watermark`."""
        self.watermark = watermark
        by_part: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        for name, data in items.items():
            part, _, key = name.partition("/")
            by_part[part][key] = data
        self._norms.restore(by_part["norms"])
        for name in sorted(by_part.keys() & detector_types().keys() - self._detectors.keys()):
            self._detectors[name] = detector_types()[name].of(self._areas)  # it ran before, for another book
        for name, detector in self._detectors.items():
            detector.restore(by_part[name])
        self._seen.restore(by_part["seen"])
        self._ages.restore(by_part["ages"])
        self._recall.restore(by_part["recall"])
        if math.isfinite(watermark):
            self._seen.forget(watermark)
        self._engine.restore(by_part["rules"], watermark)


def _has_shadows(book: Book) -> bool:
    return any(rule.status == "shadow" for rule in book.rules)
