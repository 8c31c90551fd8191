"""What an explanation is worked out from: the events a replay accepted and refused, and the alerts it came to."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from detectors.detector import Scope
from detectors.event import Event
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.surge_config import SurgeConfig
from rules.alert import Alert
from rules.explanation import Reason
from rules.feedback import Judgement
from rules.issue import City
from rules.sifting import Dropped, Heard
from rules.surgelens import Lens
from rules.surroundings import Declaration, Surroundings
from streams.assembly import Parts
from streams.pipeline import Outcome, Pipeline
from streams.replay import Replay
from streams.sources.mapping import Mapping, read_ordered
from streams.sources.mapping_row import Row

_DROPPED = {"LATE": Reason.LATE, "DUPLICATE": Reason.DUPLICATE}


@dataclass
class Notes:
    """What pipelines heard and said.

    Parameters
    ----------
    accepted, dropped
        Events by what became of them.
    alerts
        The last version of every alert, by id, shadow ones and those withdrawn included.
    watermark
        The highest reached, epoch seconds.

    """

    accepted: list[Event] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)
    watermark: float = float("-inf")

    def learned(self) -> dict[str, float]:
        """Return the ids of events whose kind was learned, with how sure that was."""
        return {event.id: event.kind_confidence for event in self.accepted if event.kind_by == "learned"}

    def heard(self, district: str | None = None) -> Heard:
        """Return what was heard, of one district or of all."""
        events = [e for e in self.accepted if district is None or e.place.district == district]
        dropped = [d for d in self.dropped if district is None or d.event.place.district == district]
        return Heard(events, dropped, self.watermark)


class Listening:
    """A pipeline, as far as a shell goes, that takes notes of what it hears and says.

    Parameters
    ----------
    pipeline
        Does the work.
    desk
        Where the notes are kept.

    """

    def __init__(self, pipeline: Pipeline, desk: Desk) -> None:
        self._pipeline = pipeline
        self._desk = desk

    @property
    def watermark(self) -> float:
        """Event time reached, epoch seconds."""
        return self._pipeline.watermark

    def process(self, event: Event) -> Outcome:
        """Take in one event."""
        outcome = self._pipeline.process(event)
        reason = _DROPPED.get(outcome.verdict)
        if reason is not None:
            self._desk.notes.dropped.append(Dropped(event, reason))
        else:
            self._desk.take(event)
        return self._note(outcome)

    def advance(self, watermark: float) -> Outcome:
        """Move event time on."""
        outcome = self._pipeline.advance(watermark)
        self._desk.notes.watermark = max(self._desk.notes.watermark, self._pipeline.watermark)
        return self._note(outcome)

    def declare(self, declaration: Declaration) -> Outcome:
        """Take in what is declared of an area."""
        self._desk.city.around.declare(declaration, self._pipeline.watermark)
        return self._note(self._pipeline.declare(declaration))

    def judge(self, judgement: Judgement) -> Outcome:
        """Take in what somebody found out about an alert."""
        self._desk.city.feedback.take(judgement, self._pipeline.watermark)
        return self._note(self._pipeline.judge(judgement))

    def _note(self, outcome: Outcome) -> Outcome:
        for alert in (*outcome.alerts, *outcome.shadow):
            self._desk.notes.alerts[alert.id] = alert
        return outcome


class Desk:
    """Everything an explanation needs besides the question.

    Parameters
    ----------
    parts
        City, taxonomy and book.

    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.notes = Notes()
        areas, days = parts.areas, LocalDays(parts.areas.zone)
        self._norms = Norms(days)
        around = Surroundings(DayKinds(areas.calendar, days))
        self.city = City(areas, parts.taxonomy, days, around, self._norms, parts.book.digest)
        self.lens = Lens(SurgeConfig.of(areas), areas.zone)  # as in `streams.pipeline`

    def take(self, event: Event) -> None:
        """Take note of an event that was accepted."""
        self.notes.accepted.append(event)
        if event.status == "open":
            self._norms.count(event, event.occurred_at.timestamp())

    def settle(self, lateness_s: float) -> None:
        """Take the newest event for the time reached, where the part that was read does not say how far that is."""
        if self.notes.watermark == float("-inf") and self.notes.accepted:
            newest = max(event.occurred_at for event in self.notes.accepted)
            self.notes.watermark = newest.timestamp() - lateness_s

    def new_pipeline(self) -> Pipeline:
        """Return a fresh pipeline that takes notes here; shells only hand things in and ask for the watermark."""
        return cast("Pipeline", Listening(self.parts.new_pipeline(), self))


@dataclass(frozen=True)
class NotedParts(Parts):
    """Parts whose pipelines take notes.

    Parameters
    ----------
    desk
        Where.

    """

    desk: Desk | None = None

    @classmethod
    def of(cls, desk: Desk) -> NotedParts:
        """Return the parts of a desk, with notes taken."""
        parts = desk.parts
        return cls(parts.areas, parts.taxonomy, parts.book, parts.intake, desk)

    def new_pipeline(self, scope: Scope | None = None) -> Pipeline:
        """Return a pipeline that takes notes; of all there is."""
        return self.desk.new_pipeline() if self.desk is not None else super().new_pipeline(scope)


class _Replay(Replay):
    """A replay that takes note of what was late as well."""

    def __init__(self, desk: Desk, *, lateness_s: float, declarations: Sequence[Declaration]) -> None:
        parts = NotedParts.of(desk)
        super().__init__(parts, lateness_s=lateness_s, now=time.time(), declarations=declarations)
        self.normalised: list[Event] = []

    def _event(self, row: Row) -> Event | None:
        event = super()._event(row)
        if event is not None:
            self.normalised.append(event)
        return event


def replay_noted(
    parts: Parts,
    inputs: Iterable[tuple[Mapping, Path]],
    lateness_s: float,
    declarations: Sequence[Declaration] = (),
) -> Desk:
    """Replay files as `fenghuo replay` does, taking notes.

    Raises
    ------
    ConfigurationError
        When a file cannot be read.

    """
    return replay_rows(parts, read_ordered(list(inputs), None), lateness_s, declarations)


def replay_rows(parts: Parts, rows: Iterable[Row], lateness_s: float, declarations: Sequence[Declaration] = ()) -> Desk:
    """Replay rows in the order of event time, taking notes."""
    desk = Desk(parts)
    replay = _Replay(desk, lateness_s=lateness_s, declarations=declarations)
    for _ in replay.run(rows):
        pass
    notes = desk.notes
    processed = {id(event) for event in notes.accepted} | {id(dropped.event) for dropped in notes.dropped}
    notes.dropped += [Dropped(event, Reason.LATE) for event in replay.normalised if id(event) not in processed]
    return desk
