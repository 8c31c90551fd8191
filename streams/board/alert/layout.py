"""The parts of one alert's page, and where each stands."""

from __future__ import annotations

from nicegui import ui

from rules.alert import Text
from streams.board.access.visitor import Visitor
from streams.board.alert.acting import ActsDrawn
from streams.board.alert.evidence import EvidenceDrawn
from streams.board.alert.head import HeadDrawn
from streams.board.alert.panel import Panel, heading, text
from streams.board.alert.reasons import Advice, Reasons
from streams.board.alert.story import Story
from streams.board.board import Board
from streams.board.views.alert_evidence import Sourced
from streams.board.views.alert_life import Life
from streams.board.views.alert_similar import Past
from streams.board.views.alert_why import Found, Why
from streams.board.views.picture import Picture

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


class Layout:
    """Everything on the page, empty at first; in one column where it is narrow, in the order of what matters.

    Parameters
    ----------
    board, visitor
        What is known, and who looks.
    alert_id
        Which alert.

    """

    def __init__(self, board: Board, visitor: Visitor, alert_id: str) -> None:
        voice = board.voice(visitor.lang)
        titles = {name: voice.say(title) for name, title in _TITLES.items()}
        reasons, story = Reasons(voice), Story(voice)
        with ui.element("article").classes("one-alert"):
            self.head = HeadDrawn(voice)
            self.acts = ActsDrawn(board, visitor, alert_id)
            with ui.element("div").classes("columns"):
                with ui.element("div").classes("column"):
                    self.why = Panel[Why](titles["why"], reasons.why, "p-why")
                    self.counts = Panel[Picture](titles["counts"], reasons.counts, "p-counts")
                    with ui.element("section").classes("panel p-evidence"):
                        heading(2, titles["evidence"])
                        self.evidence = EvidenceDrawn(board, visitor, alert_id)
                    self.findings = Panel[tuple[Found, ...]](titles["findings"], reasons.findings, "p-findings")
                with ui.element("div").classes("column"):
                    self.advice = Panel[Advice](titles["advice"], reasons.advice, "p-advice")
                    self.map = Panel[Picture](titles["map"], reasons.place, "p-map")
                    self.sources = Panel[tuple[Sourced, ...]](titles["sources"], reasons.sources, "p-sources")
                    self.similar = Panel[Past](titles["similar"], reasons.similar, "p-similar")
                    self.life = Panel[Life](titles["life"], story.life, "p-life")
            text("p", voice.pick(f"编号 {alert_id}", f"Id {alert_id}"), "id dim")
