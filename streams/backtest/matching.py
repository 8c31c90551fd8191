"""Which alert is about which happening.

An alert is about a happening when its kind is one of the happening's (or its class is), its place is the same, lies
inside it, contains it or is near it, and it was raised from `early_s` before the beginning to `late_s` after the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

import msgspec

from detectors.areas import AreaTree
from rules.alert import Alert
from streams.backtest.truth import ANY, Happening, Truths

Judgement = Literal["true", "false", "unjudged"]
_DAY_S = 86_400.0


class Tolerance(msgspec.Struct, frozen=True, kw_only=True):
    """How far an alert may lie outside a happening, seconds: before its beginning and after its end."""

    early_s: float = 3_600.0
    late_s: float = 3_600.0


class Judged(msgspec.Struct, frozen=True):
    """One alert and what the truth says of it.

    Parameters
    ----------
    alert
        Its final version.
    judgement
        ``true``: about something that happened. ``false``: about nothing that did, or about what must raise none.
        ``unjudged``: its kind is none the truth speaks of, or it is about a single report of plain life that is real.
    found
        The happenings it is about that ought to raise an alert.
    disturbed
        Those that ought not to.
    looked_into
        Somebody gave a verdict on it, and the judgement is that.
    known
        When the city knew by other means according to the verdict, epoch seconds.

    """

    alert: Alert
    judgement: Judgement
    found: tuple[Happening, ...] = ()
    disturbed: tuple[Happening, ...] = ()
    looked_into: bool = False
    known: float | None = None


class Matcher:
    """Finds the happenings an alert is about.

    Parameters
    ----------
    truths
        What happened.
    areas
        The city.
    tolerance
        How early or late an alert may be.

    """

    def __init__(self, truths: Truths, areas: AreaTree, tolerance: Tolerance) -> None:
        self._areas = areas
        self._tolerance = tolerance
        self._days: dict[tuple[str, int], list[Happening]] = defaultdict(list)
        self._kinds = {kind for one in truths.happenings for kind in one.kinds}
        self._all_kinds = truths.complete or ANY in self._kinds
        self._misread = truths.misread
        for one in truths.happenings:
            first, last = one.starts - tolerance.early_s, one.ends + tolerance.late_s
            for day in range(int(first // _DAY_S), int(last // _DAY_S) + 1):
                for kind in one.kinds or ("",):
                    self._days[kind, day].append(one)

    def about(self, alert: Alert) -> list[Happening]:
        """Return the happenings an alert is about, those that must raise none included, in the order of the truth."""
        t = alert.raised_at.timestamp()
        day = int(t // _DAY_S)
        found = {
            one.id: one
            for kind in (alert.kind, alert.category, ANY)
            for one in self._days.get((kind, day), ())
            if one.starts - self._tolerance.early_s <= t <= one.ends + self._tolerance.late_s
            and one.where.meets(alert.place, self._areas)
        }
        return sorted(found.values(), key=lambda one: (one.starts, one.id))

    def judge(self, alerts: Iterable[Alert]) -> list[Judged]:
        """Return what the truth says of each alert."""
        return [self._judge(alert) for alert in alerts]

    def _judge(self, alert: Alert) -> Judged:
        about = self.about(alert)
        found = tuple(one for one in about if one.expected)
        disturbed = tuple(one for one in about if not one.expected)
        judgement: Judgement = "true" if found else "false" if disturbed or self._speaks_of(alert) else "unjudged"
        return Judged(alert, judgement, found, disturbed)

    def _speaks_of(self, alert: Alert) -> bool:
        if self._misread is not None and alert.threshold <= 1 and self._misread.isdisjoint(alert.evidence):
            return False
        return self._all_kinds or alert.kind in self._kinds or alert.category in self._kinds


def lead_s(alert: Alert, happening: Happening) -> float:
    """Return how long before the city knew by other means, or before the end, an alert was raised, seconds."""
    until = happening.ends if happening.known is None else happening.known
    return until - alert.raised_at.timestamp()


def delay_s(alert: Alert, happening: Happening) -> float:
    """Return how long after the beginning an alert was raised, seconds; below 0 when before."""
    return alert.raised_at.timestamp() - happening.starts
