"""Tells open pages what changed, several changes at once: each tile is written once a language for all who look."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from streams.board.access.visitor import Visitor
from streams.board.views.tile import hours_before, tile_of
from streams.language import Lang
from streams.metrics.board import BoardMetrics

if TYPE_CHECKING:
    from streams.board.board import Board

_EVERY_S = 0.1
_CLOCK_EVERY = 10
_SPARK_HOURS = 24

Push = Callable[[str], None]
"""Called with the arguments of the page's method ``apply`` as JSON: tiles, ids that are gone, the people's clock."""


class Hub:
    """Keeps pages that show all open alerts up to date.

    Parameters
    ----------
    board
        What is known.
    metrics
        Counts pages and what they are told.

    """

    def __init__(self, board: Board, metrics: BoardMetrics) -> None:
        self._board = board
        self._metrics = metrics
        self._looking: dict[int, tuple[Visitor, Push]] = {}
        self._written: dict[tuple[Lang, str], tuple[int, str]] = {}
        self._version = board.mirror.alerts.version
        self._next = 0
        self._looks = 0

    def join(self, visitor: Visitor, push: Push) -> int:
        """Begin to tell a page; return the number to `leave` with."""
        self._next += 1
        self._looking[self._next] = visitor, push
        self._metrics.pages.set(len(self._looking))
        return self._next

    def leave(self, number: int) -> None:
        """Tell a page no more."""
        self._looking.pop(number, None)
        self._metrics.pages.set(len(self._looking))

    def everything(self, visitor: Visitor) -> str:
        """Return what a page has to be told when it opens."""
        return self._said(visitor, [known.alert.id for known in self._board.mirror.alerts.open()])

    async def run(self) -> None:
        """Tell pages what changes, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            self.look()

    def look(self) -> None:
        """Tell pages what has changed since the last look; the time every tenth look in any case."""
        self._looks += 1
        alerts = self._board.mirror.alerts
        changed = alerts.changed_since(self._version)
        self._version = alerts.version
        if changed is None:
            changed = [known.alert.id for known in alerts.all()]
        if changed or self._looks % _CLOCK_EVERY == 0:
            self._tell(changed)

    def _tell(self, changed: list[str]) -> None:
        for alert_id in changed:
            for lang in ("zh", "en"):
                self._written.pop((lang, alert_id), None)
        said: dict[tuple[Lang, tuple[str, ...], bool], str] = {}
        for joined, push in list(self._looking.values()):
            visitor = self._board.still(joined)
            if visitor is None:
                continue  # the guard closes its page
            key = visitor.lang, visitor.areas, visitor.restricted
            if key not in said:
                said[key] = self._said(visitor, changed)
            push(said[key])
            self._metrics.pushes.inc(len(changed))
        self._measure(changed)

    def _measure(self, changed: list[str]) -> None:
        """Take note of how long ago what was told now has come to Kafka; what was there before the board is not new."""
        if not self._looking or not self._board.reader.ready.is_set():
            return
        now = self._board.clock()
        for alert_id in changed:
            known = self._board.mirror.alerts.get(alert_id)
            if known is not None:
                self._metrics.push_seconds.observe(max(0.0, now - known.heard_ms / 1_000))

    def _said(self, visitor: Visitor, alert_ids: Iterable[str]) -> str:
        board, tiles, gone = self._board, [], []
        for alert_id in alert_ids:
            known = board.mirror.alerts.get(alert_id)
            if known is not None and known.alert.status == "open" and board.shows(visitor, alert_id):
                tiles.append(self._tile(visitor.lang, alert_id))
            else:
                gone.append(alert_id)
        return f"[{','.join(tiles)}],{json.dumps(gone)},{board.clock():.0f}"

    def _tile(self, lang: Lang, alert_id: str) -> str:
        known = self._board.mirror.alerts.get(alert_id)
        if known is None:
            raise KeyError(alert_id)
        hour = int(known.alert.last_at.timestamp() // 3_600)
        written = self._written.get((lang, alert_id))
        if written is None or written[0] != hour:
            alert = known.alert
            tile = tile_of(alert, self._board.voice(lang), self._spark(alert_id))
            written = hour, msgspec.json.encode(tile).decode()
            self._written[lang, alert_id] = written
        return written[1]

    def _spark(self, alert_id: str) -> list[int]:
        """Return the events of an alert's kind and place by hour."""
        known = self._board.mirror.alerts.get(alert_id)
        if known is None:
            return []
        alert = known.alert
        since, until = hours_before(alert.last_at.timestamp(), _SPARK_HOURS)
        counts = [0] * _SPARK_HOURS
        place = alert.place
        area = next((key for key in (place.street, place.district) if key), "")
        for event in self._board.mirror.events.between(since, until, kinds={alert.kind}, area=area):
            counts[int((event.occurred_at.timestamp() - since) // 3_600)] += 1
        return counts
