"""What changes for those who get the alerts when one book takes the place of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from rules.alert import Alert

What = Literal["appeared", "vanished", "regraded"]


class Pair(msgspec.Struct, frozen=True):
    """The same alert under both books, or one that only one of them raises."""

    old: Alert | None
    new: Alert | None

    @property
    def what(self) -> What | None:
        """What became of it; ``None`` when its grade is the same."""
        if self.old is None:
            return "appeared"
        if self.new is None:
            return "vanished"
        return None if self.old.grade is self.new.grade else "regraded"

    @property
    def shown(self) -> Alert:
        """The alert as it is, or was."""
        alert = self.new or self.old
        assert alert is not None  # noqa: S101 - a pair has one side at least
        return alert


def pairs(old: Sequence[Alert], new: Sequence[Alert]) -> list[Pair]:
    """Pair the final alerts of two books, in the order they were raised.

    Alerts of one id are one. Of the rest those of one rule, place and kind whose evidence overlaps in time are one: a
    rule that changed gives its alerts other ids. Each is paired once, the earliest first.
    """
    before = {alert.id: alert for alert in old}
    found: list[Pair] = []
    rest: list[Alert] = []
    for alert in new:
        if alert.id in before:
            found.append(Pair(before.pop(alert.id), alert))
        else:
            rest.append(alert)
    found += _by_time(list(before.values()), rest)
    return sorted(found, key=lambda pair: (pair.shown.raised_at, pair.shown.id))


def _by_time(old: Sequence[Alert], new: Sequence[Alert]) -> Iterator[Pair]:
    groups: dict[tuple[str, str, str], tuple[list[Alert], list[Alert]]] = defaultdict(lambda: ([], []))
    for side, alerts in enumerate((old, new)):
        for alert in sorted(alerts, key=lambda alert: (alert.first_at, alert.id)):
            groups[alert.rule.id, alert.place.key, alert.kind][side].append(alert)
    for before, after in groups.values():
        yield from _overlaps(before, after)


def _overlaps(before: list[Alert], after: list[Alert]) -> Iterator[Pair]:
    """Pair two lists that are in order of time; whichever ends before the other begins has no partner."""
    i = j = 0
    while i < len(before) and j < len(after):
        if before[i].last_at < after[j].first_at:
            yield Pair(before[i], None)
            i += 1
        elif after[j].last_at < before[i].first_at:
            yield Pair(None, after[j])
            j += 1
        else:
            yield Pair(before[i], after[j])
            i, j = i + 1, j + 1
    yield from (Pair(alert, None) for alert in before[i:])
    yield from (Pair(None, alert) for alert in after[j:])
