"""One alert: puts the parts together and keeps them up to date while the page is open."""

from __future__ import annotations

from collections.abc import Iterator

from nicegui import ui

from rules.alert import Alert, Text
from streams.board.access.visitor import Visitor
from streams.board.alert.acting import ActsDrawn
from streams.board.alert.evidence import EvidenceDrawn
from streams.board.alert.head import HeadDrawn
from streams.board.alert.panel import Panel, heading, text
from streams.board.alert.reasons import Reasons
from streams.board.alert.story import Story
from streams.board.board import Board
from streams.board.views.alert_counts import counts, gradings, scope_of
from streams.board.views.alert_evidence import Sourced, evidence_of, sourced
from streams.board.views.alert_head import head_of
from streams.board.views.alert_life import Life, life_at_hand, life_of
from streams.board.views.alert_map import map_of
from streams.board.views.alert_similar import Past, similar_to
from streams.board.views.alert_why import Found, Why, why_of
from streams.board.views.picture import Picture
from streams.dossier.history import History
from streams.errors import FenghuoError

_LOOK_S, _TICK_S, _COUNT_S, _READ_S = 0.2, 1.0, 5.0, 1.0
_NOT_HERE = Text("没有这条预警，或您无权查看", "There is no such alert, or it is not for you to see")
_UNREAD = Text("完整记录暂时读不到，稍后自动再试", "The whole record cannot be read now: trying again by itself")

_TITLES = {
    "advice": Text("现在做什么", "What to do now"),
    "why": Text("为什么报", "Why"),
    "counts": Text("数量走势", "Counts over time"),
    "evidence": Text("证据", "Evidence"),
    "findings": Text("由哪些发现合成", "What it was made of"),
    "sources": Text("来源", "Sources"),
    "map": Text("位置", "Where"),
    "similar": Text("以往类似预警", "Alerts like it before"),
    "life": Text("全过程", "Its whole life"),
}


async def show_alert(board: Board, visitor: Visitor, alert_id: str) -> None:
    """Show one alert, in whatever is open: a page, or a panel beside others.

    Parameters
    ----------
    board, visitor
        What is known, and who looks.
    alert_id
        Which alert.

    """
    known = board.mirror.alerts.get(alert_id)
    if known is None or not board.shows(visitor, alert_id):
        voice = board.voice(visitor.lang)
        with ui.element("div").classes("nothing"):
            text("p", voice.say(_NOT_HERE))
            ui.link(voice.pick("回到预警列表", "Back to the alerts"), "/")
        return
    _Shown(board, visitor, known.alert)


class _Shown:
    """The parts of one alert, and the timers that keep them up to date."""

    def __init__(self, board: Board, visitor: Visitor, alert: Alert) -> None:
        self._board, self._visitor, self._alert = board, visitor, alert
        self._voice = board.voice(visitor.lang)
        self._history: History | None = None
        self._version = board.mirror.alerts.version
        self._read: int | None = None
        self._past: tuple[Alert, ...] | None = None
        self._lay_out()
        self._show()
        ui.timer(_LOOK_S, self._look)
        ui.timer(_TICK_S, lambda: self._head.tick(board.clock(), board.now()))
        ui.timer(_COUNT_S, self._show_events)
        ui.timer(_READ_S, self._read_history)

    def _lay_out(self) -> None:
        say, voice = self._voice.say, self._voice
        board, visitor, id_ = self._board, self._visitor, self._alert.id
        titles = {name: say(title) for name, title in _TITLES.items()}
        reasons, story = Reasons(voice), Story(voice)
        with ui.element("article").classes("one-alert"):
            self._head = HeadDrawn(voice)
            self._acts = ActsDrawn(board, visitor, id_)
            with ui.element("div").classes("columns"):
                with ui.element("div").classes("column"):
                    self._why = Panel[Why](titles["why"], reasons.why, "p-why")
                    self._counts = Panel[Picture](titles["counts"], reasons.counts, "p-counts")
                    with ui.element("section").classes("panel p-evidence"):
                        heading(2, titles["evidence"])
                        self._evidence = EvidenceDrawn(board, visitor, id_)
                    self._findings = Panel[tuple[Found, ...]](titles["findings"], reasons.findings, "p-findings")
                with ui.element("div").classes("column"):
                    self._advice = Panel[tuple[str, tuple[str, ...], str]](titles["advice"], reasons.advice, "p-advice")
                    self._map = Panel[Picture](titles["map"], reasons.place, "p-map")
                    self._sources = Panel[tuple[Sourced, ...]](titles["sources"], reasons.sources, "p-sources")
                    self._similar = Panel[Past](titles["similar"], reasons.similar, "p-similar")
                    self._life = Panel[Life](titles["life"], story.life, "p-life")
            text("p", voice.pick(f"编号 {id_}", f"Id {id_}"), "id dim")

    def _look(self) -> None:
        """Draw anew what changed since."""
        alerts = self._board.mirror.alerts
        if alerts.version == self._version:
            return
        self._version = alerts.version
        known = alerts.get(self._alert.id)
        if known is not None and known.alert is not self._alert:
            self._alert = known.alert
            self._show()

    def _show(self) -> None:
        alert, board, voice = self._alert, self._board, self._voice
        self._head.show(head_of(alert, voice), board.clock(), board.now())
        self._acts.show(alert, self._visible())
        why = why_of(alert, board.book(), board.taxonomy, voice)
        self._why.show(why)
        self._findings.show(why.findings or None)
        advice = tuple(voice.say(step) for step in alert.advice)
        self._advice.show(("", advice, voice.say(alert.plan)) if alert.status == "open" and advice else None)
        if self._history is None:
            self._life.show(life_at_hand(alert, voice))
        self._show_events()
        self._show_past()

    def _visible(self) -> Iterator[Alert]:
        for known in self._board.mirror.alerts.open():
            if self._board.shows(self._visitor, known.alert.id):
                yield known.alert

    def _show_events(self) -> None:
        """Draw what is made of events: the counts, the evidence, the sources and the map."""
        alert, board, voice = self._alert, self._board, self._voice
        events, now = board.mirror.events, board.now()
        rows = evidence_of(alert, events.get, board.taxonomy, voice)
        self._evidence.show(rows)
        self._sources.show(sourced(rows) if len(alert.sources) > 1 else None)
        own = [event for event in map(events.get, alert.evidence) if event is not None]
        self._map.show(map_of(alert, own, board.areas, voice, board.outlines))
        scope = scope_of(alert, now, board.taxonomy, voice)
        found = list(events.between(scope.since, scope.until, kinds=scope.kinds, area=scope.area or ""))
        versions = [issued.alert for issued in self._history.versions] if self._history is not None else []
        self._counts.show(counts(alert, scope, found, gradings([*versions, alert], voice), voice, now))

    async def _read_history(self) -> None:
        """Read the whole record once more when there is a later version; and what was like it, once."""
        alert, board, visitor = self._alert, self._board, self._visitor
        if alert.revision.version == self._read:
            return
        try:
            self._history = await board.archive.history(
                alert.id, alert.revision.version, board.book(), restricted=visitor.restricted
            )
            if self._past is None:
                self._past = await board.archive.past(restricted=visitor.restricted)
        except FenghuoError:
            self._life.show(life_at_hand(alert, self._voice)._replace(notes=(self._voice.say(_UNREAD),)))
            return
        self._read = alert.revision.version
        self._life.show(life_of(self._history, self._voice))
        self._show_past()
        self._show_events()

    def _show_past(self) -> None:
        if self._past is None:
            self._similar.show(None)
            return
        seen = (one for one in self._past if self._visitor.sees(one.place, one.districts))
        self._similar.show(similar_to(self._alert, seen, self._voice))
