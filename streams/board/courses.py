"""How alerts went, version by version: for looking back at what stood when. Pure."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import ClassVar, NamedTuple

import msgspec

from rules.alert import Alert, Grade
from streams.sides import ORDINARY, RESTRICTED
from streams.tail import Heard

_decode = msgspec.json.Decoder(Alert).decode
_KEPT = 5_000
_STEPS = 100


class Step(NamedTuple):
    """From when on (event time, epoch seconds) an alert had which grade, and whether it was open."""

    at: float
    grade: Grade
    is_open: bool


class Courses:
    """The courses of the 5,000 alerts that changed last.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.

    """

    topics: ClassVar[tuple[str, ...]] = (ORDINARY.versions, RESTRICTED.versions)
    since: ClassVar[timedelta] = timedelta(days=2)

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._steps: OrderedDict[str, list[Step]] = OrderedDict()

    def take(self, record: Heard) -> None:
        """Take in a version of an alert."""
        if record.value is None:
            return
        alert = _decode(record.value)
        steps = self._steps.setdefault(alert.id, [])
        self._steps.move_to_end(alert.id)
        step = Step(told_at(alert), alert.grade, alert.status == "open")
        if not steps:
            first = step if alert.revision.version == 1 else step._replace(at=alert.raised_at.timestamp())
            steps.append(first)
        if step[1:] != steps[-1][1:]:
            steps.append(step._replace(at=max(step.at, steps[-1].at)))
        del steps[1:-_STEPS]
        if len(self._steps) > self._kept:
            self._steps.popitem(last=False)

    def grade_at(self, alert: Alert, at: float) -> Grade | None:
        """Return the grade an alert (its last version) had at a time; ``None`` where it did not stand."""
        steps = self._steps.get(alert.id) or _steps_of(alert)
        step = next((one for one in reversed(steps) if one.at <= at), None)
        return step.grade if step is not None and step.is_open else None


def told_at(alert: Alert) -> float:
    """Return the event time of a version: that of the last thing it tells of."""
    times = [alert.raised_at, alert.graded_at, alert.last_at]
    handling = alert.revision.handling
    if handling is not None:
        times += [reached.at for reached in handling.times]
        times += [at for at in (handling.quiet_at, handling.judged_at) if at is not None]
    return max(times).timestamp()


def _steps_of(alert: Alert) -> list[Step]:
    """Return what the last version alone says of the course."""
    steps = [Step(alert.raised_at.timestamp(), alert.grade, is_open=True)]
    return steps if alert.status == "open" else [*steps, Step(told_at(alert), alert.grade, is_open=False)]
