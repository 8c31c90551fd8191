"""The alerts as they stand now, and which of them changed since somebody last looked. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Literal, NamedTuple

import msgspec

from rules.alert import Alert
from streams.sides import ORDINARY, RESTRICTED
from streams.tail import Heard

_decode = msgspec.json.Decoder(Alert).decode

_OVER_KEPT, _OVER_SLACK = 5_000, 500
_SHOWN_FOR = timedelta(days=2)
_CHANGES_KEPT = 20_000


class Known(NamedTuple):
    """An alert as it stands, and the Kafka timestamp of that version in milliseconds."""

    alert: Alert
    heard_ms: int


class Standing:
    """Alerts by id: all that are open, and at least the 5,000 that were the last to be over.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.
    version
        Grows by one with every change.

    """

    topics: ClassVar[tuple[str, ...]] = (ORDINARY.current, RESTRICTED.current)
    since: ClassVar[Literal["beginning"]] = "beginning"

    def __init__(self) -> None:
        self._open: dict[str, Known] = {}
        self._over: OrderedDict[str, Known] = OrderedDict()
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._newest: datetime | None = None
        self._forgotten = 0
        self.version = 0

    def take(self, record: Heard) -> None:
        """Take in a record of what stands; one without a value stands there no more."""
        if record.value is None:
            self._gone((record.key or b"").decode(), restricted=record.topic == RESTRICTED.current)
            return
        alert = _decode(record.value)
        known = self.get(alert.id)
        if known is not None and known.alert.revision.version >= alert.revision.version:
            return
        self._keep(Known(alert, record.timestamp))

    def get(self, alert_id: str) -> Known | None:
        """Return an alert that is open, or was lately."""
        return self._open.get(alert_id) or self._over.get(alert_id)

    def open(self) -> list[Known]:
        """Return the open alerts."""
        return list(self._open.values())

    def over(self) -> list[Known]:
        """Return those that are over, the one that ended first first."""
        return list(self._over.values())

    def all(self) -> Iterator[Known]:
        """Yield the open ones, and those whose last evidence is at most two days older than the newest there was."""
        yield from self._open.values()
        for known in self._over.values():
            if self._newest is not None and known.alert.last_at >= self._newest - _SHOWN_FOR:
                yield known

    def changed_since(self, version: int) -> list[str] | None:
        """Return the ids of what changed after `version`; ``None`` when that is too long ago to tell."""
        if version < self._forgotten:
            return None
        found = []
        for alert_id in reversed(self._changed):
            if self._changed[alert_id] <= version:
                break
            found.append(alert_id)
        return found[::-1]

    def _keep(self, known: Known) -> None:
        alert_id, last_at = known.alert.id, known.alert.last_at
        self._newest = last_at if self._newest is None else max(self._newest, last_at)
        self._open.pop(alert_id, None)
        self._over.pop(alert_id, None)
        (self._open if known.alert.status == "open" else self._over)[alert_id] = known
        if len(self._over) > _OVER_KEPT + _OVER_SLACK:
            self._forget()
        self._note(alert_id)

    def _forget(self) -> None:
        """Keep those that ended last: partitions are read one after the other, so that these need not come last."""
        ended = sorted(self._over.values(), key=lambda known: known.heard_ms)
        self._over = OrderedDict((known.alert.id, known) for known in ended[-_OVER_KEPT:])

    def _gone(self, alert_id: str, *, restricted: bool) -> None:
        known = self.get(alert_id)
        if known is not None and known.alert.restricted == restricted:
            self._open.pop(alert_id, None)
            self._over.pop(alert_id, None)
            self._note(alert_id)

    def _note(self, alert_id: str) -> None:
        self.version += 1
        self._changed[alert_id] = self.version
        self._changed.move_to_end(alert_id)
        if len(self._changed) > _CHANGES_KEPT:
            _, self._forgotten = self._changed.popitem(last=False)
