"""Tells open pages what changed, several changes at once: each tile is written once a language for all who look."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from streams.board.access.visitor import Visitor
from streams.board.views.tile import hours_before, tile_of
from streams.language import Lang
from streams.metrics.board import BoardMetrics

if TYPE_CHECKING:
    from streams.board.board import Board

log = logging.getLogger("fenghuo")

_EVERY_S = 0.1
_CLOCK_EVERY = 10
_SPARK_HOURS = 24

_Looks = tuple[Lang, tuple[str, ...], bool]
"""What decides what somebody is told: language, areas, and whether he may see what is for the duty desk only."""

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
        self._shown: dict[_Looks, set[str]] = {}
        self._version = board.mirror.alerts.version
        self._all_read = False
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
        tiles = self._tiles(visitor, [known.alert.id for known in self._board.mirror.alerts.open()])
        self._shown.setdefault(_looks(visitor), set()).update(tiles)
        return self._written_down(tiles, [])

    async def run(self) -> None:
        """Tell pages what changes, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                self.look()
            except Exception:  # walls that stand still without saying so are the worst there is
                log.exception("open pages could not be told of what changed")

    def look(self) -> None:
        """Tell pages what has changed since the last look; the time every tenth look in any case."""
        self._looks += 1
        alerts = self._board.mirror.alerts
        changed = alerts.changed_since(self._version)
        self._version = alerts.version
        if changed is None:
            changed = [*{known.alert.id for known in alerts.all()}.union(*self._shown.values())]
        early, self._all_read = not self._all_read, self._board.reader.ready.is_set()
        if early and self._all_read and self._written:  # told without the events that were still to be read
            self._written.clear()
            self._tell([known.alert.id for known in alerts.open()])
        elif changed or self._looks % _CLOCK_EVERY == 0:
            self._tell(changed)
            self._measure(changed)

    def _tell(self, changed: list[str]) -> None:
        for alert_id in changed:
            for lang in ("zh", "en"):
                self._written.pop((lang, alert_id), None)
        said: dict[_Looks, str] = {}
        for number, (joined, push) in list(self._looking.items()):
            visitor = self._board.still(joined)
            if visitor is None:
                continue  # the guard closes its page
            key = _looks(visitor)
            if key not in said:
                said[key] = self._said(visitor, changed)
            try:
                push(said[key])
            except Exception:  # of this page alone
                log.exception("a page could not be told of what changed, and is told no more")
                self.leave(number)
                continue
            self._metrics.pushes.inc(len(changed))
        for key in self._shown.keys() - said.keys():
            del self._shown[key]  # nobody looks in this way any more

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
        """Return what those who look in this way are told; of what they never saw they are not told that it is gone."""
        alert_ids = list(alert_ids)
        shown = self._shown.setdefault(_looks(visitor), set())
        tiles = self._tiles(visitor, alert_ids)
        gone = [alert_id for alert_id in alert_ids if alert_id in shown and alert_id not in tiles]
        shown.difference_update(gone)
        shown.update(tiles)
        return self._written_down(tiles, gone)

    def _tiles(self, visitor: Visitor, alert_ids: Iterable[str]) -> dict[str, str]:
        """Return the tiles of the open alerts among these that somebody may see, by id."""
        board, tiles = self._board, {}
        for alert_id in alert_ids:
            known = board.mirror.alerts.get(alert_id)
            if known is None or known.alert.status != "open" or not board.shows(visitor, alert_id):
                continue
            try:
                tiles[alert_id] = self._tile(visitor.lang, alert_id)
            except Exception:  # the others are to be seen all the same
                log.exception("alert %s cannot be put on the wall", alert_id)
        return tiles

    def _written_down(self, tiles: Mapping[str, str], gone: Sequence[str]) -> str:
        return f"[{','.join(tiles.values())}],{json.dumps(gone)},{self._board.clock():.0f}"

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


def _looks(visitor: Visitor) -> _Looks:
    return visitor.lang, visitor.areas, visitor.restricted
