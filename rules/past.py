"""How far the versions of alerts had come that are over: should one come back, it is counted on from there."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping

import msgspec

from detectors.journal import Journal
from rules.alert import GRADES, Finding, Revision

KEPT_S = 31 * 86_400.0
"""No rehearsal of a new book goes back further."""


class Over(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An alert that was closed or withdrawn: its last version and grade, and until when it is remembered."""

    id: str
    version: int
    rank: int
    withdrawn: bool
    until: float


class Past:
    """The last versions of alerts that no fold remembers any more.

    An episode that is over does not come back by itself. A new book can bring it back: where its rule now says of the
    same events that they go on, the alert must not begin again at version 1.
    """

    def __init__(self) -> None:
        self._known: dict[str, Over] = {}
        self._line: deque[Over] = deque()
        self._journal: Journal[Over] = Journal(Over, size=500)

    def note(self, alerts: Iterable[Finding], watermark: float) -> None:
        """Remember the last versions of alerts that are over."""
        for alert in alerts:
            since = watermark if math.isfinite(watermark) else alert.last_at.timestamp()
            withdrawn = alert.status == "withdrawn"
            over = Over(alert.id, alert.revision.version, alert.grade.rank, withdrawn, since + KEPT_S)
            self._remember(over)
            self._journal.add(over, over.until)

    def last(self, new: Finding) -> Finding | None:
        """Return what stands for the last version of the alert that `new` would be the first version of."""
        over = self._known.get(new.id)
        if over is None:
            return None
        revision = Revision(version=over.version, change="withdrawn" if over.withdrawn else "closed")
        status = "withdrawn" if over.withdrawn else "closed"
        return msgspec.structs.replace(new, status=status, grade=GRADES[over.rank], revision=revision)

    def forget(self, watermark: float) -> None:
        """Drop what is too long over."""
        line = self._line
        while line and line[0].until < watermark:
            over = line.popleft()
            if self._known.get(over.id) is over:
                del self._known[over.id]
        self._journal.forget(watermark)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: name to MessagePack, ``None`` when forgotten."""
        return self._journal.dirty()

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for over in self._journal.restore(items):
            self._remember(over)

    def _remember(self, over: Over) -> None:
        self._known[over.id] = over
        self._line.append(over)
