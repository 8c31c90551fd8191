"""How the system is: feeds, lag, dead letters, workers, rule book, channels; each with a verdict and what to do."""

from __future__ import annotations

import time
from typing import Any

from nicegui import ui
from nicegui.element import Element

from rules.alert import Text
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.page import Page
from streams.board.views.system.overview import Asked, Clocks, overview
from streams.board.views.system.spoken import spoken

_EVERY_S = 5.0


class SystemView(Element, component="../web/system_view.js"):
    """The page as plain data; drawn by the browser, where what was unfolded stays so."""

    def __init__(self, page: dict[str, Any]) -> None:
        super().__init__()
        self._props["page"] = page

    def show(self, page: dict[str, Any]) -> None:
        """Show it anew if anything changed."""
        if page != self._props["page"]:
            self._props["page"] = page
            self.update()


async def build(board: Board, visitor: Visitor) -> None:
    """Fill the page."""
    voice, watch = board.voice(visitor.lang), board.watch
    spent = None

    def said() -> dict[str, Any]:
        clocks = Clocks(board.now(), time.time(), board.stale_since())
        asked = Asked(watch.latest(), watch.found(board.mirror.books.origin), spent)
        return spoken(overview(board.mirror, asked, board.areas, clocks), voice)

    view = SystemView(said())

    async def look() -> None:
        nonlocal spent
        await watch.sighting()
        view.show(said())
        await watch.adoption(board.mirror.books.origin, board.settings.partitions + 2)
        spent = await watch.spent(board.book(), board.now()) or spent
        view.show(said())

    ui.timer(_EVERY_S, look)


PAGE = Page(path="/system", title=Text("运行", "System"), icon="monitor_heart", order=40, build=build)
