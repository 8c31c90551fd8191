"""Words of the wall: what its controls are called, what there is to filter by."""

from __future__ import annotations

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import GRADES, Text
from rules.life import OVER
from streams.board.views.tile import STATES
from streams.language import Voice

_WORDS = {
    "heading": Text("未了结的预警", "Open alerts"),
    "search": Text("搜索地点、事由、编号", "Search place, matter, id"),
    "area": Text("辖区", "Area"),
    "kind": Text("类别", "Kind"),
    "state": Text("状态", "State"),
    "any": Text("全部", "all"),
    "sound": Text("声音", "Sound"),
    "sound_on": Text("红色预警响铃：开", "A red alert rings: on"),
    "sound_off": Text("红色预警响铃：关", "A red alert rings: off"),
    "sign": Text("签收", "Sign"),
    "signing": Text("签收中……", "signing …"),
    "lost": Text("没有收到回应，请查看预警状态", "no answer came: look at the state of the alert"),
    "by": Text("您的姓名或岗位", "Your name or post"),
    "by_why": Text("签收会以此署名", "you sign with it"),
    "ok": Text("确定", "OK"),
    "cancel": Text("取消", "Cancel"),
    "none": Text("没有未了结的预警", "No alert is open"),
    "none_here": Text("没有符合条件的预警", "No alert matches"),
    "clear": Text("清除筛选", "Clear"),
    "unsigned": Text("待签收", "unsigned"),
    "overdue": Text("超时", "overdue"),
    "due_confirm": Text("核实还剩{}", "{} to confirm"),
    "due_sign": Text("签收还剩{}", "{} to sign"),
    "due_arrive": Text("到场还剩{}", "{} to be on site"),
    "late_confirm": Text("核实已超时{}", "{} late to confirm"),
    "late_sign": Text("签收已超时{}", "{} late to sign"),
    "late_arrive": Text("到场已超时{}", "{} late on site"),
    "day": Text("天", "d"),
    "hour": Text("小时", "h"),
    "minute": Text("分钟", "min"),
    "why": Text("触发", "Why"),
    "do": Text("建议", "Do"),
    "owner": Text("主责", "Owner"),
    "trend": Text("同类走势，截至最近一起的24小时", "same kind, the 24 h up to the last report"),
    "new_red": Text("新的红色预警", "New red alert"),
    "new": Text("新预警", "New alert"),
    "keys": Text("键盘", "Keys"),
    "keys_said": Text(
        "J/K 上下移动，Enter 打开，S 签收，/ 搜索，1–4 只看某一等级，0 全部，M 声音",
        "J/K down and up, Enter opens, S signs, / searches, 1–4 one grade only, 0 all, M sound",
    ),
    "filters": Text("筛选", "Filters"),
}


def words_of(areas: AreaTree, taxonomy: Taxonomy, voice: Voice, *, may_sign: bool, ask_name: bool) -> dict[str, object]:
    """Return what the wall has to know besides the alerts.

    Parameters
    ----------
    areas, taxonomy
        What there is to filter by.
    voice
        Language and names.
    may_sign
        Whether whoever looks may sign for an alert.
    ask_name
        There are no accounts: whoever signs says who that is.

    """
    return {
        "say": {name: voice.say(text) for name, text in _WORDS.items()},
        "lang": voice.lang,
        "grades": [[grade.value, voice.colour(grade)] for grade in reversed(GRADES)],
        "areas": [[area.id, voice.named(area.name)] for area in areas.districts()],
        "kinds": [[kind.id, voice.pick(kind.zh, kind.en)] for kind in taxonomy.kinds.values()],
        "states": [[state, voice.say(text)] for state, text in STATES.items() if state not in OVER],
        "maySign": may_sign,
        "askName": ask_name,
    }
