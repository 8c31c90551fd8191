"""What is open now: the wall of the duty floor."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from rules.alert import Grade, Text
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.page import Page
from streams.board.views.wall import words_of

_LONGEST = 200


class AlertWall(Element, component="../web/alert_wall.js"):
    """All open alerts, the most urgent first; drawn by the browser, told of what changes."""

    def __init__(self, words: dict[str, object]) -> None:
        super().__init__()
        self._props["words"] = words

    def apply(self, said: str) -> None:
        """Hand over tiles, ids that are gone and the time, as the hub writes them."""
        self.client.run_javascript(f"runMethod({self.id}, 'apply', [{said}])")


async def build(board: Board, visitor: Visitor) -> None:
    """Fill the page."""
    voice = board.voice(visitor.lang)
    may_sign, ask_name = visitor.may("sign"), visitor.anybody
    wall = AlertWall(words_of(board.areas, board.taxonomy, voice, may_sign=may_sign, ask_name=ask_name))
    joined: list[int] = []

    def ready() -> None:
        if not joined:
            joined.append(board.hub.join(visitor, wall.apply))
        wall.apply(board.hub.everything(visitor))

    async def sign(event: GenericEventArguments) -> None:
        alert_id, by, seen = (str(event.args.get(name, ""))[:_LONGEST] for name in ("id", "by", "grade"))
        if seen not in {one.value for one in Grade}:
            return
        outcome = await board.send(visitor, alert_id, "sign", by=by, grade=Grade(seen))
        says = "" if outcome.says is None else voice.say(outcome.says)
        wall.run_method("settle", alert_id, outcome.done, says)

    def left() -> None:
        for number in joined:
            board.hub.leave(number)

    wall.on("ready", ready)
    wall.on("sign", sign)
    ui.context.client.on_delete(left)


PAGE = Page(path="/", title=Text("预警", "Alerts"), icon="notifications_active", order=10, build=build)
