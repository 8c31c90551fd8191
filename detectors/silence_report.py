"""A silence as a signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from detectors.areas import AreaTree
from detectors.event import Place, Source
from detectors.feeds import Heard
from detectors.signal import Sentence, Signal
from detectors.tail import critical_count
from detectors.windows import instant

_HIGH = 0.01
_HOUR_S = 3600.0
SOURCES = {
    "hotline": ("12345热线", "hotline calls"),
    "grid": ("网格上报", "grid reports"),
    "police": ("110警情", "police reports"),
    "sos": ("一键呼援", "SOS calls"),
}


@dataclass(frozen=True)
class Silent:
    """A silence.

    Parameters
    ----------
    district, source, area
        Whose; `area` is empty for the whole feed.
    since
        The last event.
    ends
        Until when nothing came, epoch seconds.
    expected, shape
        Mean and gamma shape of the events that were due.
    p_value
        Of such a silence within a day.
    age
        Hours within a day of an event of the feed.
    final
        It is over.

    """

    district: str
    source: str
    area: str
    since: Heard
    ends: float
    expected: float
    shape: float
    p_value: float
    age: int
    final: bool


def signal_of(silent: Silent, areas: AreaTree, level: str) -> Signal:
    """Return the signal of a silence; places are of `level`."""
    kind = "place" if silent.area else "feed"
    area = silent.area or silent.district
    starts_at = instant(silent.since[0])
    return Signal(
        id=f"silence:{kind}:{silent.district}:{area}|{silent.source}:{starts_at:%Y%m%dT%H%M%SZ}",
        detector="silence",
        key=f"{area}|{silent.source}",
        kind=kind,
        place=_place(silent, areas, level),
        level=level if silent.area else "district",
        starts_at=starts_at,
        ends_at=instant(silent.ends),
        observed=0,
        expected=silent.expected,
        expected_high=float(critical_count(silent.expected, silent.shape, _HIGH) - 1),
        p_value=silent.p_value,
        model_age=silent.age,
        sources=(cast("Source", silent.source),),
        evidence=(silent.since[1],),
        reporters=0,
        final=silent.final,
        says=_sentence(silent, areas),
    )


def _place(silent: Silent, areas: AreaTree, level: str) -> Place:
    ids = {level: silent.area} if silent.area else {}
    area = areas.get(silent.area)
    while area is not None and area.id != silent.district:
        ids[area.level] = area.id
        area = areas.get(area.parent)
    return Place(
        district=silent.district,
        street=ids.get("street", ""),
        community=ids.get("community", ""),
        grid=ids.get("grid", ""),
        name=areas.name_of(silent.area or silent.district),
    )


def _sentence(silent: Silent, areas: AreaTree) -> Sentence:
    source_zh, source_en = SOURCES[silent.source]
    district, hours = areas.name_of(silent.district), (silent.ends - silent.since[0]) / _HOUR_S
    english = areas.english.get(district, district)
    due = f"{silent.expected:.0f}"
    if not silent.area:
        if silent.final:
            zh = f"{district}{source_zh}曾中断{hours:.1f}小时，其间通常应有{due}件"
            en = f"{english}: {source_en} was silent for {hours:.1f} h; {due} reports were due in that time"
        else:
            zh = f"{district}{source_zh}全区已{hours:.1f}小时无数据，通常应有{due}件，疑似数据源中断"
            en = (
                f"{english}: nothing from {source_en} for {hours:.1f} h where {due} were due; the feed is probably dead"
            )
        return Sentence(zh=zh, en=en)
    name = areas.name_of(silent.area)
    place = areas.english.get(name, name)
    if silent.final:
        zh = f"{name}{source_zh}曾{hours:.1f}小时无上报，其间按常态应有{due}件，同期全区该来源正常"
        en = f"{place}: no {source_en} for {hours:.1f} h where {due} were due, while the rest of {english} reported"
    else:
        zh = f"{name}{source_zh}已{hours:.1f}小时无上报，按常态应有{due}件，而{district}其他地方上报正常"
        en = f"{place} is quiet: no {source_en} for {hours:.1f} h where {due} were due; the rest of {english} reports"
    return Sentence(zh=zh, en=en)
