"""What a dossier says in words."""

from __future__ import annotations

from rules.alert import Text
from streams.course import Kept, What
from streams.dossier.history import Answer

ACTIONS = {
    "confirm": Text("核实", "confirm"),
    "sign": Text("签收", "sign"),
    "assign": Text("派单", "assign"),
    "arrive": Text("到场", "arrive"),
    "resolve": Text("办结", "resolve"),
    "close": Text("解除", "close"),
    "reopen": Text("重开", "reopen"),
    "true": Text("判为属实", "call true"),
    "false": Text("判为误报", "call false"),
    "merge": Text("并案", "merge"),
    "split": Text("拆分", "split"),
    "upgrade": Text("升级", "upgrade"),
    "downgrade": Text("降级", "downgrade"),
    "silence": Text("静默", "silence"),
    "unsilence": Text("取消静默", "end a silence"),
    "note": Text("备注", "note"),
    "correct": Text("纠正类别", "correct"),
    "reveal": Text("查看原文", "reveal"),
    "resend": Text("重发原文", "resend"),
    "publish": Text("发布规则库", "publish"),
    "declare": Text("声明", "declare"),
    "end": Text("结束声明", "end"),
    "command": Text("指令", "command"),
    "rule": Text("规则库", "book"),
    "context": Text("声明", "declaration"),
}
ANSWERS: dict[Answer, Text] = {
    "obeyed": Text("已执行", "obeyed"),
    "repeated": Text("已是如此", "it was so already"),
    "refused": Text("未受理", "refused"),
    "unconfirmed": Text("无记录可证实", "no version confirms it"),
}
ALLOWED = {"allowed": Text("已准许", "allowed")}
"""What came of an entry of the audit trail."""
WHATS: dict[What, Text] = {"sign": Text("签收", "to sign"), "on_site": Text("到场", "to be on site")}
KEPT: dict[Kept, Text] = {
    "in_time": Text("按时", "in time"),
    "late": Text("超时", "late"),
    "overdue": Text("超期", "overdue"),
    "stopped": Text("免", "no need any more"),
    "running": Text("计时中", "running"),
}
OUTCOMES = {
    "ATTEMPT": Text("发送中", "being sent"),
    "SENT": Text("已送达", "sent"),
    "RETRY": Text("失败待重试", "failed, to be tried again"),
    "FAILED": Text("此路失败", "this way failed"),
    "GIVEN_UP": Text("放弃", "given up"),
    "SUPPRESSED": Text("按设定不发", "left out on purpose"),
}
LEVELS = {
    "community": Text("社区", "community"),
    "street": Text("街道", "street"),
    "district": Text("区", "district"),
    "city": Text("市", "city"),
}
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def word(words: dict[str, Text], name: str) -> Text:
    """Return what something is called, its own name where nobody has given it another."""
    return words.get(name, Text(name, name))


def length(length_s: float) -> Text:
    """Return a length of time to two units: ``1天2小时``, ``14 min 5 s``."""
    seconds = int(length_s)
    units = ((_DAY_S, "天", "d"), (_HOUR_S, "小时", "h"), (_MINUTE_S, "分", "min"), (1, "秒", "s"))
    zh: list[str] = []
    en: list[str] = []
    for size, zh_unit, en_unit in units:
        count, seconds = divmod(seconds, size)
        if count or (size == 1 and not zh):
            zh.append(f"{count}{zh_unit}")
            en.append(f"{count} {en_unit}")
    return Text("".join(zh[:2]), " ".join(en[:2]))


def plain(said: str) -> str:
    """Return what somebody wrote without anything that could steer a terminal."""
    return said if said.isprintable() else "".join(char if char.isprintable() else " " for char in said)
