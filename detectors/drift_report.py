"""From a change of a series to the signal that tells an analyst since when, from what and to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from detectors.cells import Mark
from detectors.change import Change
from detectors.event import Place
from detectors.signal import Sentence, Signal
from detectors.taxonomy import Taxonomy
from detectors.windows import Windows, instant

_HIGH = 2.326  # standard deviations of the 99 % quantile
_EPOCH = date(1970, 1, 1)
_HOW = {
    "level_up": Sentence("水平升高", "Level up"),
    "level_down": Sentence("水平降低", "Level down"),
    "more_spread": Sentence("波动变大", "More spread"),
    "less_spread": Sentence("波动变小", "Less spread"),
}


@dataclass(frozen=True)
class Drift:
    """A change and what it is a change of.

    Parameters
    ----------
    change
        What changed.
    district, level, area, kind
        The key; `area` is empty for the whole district.
    day
        Number of the local day that made it sure.
    age
        Days since the key's first event.

    """

    change: Change
    district: str
    level: str
    area: str
    kind: str
    day: int
    age: int

    @property
    def since(self) -> int:
        """Number of the first day that was different."""
        return self.day - self.change.days + 1


def signal_of(drift: Drift, days: Windows, marks: Sequence[Mark], taxonomy: Taxonomy | None) -> Signal:
    """Return the signal of a change, with some events of its last day for evidence."""
    change, area = drift.change, drift.area or drift.district
    starts_at, ends_at = instant(days.start(drift.since)), instant(days.start(drift.day + 1))
    return Signal(
        id=f"drift:day:{drift.district}:{drift.level}:{area}|{drift.kind}:{ends_at:%Y%m%dT%H%MZ}",
        detector="drift",
        key=f"{area}|{drift.kind}",
        kind=drift.kind,
        place=Place(district=drift.district, street=drift.area, name=marks[0][4].name if marks else ""),
        level=drift.level,
        starts_at=starts_at,
        ends_at=ends_at,
        observed=round(change.observed),
        expected=change.expected,
        expected_high=change.expected + _HIGH * change.spread,
        p_value=change.p_value,
        model_age=drift.age,
        sources=tuple(sorted({mark[3] for mark in marks})),
        evidence=tuple(mark[1] for mark in marks),
        reporters=len({mark[2] for mark in marks} - {""}),
        final=True,
        says=_sentence(drift, taxonomy),
    )


def _sentence(drift: Drift, taxonomy: Taxonomy | None) -> Sentence:
    change, since = drift.change, _EPOCH + timedelta(days=drift.since)
    known = taxonomy.kinds.get(drift.kind) if taxonomy else None
    name = Sentence(known.zh, known.en) if known else Sentence(drift.kind, drift.kind)
    how = _HOW[change.how]
    if change.how.startswith("level"):
        now, was = _number(change.after), _number(change.before)
        return Sentence(
            zh=f"{since}起{how.zh}：{name.zh}日均{now}起，此前{was}起；基线仍在适应",
            en=f"{how.en} since {since}: {name.en} {now} a day, {was} before; the baseline is still learning it",
        )
    times = _number(change.after / change.before)
    return Sentence(
        zh=f"{since}起{how.zh}：{name.zh}日间方差为此前的{times}倍；基线的区间不再可靠",
        en=f"{how.en} since {since}: {name.en} varies {times} times as much from day to day (variance); "
        "the baseline's intervals do not hold",
    )


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 1.0 or value == 0.0 else f"{value:.2f}"
