"""From an unusual mix to the signal that names the kinds behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detectors.event import Place
from detectors.mixture import Usual
from detectors.signal import Sentence, Signal
from detectors.tallies import Tally
from detectors.taxonomy import Taxonomy
from detectors.windows import Windows, instant

_NAMED = 3
_HIGH = 0.99
_LEAST = 1.0  # deviance a kind must contribute to be named
_SPAN = {"hour": Sentence("一小时内", "within an hour"), "day": Sentence("当日", "that day")}


@dataclass(frozen=True)
class Share:
    """A kind's share of an area's events: how many came, and how many of that many come usually."""

    kind: str
    observed: int
    expected: float

    @property
    def deviance(self) -> float:
        """What the kind contributes to the Poisson deviance, with the sign of its difference."""
        log = self.observed * math.log(self.observed / self.expected) if self.observed else 0.0
        return math.copysign(2.0 * (log - (self.observed - self.expected)), self.observed - self.expected)


@dataclass(frozen=True)
class Finding:
    """An unusual mix.

    Parameters
    ----------
    window, district, area
        Where and when; `area` is empty for the whole district.
    events
        In the window.
    shares
        Kinds that contribute, the most contributing first.
    kind
        The most contributing of those that grew, ``None`` when none did.
    high
        99 % quantile of that kind's events.
    p_value, age
        How rare by chance, and days learned.

    """

    window: int
    district: str
    area: str
    events: int
    shares: tuple[Share, ...]
    kind: Share | None
    high: float
    p_value: float
    age: int

    @classmethod
    def of(
        cls,
        key: tuple[int, str, str],
        counts: Mapping[tuple[str, str], int],
        known: Sequence[str],
        usual: Usual,
        p_value: float,
        age: int,
    ) -> Finding:
        """Name the kinds behind the mix of one area.

        Parameters
        ----------
        key
            Window, district and area.
        counts
            Events by area and kind.
        known
            Kinds in the order of `usual`, whose last share is that of all others.
        usual, p_value, age
            Of the area.

        """
        came = {kind: count for (area, kind), count in counts.items() if area == key[2]}
        column = dict.fromkeys(sorted(came), len(known)) | {kind: number for number, kind in enumerate(known)}
        total, shares = sum(came.values()), usual.shares[0].tolist()
        found = [Share(kind, came.get(kind, 0), total * shares[number]) for kind, number in column.items()]
        found = [share for share in found if abs(share.deviance) >= _LEAST]
        found.sort(key=lambda share: (-abs(share.deviance), share.kind))
        top = next((share for share in found if share.observed > share.expected), None)
        high = 0.0
        if top is not None:
            high = float(usual.quantile(0, column[top.kind], _HIGH, total))
        return cls(*key, total, tuple(found[:_NAMED]), top, high, p_value, age)


def signal_of(
    finding: Finding, grid: Windows, tallies: Mapping[tuple[str, str], Tally], taxonomy: Taxonomy | None
) -> Signal:
    """Return the signal of a finding that has a kind that grew."""
    top = finding.kind
    if top is None:
        raise ValueError("no kind has grown")
    district, area = finding.district, finding.area
    marks = sorted(
        mark
        for (street, kind), tally in tallies.items()
        if kind == top.kind and area in {"", street}
        for mark in tally.marks
    )
    starts_at, ends_at = (instant(grid.start(window)) for window in (finding.window, finding.window + 1))
    level = "street" if area else "district"
    first = marks[0][4]
    place = Place(district=district, street=area, name=first.name)
    return Signal(
        id=f"novelty:{grid.name}:{district}:{level}:{area or district}:{starts_at:%Y%m%dT%H%MZ}",
        detector="novelty",
        key=f"{area or district}|mix",
        kind=top.kind,
        place=place,
        level=level,
        starts_at=starts_at,
        ends_at=ends_at,
        observed=top.observed,
        expected=top.expected,
        expected_high=finding.high,
        p_value=finding.p_value,
        model_age=finding.age,
        sources=tuple(sorted({mark[3] for mark in marks})),
        evidence=tuple(mark[1] for mark in marks[:100]),
        reporters=len({mark[2] for mark in marks} - {""}),
        final=True,
        says=_sentence(finding, grid.name, taxonomy),
    )


def _sentence(finding: Finding, grid: str, taxonomy: Taxonomy | None) -> Sentence:
    zh, en = [], []
    for share in finding.shares:
        known = taxonomy.kinds.get(share.kind) if taxonomy else None
        usually = _percent(share.expected / finding.events)
        now = _percent(share.observed / finding.events)
        name = Sentence(known.zh, known.en) if known else Sentence(share.kind, share.kind)
        zh.append(f"{name.zh}占{now}（平时{usually}）" if share.observed else f"无{name.zh}（平时{usually}）")
        en.append(f"{name.en} {now} (normally {usually})" if share.observed else f"no {name.en} (normally {usually})")
    span = _SPAN[grid]
    return Sentence(
        zh=f"事件类型构成异常：{span.zh}{finding.events}起，其中{'、'.join(zh)}",
        en=f"Unusual mix of kinds {span.en}: {finding.events} events, of them {', '.join(en)}",
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f}%"
