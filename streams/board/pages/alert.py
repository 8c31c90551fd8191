"""One alert: why, since when, on what grounds, what became of it, and what can be done."""

from __future__ import annotations

from rules.alert import Text
from streams.board.access.visitor import Visitor
from streams.board.alert.shown import show_alert
from streams.board.board import Board
from streams.board.page import Page


async def build(board: Board, visitor: Visitor, id: str) -> None:  # noqa: A002 - the name in the address
    """Fill the page."""
    await show_alert(board, visitor, id)


PAGE = Page(path="/alert/{id}", title=Text("预警详情", "One alert"), icon="", order=11, build=build)
