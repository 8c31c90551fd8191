"""Drift: the level or the spread of a kind's daily counts changed for good, so that its baseline no longer holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from detectors.areas import AreaTree
from detectors.change import Change
from detectors.changepoint import ChangePoints, Known
from detectors.detector import Detector
from detectors.drift_config import DriftConfig
from detectors.drift_report import Drift, signal_of
from detectors.event import Event
from detectors.signal import Signal
from detectors.tallies import Tallies, Tally
from detectors.taxonomy import Taxonomy, load_taxonomy
from detectors.two_samples import Floats
from detectors.windows import DayWindows, Windows

_OPEN, _MODEL = "drift/open/", "drift/model/"
_YEAR_DAYS = 365.0

Key = tuple[str, str, str]
"""Level, area, kind."""
Found = Mapping[tuple[str, str], Tally]
"""By street and kind."""


@dataclass
class _District:
    """Series of one district: their keys, first and last days with events; the day learned last."""

    points: ChangePoints
    keys: list[Key]
    first: list[int]
    last: list[int]
    day: int

    def meet(self, counts: Mapping[Key, int], day: int) -> None:
        """Begin series for the keys that are new, and note the day of all that came."""
        new = sorted(counts.keys() - set(self.keys))
        self.points.add(len(new))
        self.keys += new
        self.first += [day] * len(new)
        self.last += [day] * len(new)
        self.last = [day if key in counts else last for key, last in zip(self.keys, self.last, strict=True)]
        self.day = day

    def drop(self, until: int) -> None:
        """Drop the series without an event after a day."""
        kept = [row for row, last in enumerate(self.last) if last > until]
        if len(kept) < len(self.keys):
            self.points.keep(kept)
            self.keys = [self.keys[row] for row in kept]
            self.first, self.last = ([days[row] for row in kept] for days in (self.first, self.last))


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    keys: list[Key]
    first: list[int]
    last: list[int]
    day: int
    points: Known


class DriftDetector(Detector):
    """Tells an analyst since when a kind's daily counts in a district keep another level or spread than before.

    A surge is over in hours or days; what is found here has lasted a week at least (spread: three) and goes on, so
    that baselines are adapting to it, or are wrong. `detectors.changepoint.ChangePoints` weighs and dates it. Each
    change is told once, final, on the day that made it sure enough; from then on the days since are the norm.

    ``observe`` counts an event, ``advance`` closes local days. Signals and state are a pure function of the set of
    events and the highest watermark, as long as no event came below the watermark of its time (that raises
    `ValueError`), and a district's of its own events only. Days between two with events of the district count as
    zeros for all its kinds, up to `silence_days` of them; longer silence is a dead feed and nobody's change.

    In a signal `observed` are the events since the change, `expected` and `expected_high` the mean and the 99 %
    quantile of their number as before it; `starts_at` is the change, `ends_at` the day's end; `evidence` the first
    events of the last day; `p_value` the chance of such a report of a key in one day without change.

    Trust it 35 days after a kind's first event; kinds of fewer than 10 events in 91 days are not judged at all. With
    the defaults a key without a change is reported 0.00 times a year, one with a yearly season of 20 % both ways 0.04
    times (tests/bench/novelty.py, seed 41, 275 key-years each). Of 3, 10 and 30 events a day, a doubling is told after
    18, 9 and 8 days in the median, halving after 43, 17 and 15; half as many again at 30 a day after 43. With
    `matters=1.05` that is 10, 7 and 6; 20, 9 and 7; and 12 days, at 0.05 reports a key and year without any season, and
    1.2 with one of 20 %. Of spread, only large changes of busy kinds are found.

    Memory: 3.1 kB a key, of which a district has one a kind, 165 kB with all 53 kinds; 1 kB an open day and kind.

    Parameters
    ----------
    config
        What is watched.
    zone
        The city's time zone.
    taxonomy
        Names of the kinds; without it sentences call them by their ids.

    References
    ----------
    As in `detectors.changepoint.ChangePoints`.

    Examples
    --------
    >>> from detectors.event import Place
    >>> from detectors.windows import instant
    >>> detector = DriftDetector(DriftConfig(), ZoneInfo("UTC"))
    >>> def report(n, t):
    ...     place = Place(district="d1", name="河东区")
    ...     return Event(id=f"grid:{t}", source="grid", kind="waste", occurred_at=instant(t), place=place), t
    >>> signals = []
    >>> for day in range(120):
    ...     for n in range(6 if day < 100 else 15):
    ...         _ = detector.observe(*report(n, day * 86_400.0 + n))
    ...     signals += detector.advance((day + 1) * 86_400.0)
    >>> [(f"{signal.starts_at:%m-%d}", f"{signal.ends_at:%m-%d}", signal.says.en) for signal in signals]
    [('04-11', '04-16', 'Level up since 1970-04-11: waste 15.5 a day, 6.0 before; the baseline is still learning it')]

    """

    name: ClassVar[str] = "drift"

    def __init__(self, config: DriftConfig, zone: ZoneInfo, taxonomy: Taxonomy | None = None) -> None:
        self.config = config
        self._taxonomy = taxonomy
        self._days: Windows = DayWindows(zone)
        self._tallies = Tallies(self._days, config.evidence)
        self._districts: dict[str, _District] = {}
        self._changed: set[str] = set()

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the shipped configuration."""
        return cls(DriftConfig(), areas.zone, load_taxonomy())

    def observe(self, event: Event, t: float) -> list[Signal]:
        """Count an event; nothing is said before its day closes.

        Raises
        ------
        ValueError
            When the event's day is closed.

        """
        tallies = self._tallies
        if not tallies.since <= t < tallies.until:
            tallies.turn(t)
        place = event.place
        tallies.add((place.district, place.street, event.kind), (t, event.id, event.reporter, event.source, place))
        return []

    def advance(self, watermark: float) -> list[Signal]:
        """Close every local day that ended at or before the watermark (epoch seconds).

        Returns
        -------
        list
            Final signals, by end and id.

        """
        if not self._tallies.ends(watermark):
            return []
        signals: list[Signal] = []
        for day in self._tallies.due(watermark):
            self._forget(day)
            signals += self._close(day, self._tallies.close(day))
        self._tallies.pass_by(watermark)
        self._forget(self._days.index(watermark))
        return sorted(signals, key=lambda signal: (signal.ends_at, signal.id))

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call.

        Returns
        -------
        dict
            MessagePack by ``drift/open/<day>/<district>`` and ``drift/model/<district>``; ``None`` means gone.

        """
        entries: dict[str, bytes | None] = {_OPEN + name: entry for name, entry in self._tallies.dirty().items()}
        for name in sorted(self._changed):
            known = self._districts.get(name)
            entries[_MODEL + name] = _encoded(known) if known else None
        self._changed.clear()
        return entries

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `dirty` gave, in a detector that has seen nothing yet.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        self.refuse_strange(items, _OPEN, _MODEL)
        for key, entry in items.items():
            if key.startswith(_OPEN):
                self._tallies.restore(key.removeprefix(_OPEN), entry)
                continue
            stored = msgspec.msgpack.decode(entry, type=_Stored)
            points = self._new_points()
            points.restore(stored.points)
            self._districts[key.removeprefix(_MODEL)] = _District(
                points, stored.keys, stored.first, stored.last, stored.day
            )
            self._tallies.resume(stored.day + 1)

    def _close(self, day: int, found: Mapping[str, Found]) -> list[Signal]:
        """Let districts learn a day, and the days without events before it."""
        self._changed.update(found)
        late: dict[str, _District] = {}
        for name in found:
            known = self._districts.get(name)
            if known is None:
                self._districts[name] = _District(self._new_points(), [], [], [], day - 1)
            elif day - known.day - 1 <= self.config.silence_days:
                late[name] = known
        signals: list[Signal] = []
        for silent in range(min((known.day for known in late.values()), default=day) + 1, day):
            some = {name: known for name, known in late.items() if known.day < silent}
            signals += self._learn(silent, some, {})
        some = {name: self._districts[name] for name in found}
        signals += self._learn(day, some, found)
        for known in some.values():
            known.drop(day - self.config.forget_days)
        return signals

    def _learn(self, day: int, districts: Mapping[str, _District], found: Mapping[str, Found]) -> list[Signal]:
        """Let districts learn what was found on a day; nothing in those without."""
        counts: list[Floats] = []
        for name, known in districts.items():
            came = self._counted(found[name]) if name in found else Counter[Key]()
            if came:
                known.meet(came, day)
            counts.append(np.array([came[key] for key in known.keys], dtype=np.float64))
        changes = ChangePoints.learn_together(day, [known.points for known in districts.values()], counts)
        return [
            self._signal(day, name, one, found.get(name, {}), known)
            for (name, known), some in zip(districts.items(), changes, strict=True)
            for one in some
        ]

    def _counted(self, found: Found) -> Counter[Key]:
        counts: Counter[Key] = Counter()
        for (street, kind), tally in found.items():
            for level in self.config.levels:
                area = street if level == "street" else ""
                if area or level == "district":
                    counts[level, area, kind] += tally.count
        return counts

    def _signal(self, day: int, name: str, change: Change, found: Found, known: _District) -> Signal:
        level, area, kind = known.keys[change.series]
        tallies = [tally for (street, one), tally in found.items() if one == kind and area in {"", street}]
        marks = sorted(mark for tally in tallies for mark in tally.marks)[: self.config.evidence]
        drift = Drift(change, name, level, area, kind, day, day - known.first[change.series] + 1)
        return signal_of(drift, self._days, marks, self._taxonomy)

    def _new_points(self) -> ChangePoints:
        return ChangePoints(p_least=self.config.false_alarms / _YEAR_DAYS, matters=self.config.matters)

    def _forget(self, day: int) -> None:
        gone = [name for name, known in self._districts.items() if day - known.day > self.config.forget_days]
        for name in gone:
            del self._districts[name]
        self._changed.update(gone)


def _encoded(known: _District) -> bytes:
    stored = _Stored(known.keys, known.first, known.last, known.day, known.points.state())
    return msgspec.msgpack.encode(stored)
