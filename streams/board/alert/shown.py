"""One alert: puts the parts together and keeps them up to date while the page is open."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

from nicegui import ui

from rules.alert import Alert, Text
from streams.board.access.visitor import Visitor
from streams.board.alert.layout import Layout
from streams.board.alert.panel import text
from streams.board.board import Board
from streams.board.views.alert_counts import counts, gradings, scope_of
from streams.board.views.alert_evidence import evidence_of, sourced
from streams.board.views.alert_head import head_of
from streams.board.views.alert_life import life_at_hand, life_of
from streams.board.views.alert_map import map_of
from streams.board.views.alert_similar import similar_to
from streams.board.views.alert_why import why_of
from streams.dossier.history import History
from streams.errors import FenghuoError

_LOOK_S, _TICK_S, _COUNT_S, _READ_S = 0.2, 1.0, 5.0, 1.0
_FOUND_WITHIN_S = 8.0
_AGAIN_S, _UNREAD_AGAIN_S = 30.0, 5.0
_REST = 3
"""After the record was read, so many times as long as that took nobody reads it again: then others get their turn."""
_ID = re.compile(r"[0-9a-f]{6,64}")
_NOT_HERE = Text("没有这条预警，或您无权查看", "There is no such alert, or it is not for you to see")
_UNREAD = Text("完整记录暂时读不到，稍后自动再试", "The whole record cannot be read now: trying again by itself")


async def show_alert(board: Board, visitor: Visitor, alert_id: str) -> None:
    """Show one alert, in whatever is open: a page, or a panel beside others.

    Parameters
    ----------
    board, visitor
        What is known, and who looks.
    alert_id
        Which alert: one that stands or stood lately, or one on record, whose id may be cut short.

    """
    known = board.mirror.alerts.get(alert_id)
    if known is not None and board.shows(visitor, alert_id):
        _Shown(board, visitor, known.alert)
        return
    history = await _on_record(board, visitor, alert_id) if known is None else None
    if history is not None:
        _Shown(board, visitor, history.versions[-1].alert, history)
        return
    voice = board.voice(visitor.lang)
    with ui.element("div").classes("nothing"):
        text("p", voice.say(_NOT_HERE))
        ui.link(voice.pick("回到预警列表", "Back to the alerts"), "/")


async def _on_record(board: Board, visitor: Visitor, alert_id: str) -> History | None:
    """Return the history of an alert that does not stand any more, ``None`` where there is none the visitor may see."""
    if not _ID.fullmatch(alert_id):
        return None
    reading = board.archive.history(alert_id, 0, board.book(), restricted=visitor.restricted)
    try:
        history = await asyncio.wait_for(reading, _FOUND_WITHIN_S)
    except (FenghuoError, TimeoutError):
        return None
    last = history.versions[-1].alert
    seen = visitor.sees(last.place, last.districts) and (visitor.restricted or not last.restricted)
    return history if seen else None


class _Shown:
    """The parts of one alert, and the timers that keep them up to date."""

    def __init__(self, board: Board, visitor: Visitor, alert: Alert, history: History | None = None) -> None:
        self._board, self._visitor, self._alert = board, visitor, alert
        self._voice = board.voice(visitor.lang)
        self._history = history
        self._version = board.mirror.alerts.version
        self._counted: tuple[int, int] | None = None
        self._read = alert.revision.version if history is not None else None
        self._stands = board.mirror.alerts.get(alert.id) is not None
        self._gone = 0  # 1 once it stands no more: how it ended is a version that is only on record
        self._read_again_at = 0.0
        self._past: tuple[Alert, ...] | None = None
        self._past_again_at = 0.0
        self._title = ""
        self._on = Layout(board, visitor, alert.id)
        self._show()
        ui.timer(_LOOK_S, self._look)
        ui.timer(_TICK_S, lambda: self._on.head.tick(board.clock(), board.now()))
        ui.timer(_COUNT_S, self._count)
        ui.timer(_READ_S, self._read_record)

    def _look(self) -> None:
        """Draw anew what changed since."""
        alerts = self._board.mirror.alerts
        if alerts.version == self._version:
            return
        self._version = alerts.version
        known = alerts.get(self._alert.id)
        if known is None:
            if self._stands and self._alert.status == "open":
                self._gone = 1
            self._stands = False
        elif not self._board.shows(self._visitor, self._alert.id):
            ui.navigate.reload()  # it went to the duty desk, or to another district: the page says so
        elif known.alert is not self._alert:
            self._alert = known.alert
            self._show()

    def _show(self) -> None:
        alert, board, voice, on = self._alert, self._board, self._voice, self._on
        self._name(f"{voice.colour(alert.grade)} {voice.what(alert)} {voice.place(alert)}")
        on.head.show(head_of(alert, voice), board.clock(), board.now())
        on.acts.show(alert, self._visible())
        why = why_of(alert, board.book(), board.taxonomy, voice)
        on.why.show(why)
        on.findings.show(why.findings or None)
        advice = tuple(voice.say(step) for step in alert.advice)
        on.advice.show((advice, voice.say(alert.plan)) if alert.status == "open" and advice else None)
        on.life.show(
            life_of(self._history, voice, self._may_see) if self._history is not None else life_at_hand(alert, voice)
        )
        self._show_events()
        self._show_past()

    def _name(self, title: str) -> None:
        """Say what the page is about where the browser lists its pages, as it stands now."""
        if title != self._title:
            self._title = title
            ui.page_title(title)

    def _may_see(self, alert_id: str) -> bool:
        """Tell whether another alert may be named: what is not known any more only to who sees the whole city."""
        if self._board.mirror.alerts.get(alert_id) is None:
            return not self._visitor.areas
        return self._board.shows(self._visitor, alert_id)

    def _visible(self) -> Iterator[Alert]:
        for known in self._board.mirror.alerts.open():
            if self._board.shows(self._visitor, known.alert.id):
                yield known.alert

    def _count(self) -> None:
        """Draw what is made of events and of other alerts, when there were more or a minute went by."""
        state = self._board.mirror.records, int(self._board.now() // 60)
        if state != self._counted:
            self._counted = state
            self._on.acts.show(self._alert, self._visible())
            self._show_events()

    def _show_events(self) -> None:
        """Draw what is made of events: the counts, the evidence, the sources and the map."""
        alert, board, voice, on = self._alert, self._board, self._voice, self._on
        events, now = board.mirror.events, board.now()
        rows = evidence_of(alert, events.get, board.taxonomy, voice)
        on.evidence.show(rows)
        on.sources.show(sourced(rows) if len(alert.sources) > 1 else None)
        own = [event for event in map(events.get, alert.evidence) if event is not None]
        on.map.show(map_of(alert, own, board.areas, voice, board.outlines))
        scope = scope_of(alert, now, board.taxonomy, voice)
        found = list(events.between(scope.since, scope.until, kinds=scope.kinds, area=scope.area or ""))
        versions = [issued.alert for issued in self._history.versions] if self._history is not None else []
        on.counts.show(counts(alert, scope, found, gradings([*versions, alert], voice), voice, now))

    async def _read_record(self) -> None:
        """Read what is only on the topics: the life, again when there is a later version; what was like it, once."""
        try:
            await self._read_history()
            if self._past is None and time.monotonic() >= self._past_again_at:
                self._past_again_at = time.monotonic() + _AGAIN_S
                self._past = await self._board.archive.past(restricted=self._visitor.restricted)
                self._show_past()
        except FenghuoError:
            self._read_again_at = max(self._read_again_at, time.monotonic() + _UNREAD_AGAIN_S)
            if self._history is None:
                unread = self._voice.say(_UNREAD)
                self._on.life.show(life_at_hand(self._alert, self._voice)._replace(notes=(unread,)))

    async def _read_history(self) -> None:
        alert, board, restricted = self._alert, self._board, self._visitor.restricted
        wanted, began = alert.revision.version + self._gone, time.monotonic()
        if wanted == self._read or began < self._read_again_at:
            return
        try:
            self._history = await board.archive.history(alert.id, wanted, board.book(), restricted=restricted)
        finally:
            self._read_again_at = time.monotonic() + _REST * (time.monotonic() - began)
        last = self._history.versions[-1].alert
        if last.revision.version >= wanted:
            self._read = last.revision.version
        if last.revision.version > self._alert.revision.version:
            self._alert, self._gone = last, 0
        self._show()

    def _show_past(self) -> None:
        if self._past is None:
            self._on.similar.show(None)
            return
        seen = (one for one in self._past if self._board.shows_now(self._visitor, one))
        self._on.similar.show(similar_to(self._alert, seen, self._voice))
