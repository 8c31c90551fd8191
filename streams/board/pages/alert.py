"""One alert: why, since when, on what grounds, what became of it, and what can be done."""

from __future__ import annotations

from nicegui import ui

from rules.alert import Text
from streams.board.access.visitor import Visitor
from streams.board.alert.shown import show_alert
from streams.board.board import Board
from streams.board.page import Page


async def build(board: Board, visitor: Visitor, id: str) -> None:  # noqa: A002 - the name in the address
    """Fill the page."""
    known, voice = board.mirror.alerts.get(id), board.voice(visitor.lang)
    if known is not None and board.shows(visitor, id):
        alert = known.alert
        ui.page_title(f"{voice.colour(alert.grade)} {voice.what(alert)} {voice.place(alert)}")
    await show_alert(board, visitor, id)


PAGE = Page(path="/alert/{id}", title=Text("预警详情", "One alert"), icon="", order=11, build=build)
