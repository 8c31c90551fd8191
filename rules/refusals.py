"""Whether a command can be obeyed, by the alert as it stands; and why not, in a sentence that says who and when.

The worker asks this of the alert it holds, whoever sends a command of the version he sees: the answers are the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from rules.alert import GRADES, Alert, Grade, Reached, Text
from rules.command import ELSEWHERE, Command
from rules.life import OVER, TRANSITIONS, Reason, State, Step, is_reason
from rules.wording import GRADE_NAMES

STATE_NAMES: dict[State, Text] = {
    "candidate": Text("待核实", "waiting to be confirmed"),
    "raised": Text("待签收", "waiting to be signed"),
    "signed": Text("已签收", "signed"),
    "assigned": Text("已派单", "assigned"),
    "on_site": Text("已到场", "on site"),
    "resolved": Text("已办结", "resolved"),
    "closed": Text("已解除", "closed"),
    "false_alarm": Text("误报", "a false alarm"),
    "expired": Text("已失效", "expired"),
    "cancelled": Text("已撤销", "withdrawn"),
}
_SEEN = frozenset({"confirm", "sign", "true", "false"})
_EXPLAINED = frozenset({"reopen", "upgrade", "downgrade", "note"})
_NEEDED = {"assign": "to", "merge": "other", "split": "finding", "silence": "until"}
_ENDED = frozenset({"resolved", "false_alarm", "expired"})

_SAYS: dict[Reason, Text] = {
    "UNKNOWN": Text("没有这条预警，或解除已超过31天", "there is no such alert, or it was over more than 31 days ago"),
    "OVER": Text("{state}（{who}）", "it is {state} ({who})"),
    "MOVED": Text("已并入预警 {moved}", "it became part of alert {moved}"),
    "SIGNED": Text("{signer} {signed}已签收", "{signer} has signed it already, at {signed}"),
    "RAISED": Text(
        "已升为{grade}：请重新查看后再操作", "it was raised to {grade_en} meanwhile: look at it again, then say so"
    ),
    "EARLIER": Text(
        "{judge}于{judged}已另有结论，以较晚者为准；若该时刻尚未到来，请校准时钟后再报",
        "{judge} has judged it otherwise, at {judged}, and the later one counts: if that is yet to come, set the "
        "clocks right, and say it again after that time",
    ),
    "FUTURE": Text("操作时间尚未到来：请校准时钟", "it was said at a time that is yet to come: set the clocks right"),
    "NOT_RAISED": Text("待核实：请先核实（confirm）", "it waits to be confirmed: confirm it first"),
    "NOT_SIGNED": Text("尚未签收：请先签收（sign）", "nobody has signed it: sign it first"),
    "NOT_RESOLVED": Text(
        "{state}，尚未办结：提前解除须说明理由（--why）",
        "it is {state}, not resolved: give a reason to close it all the same",
    ),
    "NOT_OVER": Text("{state}，并未了结", "it is {state}, it is not over"),
    "RESOLVED": Text("{state}（{who}）：请先重开（reopen）", "it is {state} ({who}): reopen it first"),
    "FALSE_ALARM": Text(
        "{judge}于{judged}判为误报：若属实请先更正（true）",
        "{judge} called it a false alarm at {judged}: say it is true first",
    ),
    "ALREADY": Text("{state}（{who}），无需再做", "it is {state} ({who}): there is nothing to do"),
    "SINGLE": Text("没有可拆出的另一条", "there is no other finding to split it from"),
    "RESTRICTED": Text("其中一条仅限值班席，不能合并", "one of the two is for the duty desk only: they cannot be one"),
    "GRADE": Text("现为{grade}，所求等级并不更{way}", "it is {grade_en}: the grade asked for is not {way_en}"),
    "INCOMPLETE": Text("未说明{what}", "it does not say {what_en}"),
    "NOBODY": Text("没有 {by} 这个账号", "there is no account {by}"),
    "ROLE": Text("{by} 的角色不能做此操作", "no role of {by} may do that"),
    "AREA": Text("{by} 不负责此地", "{by} is not responsible for this place"),
}
_WHAT = {
    "to": Text("派给谁（to）", "who has to go (to)"),
    "other": Text("与哪一条合并（other）", "which alert it is one with (other)"),
    "finding": Text("拆出哪一条（finding）", "which of its findings (finding)"),
    "until": Text("到何时（until）", "until when (until)"),
    "why": Text("理由（why）", "why"),
}


def refusal(alert: Alert, command: Command) -> Reason | None:
    """Return why a command cannot be obeyed by the alert as it stands, ``None`` when it can.

    Parameters
    ----------
    alert
        Its last version.
    command
        What somebody asks.

    """
    state = state_of(alert)
    if missing(command):
        return "INCOMPLETE"
    if command.action in ELSEWHERE:
        return _elsewhere(alert, command, state)
    answer = TRANSITIONS[state][cast("Step", command.action)]
    return _by_table(alert, command, answer) if is_reason(answer) else _by_what_was_seen(alert, command, state)


def _by_table(alert: Alert, command: Command, answer: Reason) -> Reason | None:
    """Return why the state refuses a command; a signature once more changes nothing and is not refused."""
    handling = alert.revision.handling
    if answer == "SIGNED" and handling is not None and command.action == "sign" and handling.signed_by == command.by:
        return None
    return "MOVED" if answer == "OVER" and handling is not None and handling.moved_to else answer


def _by_what_was_seen(alert: Alert, command: Command, state: State) -> Reason | None:
    """Return what else refuses a command that the state allows."""
    if command.action in _SEEN and command.grade is not None and command.grade.rank < alert.grade.rank:
        return "RAISED"
    if command.action == "close" and state not in _ENDED and not command.why.strip():
        return "NOT_RESOLVED"
    if command.action == "confirm" and not alert.pending_check:
        return "ALREADY"
    if command.action in {"true", "false"} and _judged_later(alert, command):
        return "EARLIER"
    return "GRADE" if command.action in {"upgrade", "downgrade"} and asked(alert, command) is None else None


def _judged_later(alert: Alert, command: Command) -> bool:
    handling = alert.revision.handling
    if handling is None or handling.judged_at is None or handling.verdict == command.action:
        return False
    return handling.judged_at > command.at


def _elsewhere(alert: Alert, command: Command, state: State) -> Reason | None:
    if command.action in {"merge", "split"}:
        if state in OVER:
            return "OVER"
        if command.action == "split" and command.finding not in {one.id for one in alert.findings}:
            return "UNKNOWN"
        if command.other == alert.id:
            return "ALREADY"
    return None


def missing(command: Command) -> str:
    """Return the name of what a command does not say and has to, empty when nothing is missing."""
    name = _NEEDED.get(command.action, "why" if command.action in _EXPLAINED else "")
    return name if name and not (str(getattr(command, name) or "").strip()) else ""


def asked(alert: Alert, command: Command) -> Grade | None:
    """Return the grade an upgrade or a downgrade asks for, ``None`` when it is not higher, or not lower."""
    step = 1 if command.action == "upgrade" else -1
    rank = command.grade.rank if command.grade is not None else alert.grade.rank + step
    return GRADES[rank] if 0 <= rank < len(GRADES) and (rank - alert.grade.rank) * step > 0 else None


def state_of(alert: Alert) -> State:
    """Return where an alert is in its life; where nobody handles alerts it is raised, or over."""
    if alert.revision.handling is not None:
        return alert.revision.handling.state
    return {"open": "raised", "closed": "closed", "withdrawn": "cancelled"}[alert.status]  # type: ignore[return-value]


def sentence_of(reason: Reason, command: Command, alert: Alert | None) -> Text:
    """Return why a command was refused, with the state the alert is in, who brought it there and when (UTC)."""
    part = command.other if command.action == "merge" else command.finding if command.action == "split" else ""
    if part and alert is not None and (reason == "UNKNOWN" or (reason == "OVER" and state_of(alert) not in OVER)):
        if reason == "OVER":
            return Text(f"{part} 已了结", f"{part} is over")
        if command.action == "merge":
            return Text(f"没有 {part}", f"there is no {part}")
        ids = [one.id for one in alert.findings]
        return Text(
            f"没有 {part}，它的发现为：{'、'.join(ids)}", f"it has no finding {part}, its findings are {', '.join(ids)}"
        )
    if reason == "ALREADY" and command.action == "merge" and alert is not None and command.other == alert.id:
        return Text("与它自身无从合并", "an alert cannot be one with itself")
    what = _WHAT.get(missing(command), Text())
    up = command.action == "upgrade"
    values = {"by": command.by, "what": what.zh, "what_en": what.en, "way": "高" if up else "低"}
    values["way_en"] = "higher" if up else "lower"
    zh, en = _values(alert, "zh"), _values(alert, "en")
    said = _SAYS[reason]
    return Text(said.zh.format(**values, **zh), said.en.format(**values, **en))


def _values(alert: Alert | None, lang: str) -> dict[str, str]:
    """Return what sentences may name of an alert."""
    names = ("state", "who", "signer", "signed", "judge", "judged", "moved", "grade", "grade_en")
    if alert is None:
        return dict.fromkeys(names, "")
    handling, state = alert.revision.handling, state_of(alert)
    grade = GRADE_NAMES[alert.grade]
    named = {"state": getattr(STATE_NAMES[state], lang), "grade": grade.zh, "grade_en": grade.en, "who": ""}
    if handling is None:
        return {**dict.fromkeys(names, ""), **named}
    reached = next((one for one in reversed(handling.times) if one.state == state), None)
    return named | {
        "who": _who(reached, lang),
        "signer": handling.signed_by,
        "signed": _when(handling.signed_at),
        "judge": handling.judged_by,
        "judged": _when(handling.judged_at),
        "moved": handling.moved_to,
    }


def _who(reached: Reached | None, lang: str) -> str:
    if reached is None:
        return "自动" if lang == "zh" else "by itself"
    by = reached.by or ("自动" if lang == "zh" else "by itself")
    return f"{by} {_when(reached.at)}"


def _when(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at is not None else ""
