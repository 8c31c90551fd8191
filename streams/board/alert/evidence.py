"""Draws the evidence of an alert, and shows what a source sent before it was masked to who may see it, for a minute."""

from __future__ import annotations

import asyncio
import logging

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from rules.alert import Text
from rules.roles import SEE_ORIGINALS
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.originals import Wanted, reveal
from streams.board.views.alert_evidence import Evidence
from streams.errors import FenghuoError

log = logging.getLogger("fenghuo")

SEEN_FOR_S = 60
_LONGEST = 200
_WORDS = {
    "reveal": Text("查看原文", "Show original"),
    "explains": Text(
        "原文可能含姓名、电话、住址。查看人和理由先记入审计，再显示一分钟，只在此屏。",
        "The original may hold names, numbers and addresses. Who looks and what for goes on the audit trail first; "
        "then it is shown for a minute, on this screen only.",
    ),
    "why": Text("理由", "Reason"),
    "by": Text("您的姓名或岗位", "Your name or post"),
    "cancel": Text("取消", "Cancel"),
    "original": Text("原文", "Original"),
    "hides": Text("{s}秒后隐藏", "hidden in {s} s"),
    "hide": Text("立即隐藏", "Hide now"),
    "searching": Text("已记入审计，正在查找……", "Putting it on record, and looking …"),
    "noText": Text("（无文字）", "(no text)"),
    "gone": Text("值班台已不再保留这条记录", "The board does not hold this one any more"),
    "more": Text("全部{n}条", "All {n}"),
    "fewer": Text("收起", "Fewer"),
}
_FIELDS = {
    "contact": Text("联系方式", "contact"),
    "title": Text("标题", "title"),
    "text": Text("内容", "text"),
    "address": Text("地址", "address"),
    "case_type": Text("警情类别", "case type"),
    "occurred_at": Text("时间", "time"),
    "district": Text("区县", "district"),
    "street": Text("街道", "street"),
    "community": Text("社区", "community"),
    "grid": Text("网格", "grid"),
    "spot": Text("点位", "spot"),
    "lon": Text("经度", "longitude"),
    "lat": Text("纬度", "latitude"),
}
_GONE = Text("登录已失效，请重新登录", "you are not signed in any more: sign in again")
_NOT_YOURS = Text("您的角色不能查看原文", "your role may not see originals")
_INCOMPLETE = Text("请说明查看人和理由", "say who looks, and what for")
_PAST = Text(
    "原始主题上已没有这条记录：超过保存期限（7天）。查看申请已记入审计",
    "it is not on its raw topic any more: past retention (7 days). That you asked is on record",
)
_LONG = Text(
    "半分钟内未找到（已查{n}条），记录太多。查看申请已记入审计",
    "not found within half a minute ({n} records looked at). That you asked is on record",
)
_FAILED = Text(
    "未能记入审计或读取，故不显示：{why}", "it could not be put on record or read, so nothing is shown: {why}"
)


class EvidenceDrawn(Element, component="../web/alert_evidence.js"):
    """The evidence.

    Parameters
    ----------
    board, visitor
        What is known, and who looks.
    alert_id
        Which alert.

    """

    def __init__(self, board: Board, visitor: Visitor, alert_id: str) -> None:
        super().__init__()
        self._board, self._visitor, self._alert_id = board, visitor, alert_id
        self._voice = board.voice(visitor.lang)
        self._rows: tuple[Evidence, ...] | None = None
        self._props["words"] = {name: self._voice.say(said) for name, said in _WORDS.items()}
        self._props["mayReveal"] = may_reveal(visitor) and board.mirror.alerts.get(alert_id) is not None
        self._props["askName"] = visitor.anybody
        self.on("reveal", self._reveal)

    def show(self, rows: tuple[Evidence, ...]) -> None:
        """Show what there is."""
        if rows != self._rows:
            self._rows = rows
            self._props["rows"] = [row._asdict() for row in rows]
            self.update()

    async def _reveal(self, event: GenericEventArguments) -> None:
        id_, why, by = (str(event.args.get(name) or "").strip()[:_LONGEST] for name in ("id", "why", "by"))
        fields, says = await self.original(id_, by, why)
        self.run_method("reveal", id_, fields, says, SEEN_FOR_S)

    async def original(self, event_id: str, by: str, why: str) -> tuple[list[list[str]], str]:
        """Return what a source sent, field by field, once it is on record that it is shown; else why it is not.

        Parameters
        ----------
        event_id
            Which event; it has to be evidence of this alert.
        by, why
            Who asks, where there are no accounts, and what for.

        """
        say, board = self._voice.say, self._board
        visitor = board.still(self._visitor)
        if visitor is None:
            return [], say(_GONE)
        name = visitor.account or (by if visitor.anybody else "")
        refused = self._refused(visitor, event_id, name, why)
        if refused is not None:
            return [], say(refused)
        event = board.mirror.events.get(event_id)
        wanted = Wanted(event_id, event.occurred_at if event is not None else None, self._alert_id, name, why)
        try:
            async with board.revealing:
                found = await asyncio.to_thread(reveal, board.settings, wanted)
        except FenghuoError as error:
            log.warning("an original was not shown: %s", error)
            return [], say(_FAILED).format(why=error)
        if found.fields:
            return [[say(_FIELDS.get(field, Text(field, field))), value] for field, value in found.fields], ""
        return [], say(_PAST) if found.to_the_end else say(_LONG).format(n=f"{found.looked_at:,}")

    def _refused(self, visitor: Visitor, event_id: str, name: str, why: str) -> Text | None:
        """Return why somebody is not shown an original, ``None`` when he is."""
        known = self._board.mirror.alerts.get(self._alert_id)
        if known is None or event_id not in known.alert.evidence or not self._board.shows(visitor, self._alert_id):
            return _WORDS["gone"]
        if not may_reveal(visitor):
            return _NOT_YOURS
        return None if name and why else _INCOMPLETE


def may_reveal(visitor: Visitor) -> bool:
    """Tell whether a visitor may see what a source sent before it was masked."""
    return visitor.anybody or not SEE_ORIGINALS.isdisjoint(visitor.roles)
