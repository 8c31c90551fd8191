"""Which weather warning of which colour a message of CAP is about."""

from __future__ import annotations

import re

from streams.cap.reading import Info
from streams.errors import BadInput

# Names, the longest first where one contains another; 雷雨大风 is both.
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("雷雨大风|雷暴大风|thunderstorm (?:wind|gale)", ("lightning", "gale")),
    ("台风|热带气旋|typhoon|tropical cyclone|tropical storm|hurricane", ("typhoon",)),
    ("地质灾害|山体滑坡|泥石流|地质|geological|geo-hazard|landslide|debris flow|mudslide", ("geological",)),
    ("风暴潮|storm surge", ("storm_surge",)),
    ("沙尘暴|沙尘|sandstorm|sand storm|dust ?storm", ("sandstorm",)),
    ("道路结冰|路面结冰|icy road|road icing|icy roads|black ice", ("icy_road",)),
    ("山洪|洪水|洪涝|内涝|江河洪水|flood", ("flood",)),
    ("暴雪|大雪|snowstorm|snow storm|heavy snow|blizzard", ("snowstorm",)),
    ("暴雨|强降雨|rain ?storm|torrential rain|heavy rain", ("rainstorm",)),
    ("寒潮|cold wave", ("cold_wave",)),
    ("高温|heat ?wave|high temperature|extreme heat|heat", ("heat",)),
    ("干旱|drought", ("drought",)),
    ("雷电|雷暴|lightning|thunderstorm", ("lightning",)),
    ("冰雹|hail", ("hail",)),
    ("霜冻|frost", ("frost",)),
    ("大雾|浓雾|fog", ("fog",)),
    ("霾|haze|smog", ("haze",)),
    ("大风|gale|strong wind|high wind", ("gale",)),
)
_PATTERNS = tuple((re.compile(words, re.IGNORECASE), names) for words, names in _NAMES)

# Codes of GB/T 35561, which Chinese warnings carry as the type of the event.
_CODES = {
    "11B01": ("typhoon",),
    "11B03": ("rainstorm",),
    "11B04": ("snowstorm",),
    "11B05": ("cold_wave",),
    "11B06": ("gale",),
    "11B07": ("sandstorm",),
    "11B09": ("heat",),
    "11B14": ("lightning",),
    "11B15": ("hail",),
    "11B16": ("frost",),
    "11B17": ("fog",),
    "11B19": ("haze",),
    "11B20": ("lightning", "gale"),
    "11B21": ("icy_road",),
    "11B22": ("drought",),
    "11E02": ("storm_surge",),
}
_COLOURS = (
    (re.compile("红色|\\bred\\b", re.IGNORECASE), "red"),
    (re.compile("橙色|\\borange\\b", re.IGNORECASE), "orange"),
    (re.compile("黄色|\\byellow\\b", re.IGNORECASE), "yellow"),
    (re.compile("蓝色|\\bblue\\b", re.IGNORECASE), "blue"),
)
_SEVERITIES = {"extreme": "red", "severe": "orange", "moderate": "yellow", "minor": "blue"}


def warnings_of(info: Info) -> tuple[str, ...]:
    """Return the warnings an info block gives, as rules name them: ``rainstorm_red``.

    What it is, is read from its event codes (GB/T 35561), its event, then its headline; the colour from the event, the
    headline, a severity or parameter that names one (GB/T 35965.1), and last from the severity: red is Extreme, orange
    Severe, yellow Moderate, blue Minor.

    Raises
    ------
    BadInput
        When it is no weather warning that rules know, or has no colour.

    """
    names = _names(info)
    if not names:
        code = f" ({', '.join(info.codes)})" if info.codes else ""
        said = f"{info.event[:60]!r}{code} is no weather warning that rules know, such as 暴雨, 台风 or Typhoon"
        raise BadInput("UNKNOWN_EVENT", f"{info.path}/event", said)
    colour = _colour(info)
    if not colour:
        said = (
            f"{info.severity[:40]!r} is no severity: give Extreme, Severe, Moderate or Minor, or a colour in the event"
        )
        raise BadInput("SCHEMA", f"{info.path}/severity", said)
    return tuple(f"{name}_{colour}" for name in names)


def _names(info: Info) -> tuple[str, ...]:
    for code in info.codes:
        if code.upper() in _CODES:
            return _CODES[code.upper()]
    texts = (info.event, *info.codes, info.headline)
    return next((names for text in texts for pattern, names in _PATTERNS if pattern.search(text)), ())


def _colour(info: Info) -> str:
    texts = (info.event, info.headline, info.severity, *info.parameters)
    named = next((colour for text in texts for pattern, colour in _COLOURS if pattern.search(text)), "")
    return named or _SEVERITIES.get(info.severity.casefold(), "")
