"""Draws the life of an alert."""

from __future__ import annotations

from collections.abc import Iterable

from nicegui import ui

from streams.board.alert.panel import heading, text
from streams.board.views.alert_life import Life, LifeLine, Piece
from streams.language import Voice


class Story:
    """Draws it in one language."""

    def __init__(self, voice: Voice) -> None:
        self._pick = voice.pick

    def life(self, life: Life) -> None:
        """Draw what happened, how long each step took and which clocks were kept."""
        pick = self._pick
        for note in life.notes:
            text("p", note, "warn")
        if not life.is_whole:
            text("p", pick("正在读取完整记录……", "Reading the whole record …"), "dim")
        if life.clocks:
            heading(3, pick("时限", "Clocks"))
            with ui.element("ul").classes("clocks"):
                for clock in life.clocks:
                    with ui.element("li").classes(clock.grade):
                        text("b", clock.grade_word, "grade-word")
                        text("span", f"{clock.what} · {clock.level}")
                        text("span", clock.due, "dim")
                        text("b", clock.kept, clock.tone)
                        text("span", clock.took)
        if life.steps:
            heading(3, pick("各环节用时", "Time in each step"))
            with ui.element("ol").classes("steps"):
                for step in life.steps:
                    with ui.element("li").classes("runs" if step.runs else ""):
                        text("span", step.state)
                        text("b", step.took)
                        text("span", step.since, "dim")
        heading(3, pick("经过", "What happened"))
        self._lines(life.lines)
        for id_, title in life.related:
            with ui.element("p").classes("dim"):
                text("span", pick("相关预警 ", "See also "))
                ui.link(title, f"/alert/{id_}")

    def _lines(self, lines: Iterable[LifeLine]) -> None:
        day = ""
        with ui.element("ol").classes("life-lines"):
            for line in reversed(tuple(lines)):
                with ui.element("li"):
                    if line.day != day:
                        text("span", line.day, "day")
                        day = line.day
                    text("span", line.clock, "clock-time")
                    _pieces(line.mark, "line-mark")
                    _pieces(line.said, "line-said")


def _pieces(pieces: Iterable[Piece], look: str) -> None:
    with ui.element("span").classes(look):
        for piece in pieces:
            text("span", piece.text, piece.tone)
