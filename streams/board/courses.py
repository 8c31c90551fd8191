"""How alerts went, version by version: for looking back at what stood when. Pure."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

import msgspec

from rules.alert import Alert, Grade
from streams import topics
from streams.board.pace import Pace
from streams.codec import SRC, read_origin
from streams.sides import ORDINARY, RESTRICTED
from streams.tail import Heard

_KEPT = 5_000
_STEPS = 100


class _When(msgspec.Struct, gc=False):
    """Of an event, when it happened."""

    occurred_at: datetime


class _Version(msgspec.Struct, gc=False):
    """Of an alert, what its course is made of."""

    id: str
    grade: Grade
    status: str


_when = msgspec.json.Decoder(_When).decode
_version = msgspec.json.Decoder(_Version).decode


class Step(NamedTuple):
    """From when on (Kafka's timestamp, milliseconds) an alert had which grade, and whether it was open."""

    taken_ms: int
    grade: Grade
    is_open: bool


class Courses:
    """The courses of the 5,000 alerts that changed last, and what event time their versions were made at.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.

    """

    topics: ClassVar[tuple[str, ...]] = (ORDINARY.versions, RESTRICTED.versions, topics.EVENTS)
    since: ClassVar[timedelta] = timedelta(days=2)

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._steps: OrderedDict[str, list[Step]] = OrderedDict()
        self._pace = Pace()

    def take(self, record: Heard) -> None:
        """Take in a version of an alert, or an event for its time."""
        if record.value is None:
            return
        if record.topic != topics.EVENTS:
            self._note(_version(record.value), record.timestamp)
            return
        origin = read_origin(record.headers)
        if origin is None or origin[0] == SRC:
            self._pace.note(record.timestamp, _when(record.value).occurred_at.timestamp())

    def grade_at(self, alert: Alert, at: float) -> Grade | None:
        """Return the grade an alert (its last version) had at a time; ``None`` where it did not stand."""
        steps = self._steps.get(alert.id)
        if steps is None:  # it has not changed for longer than this looks back
            raised = alert.raised_at.timestamp() <= at
            return alert.grade if raised and alert.status == "open" else None
        step = next((one for one in reversed(steps) if self._pace.at(one.taken_ms) <= at), None)
        return step.grade if step is not None and step.is_open else None

    def _note(self, version: _Version, taken_ms: int) -> None:
        steps = self._steps.setdefault(version.id, [])
        self._steps.move_to_end(version.id)
        step = Step(taken_ms, version.grade, version.status == "open")
        if not steps or step[1:] != steps[-1][1:]:
            steps.append(step)
        del steps[1:-_STEPS]
        if len(self._steps) > self._kept:
            self._steps.popitem(last=False)
