"""The rule book: what each rule says and how it did, who watches what, and the reports of backtests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nicegui import run, ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from rules.alert import Text
from rules.loader import BOOK
from streams.board.access.visitor import Visitor
from streams.board.backtests import reports_in
from streams.board.board import Board
from streams.board.ledger import DAY_S, Ledger
from streams.board.page import Page
from streams.board.views.rulelist import NO_RECORD, Hits
from streams.board.views.rulepage import Known, reading, rule_page
from streams.errors import BrokerUnavailable

_EVERY_S = 15.0
_WAITING_S = 0.5


class RuleBook(Element, component="../web/rule_book.js"):
    """The page as plain data; drawn by the browser."""

    def __init__(self, page: dict[str, Any]) -> None:
        super().__init__()
        self._props["page"] = page

    def tell(self, reading: str) -> None:
        """Say how far the reading is."""
        self.show({**self._props["page"], "reading": reading})

    def show(self, page: dict[str, Any]) -> None:
        """Show it anew if anything changed."""
        if page != self._props["page"]:
            self._props["page"] = page
            self.update()


async def build(board: Board, visitor: Visitor) -> None:
    """Fill the page."""
    voice, watch = board.voice(visitor.lang), board.watch
    records: Mapping[str, Hits] | None = None
    gone = False
    reports = await run.io_bound(reports_in, board.settings.reports)

    def known() -> Known:
        events = board.mirror.feeds.matters.since(board.clock() - 7 * DAY_S)
        return Known(board.book(), board.taxonomy, records, events, reports or (), watch.read_so_far(), gone=gone)

    def said() -> dict[str, Any]:
        return rule_page(known(), voice, board.areas.zone)

    view = RuleBook(said())

    async def read() -> None:
        nonlocal records, gone
        now, desk = board.now(), visitor.restricted
        try:
            records = await watch.ask(f"hits {desk}", lambda ledger: _hits(ledger, now, restricted=desk))
            gone = False
        except BrokerUnavailable:
            gone = True
        view.show(said())

    def wait() -> None:
        if records is None and not gone:
            view.tell(reading(known(), voice))
        else:
            waiting.deactivate()

    def source(event: GenericEventArguments) -> None:
        rule = str(event.args.get("id", ""))
        view.run_method("tell", rule, source_of(board, rule))

    view.on("source", source)
    waiting = ui.timer(_WAITING_S, wait)
    ui.timer(_EVERY_S, read)


def _hits(ledger: Ledger, now: float, *, restricted: bool) -> dict[str, Hits]:
    week = ledger.records(now - 7 * DAY_S, now, restricted=restricted)
    month = ledger.records(now - 30 * DAY_S, now, restricted=restricted)
    return {rule: Hits(week.get(rule, NO_RECORD), month[rule]) for rule in month}


def source_of(board: Board, rule: str) -> str:
    """Return the file a rule of the book in force was written in; empty when it is not known."""
    published = board.mirror.books.published
    if published is not None:
        texts = list(published.files.values())
    else:
        folder = Path(board.settings.book) if board.settings.book else BOOK
        texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))]
    named = re.compile(rf"^id:\s*[\"']?{re.escape(rule)}[\"']?\s*$", re.MULTILINE)
    return next((text for text in texts if named.search(text)), "")


PAGE = Page(path="/rules", title=Text("规则", "Rules"), icon="rule", order=50, build=build)
