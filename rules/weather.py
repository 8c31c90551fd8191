"""Weather warnings that rules may ask for, and what they are called."""

from __future__ import annotations

from rules.alert import Text

WARNINGS: dict[str, Text] = {
    "typhoon": Text("台风", "typhoon"),
    "rainstorm": Text("暴雨", "rainstorm"),
    "snowstorm": Text("暴雪", "snowstorm"),
    "cold_wave": Text("寒潮", "cold wave"),
    "gale": Text("大风", "gale"),
    "sandstorm": Text("沙尘暴", "sandstorm"),
    "heat": Text("高温", "heat"),
    "drought": Text("干旱", "drought"),
    "lightning": Text("雷电", "lightning"),
    "hail": Text("冰雹", "hail"),
    "frost": Text("霜冻", "frost"),
    "fog": Text("大雾", "fog"),
    "haze": Text("霾", "haze"),
    "icy_road": Text("道路结冰", "icy roads"),
    "flood": Text("洪水", "flood"),
    "geological": Text("地质灾害", "geological"),
    "storm_surge": Text("风暴潮", "storm surge"),
}
"""Weather warnings by name: those of the China Meteorological Administration (Order 16 of 2007), flood, geological
and storm surge warnings."""

_COLOURS = {
    "blue": Text("蓝色", "blue"),
    "yellow": Text("黄色", "yellow"),
    "orange": Text("橙色", "orange"),
    "red": Text("红色", "red"),
}


def known_warnings() -> list[str]:
    """Return the weather warnings there are: ``rainstorm_red``."""
    return [f"{name}_{colour}" for name in WARNINGS for colour in _COLOURS]


def warnings_text(asked: tuple[str, ...]) -> Text:
    """Return what weather warnings are called, those of one name together.

    Examples
    --------
    >>> warnings_text(("rainstorm_orange", "rainstorm_red", "icy_road"))
    Text(zh='暴雨橙色或红色、道路结冰', en='rainstorm orange or red, icy roads')

    """
    colours: dict[str, list[Text]] = {}
    for one in asked:
        name, _, colour = ("", "", "") if one in WARNINGS else one.rpartition("_")
        given = colours.setdefault(name or one, [])
        if colour in _COLOURS:
            given.append(_COLOURS[colour])
    zh, en = [], []
    for name, given in colours.items():
        called = WARNINGS.get(name, Text(name, name))
        zh.append(called.zh + "或".join(colour.zh for colour in given))
        en.append(" ".join(filter(None, (called.en, " or ".join(colour.en for colour in given)))))
    return Text("、".join(zh), ", ".join(en))
