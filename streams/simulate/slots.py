"""The slots of a template that are worked out, not drawn from a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from streams.simulate.city import ROAD, Site
from streams.simulate.dice import Uniform, pick, whole


@dataclass(slots=True)
class Cue:
    """What the words of one report have to agree with.

    Parameters
    ----------
    site
        Where.
    hour
        Local hour, fractions included.
    phone
        The caller's number.
    people, injured, depth_cm
        Numbers the report gives.
    fixed
        Slots that a scenario has decided.

    """

    site: Site
    hour: float
    phone: str = ""
    people: int = 0
    injured: int = 0
    depth_cm: float = 0.0
    fixed: dict[str, str] = field(default_factory=dict)


Slot = Callable[[Cue, Uniform], str]

_BANDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (5, ("凌晨", "后半夜", "刚才")),
    (9, ("今早", "一大早", "刚才")),
    (12, ("上午", "今天上午", "刚才")),
    (14, ("中午", "刚才")),
    (18, ("下午", "今天下午", "刚刚")),
    (21, ("傍晚", "今晚", "刚才")),
    (24, ("今晚", "晚上", "刚刚")),
)
_AROUND = ("附近", "旁边", "对面", "门口", "附近", "一带")
_AT_CROSSINGS = ("", "附近", "一带", "旁边")
_UNTIL_CM: tuple[tuple[float, tuple[str, ...]], ...] = (
    (8, ("没过脚面", "到鞋面", "五六公分")),
    (15, ("到脚踝", "十来公分", "没过脚踝")),
    (30, ("到小腿", "没过半个车轮", "到小腿肚")),
    (55, ("到膝盖", "没过膝盖", "淹到车门")),
    (9_999, ("到大腿", "齐腰", "没过车头")),
)
_SURNAMES = "陈林黄吴郑蔡许李张杨谢刘周郭王洪肖纪方庄翁佘马姚"
_GIVEN = (
    "伟",
    "丽华",
    "俊杰",
    "少芬",
    "晓东",
    "楚君",
    "泽鑫",
    "秀兰",
    "树明",
    "婉玲",
    "佳怡",
    "志强",
    "培生",
    "美珠",
    "锐涛",
    "雪梅",
)
_CALLED = ("先生", "女士", "女士", "小姐", "阿姨", "师傅", "先生")
_TOWERS = ("2栋", "3栋", "5栋", "8栋", "A座", "东座", "7号楼")
_CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _spot(cue: Cue, _: Uniform) -> str:
    return cue.site.name or cue.site.community.name


def _near(cue: Cue, u: Uniform) -> str:
    name = cue.site.name or cue.site.community.name
    return name + pick(_AT_CROSSINGS if cue.site.sort in {"crossing", "underpass", ROAD} else _AROUND, u)


def _road(cue: Cue, _: Uniform) -> str:
    return cue.site.road


def _when(cue: Cue, u: Uniform) -> str:
    return pick(next(words for until, words in _BANDS if cue.hour < until), u)


def _clock(cue: Cue, u: Uniform) -> str:
    hour, minute = int(cue.hour), int(cue.hour % 1 * 60)
    return pick((f"{hour}时{minute:02d}分", f"{hour}点{minute:02d}分左右", f"{hour}:{minute:02d}"), u)


def _depth(cue: Cue, u: Uniform) -> str:
    depth = cue.depth_cm or whole(4, 14, u)
    words = next(words for until, words in _UNTIL_CM if depth < until)
    said = u()
    if said < 0.45:  # noqa: PLR2004 - about half the callers give a figure
        return f"有{depth:.0f}{pick(('公分', '厘米', '公分'), u)}深"
    return pick(words, u)


def _people(cue: Cue, u: Uniform) -> str:
    return str(cue.people) if cue.people else pick(("两", "三", "四"), u)


def _injured(cue: Cue, u: Uniform) -> str:
    return str(cue.injured) if cue.injured else pick(("一", "两"), u)


def _name(_: Cue, u: Uniform) -> str:
    return pick(_SURNAMES, u) + pick(_CALLED, u)


def _fullname(_: Cue, u: Uniform) -> str:
    return pick(_SURNAMES, u) + pick(_GIVEN, u)


def _phone(cue: Cue, u: Uniform) -> str:
    return cue.phone if cue.phone.isdigit() else f"1543{whole(0, 9_999_999, u):07d}"


def _plate(_: Cue, u: Uniform) -> str:
    return f"粤D{pick('ABFHKMRTXY', u)}{whole(0, 9999, u):04d}"


def _idcard(_: Cue, u: Uniform) -> str:
    """Return a number with a right check digit (GB 11643) and a date of birth in 1901: nobody's."""
    body = f"4405{whole(0, 99, u):02d}1901{whole(1, 12, u):02d}{whole(1, 28, u):02d}{whole(0, 999, u):03d}"
    rest = sum(int(digit) * weight for digit, weight in zip(body, _CHECK_WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[rest]


def _door(cue: Cue, u: Uniform) -> str:
    home = cue.site.name if cue.site.sort == "compound" else cue.site.community.name
    return f"{home}{pick(_TOWERS, u)}{whole(2, 18, u)}{whole(1, 6, u):02d}房"


COMPUTED: dict[str, Slot] = {
    "spot": _spot,
    "near": _near,
    "road": _road,
    "when": _when,
    "clock": _clock,
    "depth": _depth,
    "people": _people,
    "injured": _injured,
    "name": _name,
    "fullname": _fullname,
    "phone": _phone,
    "plate": _plate,
    "idcard": _idcard,
    "door": _door,
}
