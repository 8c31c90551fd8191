"""What can be done about an alert: buttons that show at once that something is being done, and what came of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from rules.alert import Alert, Grade, Text
from rules.command import Action
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.views.alert_acts import ORDER, Act, acts_of, doing, others_of, whom
from streams.dossier.words import ACTIONS
from streams.language import Voice

_WORDS = {
    "actions": Text("处置", "Actions"),
    "grade": Text("等级", "Grade"),
    "other": Text("另一条预警", "The other alert"),
    "finding": Text("哪一项", "Which finding"),
    "choose": Text("请选择", "choose one"),
    "to": Text("派给（单位、岗位）", "Who (an office, a post)"),
    "why": Text("理由（必填，勿写个人信息）", "Reason (needed; no personal data)"),
    "whyMay": Text("说明（可不填，勿写个人信息）", "Remark (optional; no personal data)"),
    "by": Text("您的姓名或岗位（以此署名）", "Your name or post (you sign with it)"),
    "lost": Text("没有收到回应，请查看预警状态", "No answer came: look at the state of the alert"),
    "cancel": Text("取消", "Cancel"),
}
_VIEWER = Text("您的角色只能查看，不能处置", "Your role may look, but not act")
_NOTHING = Text("已了结，无需处置", "It is over: nothing is left to do")
_TEXTS = ("why", "to", "other", "finding", "by")
_LONGEST = 200
_VERSIONS = 100
_ABOUT_WHAT_IS_SEEN = frozenset({"confirm", "sign", "true", "false"})


class ActsDrawn(Element, component="../web/alert_acts.js"):
    """The buttons.

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
        self._said: object = None
        self._seen: OrderedDict[int, Alert] = OrderedDict()
        self._props["words"] = {name: self._voice.say(said) for name, said in _WORDS.items()}
        self._props["askName"] = visitor.anybody
        self.on("act", self._act)

    def show(self, alert: Alert, open_alerts: Iterable[Alert]) -> None:
        """Offer what can be done about an alert as it stands."""
        self._seen[alert.revision.version] = alert
        if len(self._seen) > _VERSIONS:
            self._seen.popitem(last=False)
        voice, visitor = self._voice, self._visitor
        acts = acts_of(alert, visitor.may, voice)
        others = others_of(alert, open_alerts, voice) if any(act.action == "merge" for act in acts) else ()
        may = any(visitor.may(action) for action in ORDER)
        said: dict[str, object] = {
            "acts": [_props(act, voice) for act in acts],
            "none": voice.say(_NOTHING if may else _VIEWER),
            "whom": list(whom(alert, self._board.areas, voice)),
            "others": [list(other) for other in others],
            "version": alert.revision.version,
        }
        if said != self._said:
            self._said = said
            self._props.update(said)
            self.update()

    async def _act(self, event: GenericEventArguments) -> None:
        given = {name: str(event.args.get(name) or "").strip()[:_LONGEST] for name in _TEXTS}
        action, grade = str(event.args.get("action")), str(event.args.get("grade") or "")
        if action not in ORDER:
            return
        by, why = given.pop("by"), given.pop("why")
        more: dict[str, object] = {name: value for name, value in given.items() if value}
        if grade in {one.value for one in Grade} and action in {"upgrade", "downgrade"}:
            more["grade"] = Grade(grade)
        more |= seen_of(self._seen.get(_number(event.args.get("version"))), action)
        outcome = await self._board.send(self._visitor, self._alert_id, action, why, by=by, **more)
        name = self._voice.say(ACTIONS[action])
        says = (
            self._voice.pick(f"{name}：已执行", f"{name}: done")
            if outcome.says is None
            else self._voice.say(outcome.says)
        )
        self.run_method("settle", outcome.done, says)


def seen_of(alert: Alert | None, action: Action) -> dict[str, object]:
    """Return what a command says of the version it is about, which whoever gives it has before him.

    An alert may have become worse while he read, or wrote why: a signature or a verdict does not hold for that.
    """
    if alert is None or action not in _ABOUT_WHAT_IS_SEEN:
        return {}
    return {"grade": alert.grade, **({"last_at": alert.last_at} if action in {"true", "false"} else {})}


def _number(given: object) -> int:
    return given if isinstance(given, int) else 0


def _props(act: Act, voice: Voice) -> dict[str, object]:
    return {
        "action": act.action,
        "name": act.name,
        "explains": act.explains,
        "needs": [list(need) for need in act.needs],
        "next": act.is_next,
        "grades": [[grade, voice.grade(Grade(grade))] for grade in act.grades],
        "findings": [list(one) for one in act.findings],
        "doing": doing(act.action, voice),
    }
