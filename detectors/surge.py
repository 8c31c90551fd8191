"""Surges: counts too large for their own rhythm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from detectors.areas import AreaTree
from detectors.bank import Bank
from detectors.baseline import Baseline
from detectors.cells import ELSEWHERE, FOLD, Cell, Family, place_at
from detectors.counting import Counting
from detectors.detector import Detector
from detectors.event import Event
from detectors.judging import Finding, Judge
from detectors.reckoning import Others
from detectors.shares import Shares
from detectors.signal import Signal
from detectors.surge_config import SurgeConfig
from detectors.surge_state import MODEL, OPEN, dump_models, dump_open, load_models, load_open
from detectors.tail import critical_count
from detectors.windows import Windows, instant, windows

_HIGH = 0.01  # expected_high is the 99 % quantile


class SurgeDetector(Detector):
    """Counts events per area, kind and window against an online baseline, and says which counts are extreme.

    ``observe`` counts an event in its open hour and day and gives provisional signals for counts that are
    already extreme. ``advance`` closes the windows that ended at or before the watermark: final signals,
    withdrawals, learning, and a new look at the windows still open. After any such sequence the latest signals
    that are not withdrawn and the state are a pure function of the set of events and the highest watermark, as
    long as no event came below the watermark of its time (that raises `ValueError`). Events are taken to be
    distinct: whoever calls has dropped duplicates. A district's part of all this depends on its own events only.

    Streets (districts where no streets are asked for) have baselines of their own. The whole district is held against
    the baseline its streets are born from, a community against its share of its street's (`detectors.shares`). Of one
    surge in all of these only one speaks (`detectors.lineage`), and says which larger areas are up as well.

    Nothing is reported of a district before it has been alive for the warm-up of that window, counting only what
    lies within a day of an event: a stray record years before a feed begins warms nothing up. From then on a
    key that appears for the first time may be reported at once: its silence so far is its baseline.

    State: 8 bytes x (73 an hour baseline + 52 a day baseline) a street and kind, 1 kB, and the keys' names; 2 kB a
    district; 100 to 200 bytes a community and kind; in an open window the distinct reporters and up to 100 event ids
    (`evidence`) a community and kind, and 255 marks not folded yet a street and kind.

    Parameters
    ----------
    config
        What is counted and when it is worth a signal.
    zone
        The city's time zone.

    References
    ----------
    As in `detectors.baseline.Baseline`.

    Examples
    --------
    >>> from detectors.event import Place
    >>> detector = SurgeDetector(SurgeConfig(windows=("hour",)), ZoneInfo("Asia/Shanghai"))
    >>> def report(number, t):
    ...     place = Place(district="d1", street="s1")
    ...     return Event(id=f"sos:{number}", source="sos", kind="gas-leak", occurred_at=instant(t), place=place), t
    >>> for hour in range(240):
    ...     _ = detector.observe(*report(hour, hour * 3600.0))
    >>> detector.advance(240 * 3600.0)
    []
    >>> burst = [signal for n in range(9) for signal in detector.observe(*report(240 + n, 240 * 3600.0 + n))]
    >>> burst[-1].observed, burst[-1].final, burst[-1].p_value < 1e-3
    (9, False, True)
    >>> [(signal.observed, signal.final) for signal in detector.advance(241 * 3600.0)]
    [(9, True)]

    """

    name: ClassVar[str] = "surge"

    def __init__(self, config: SurgeConfig, zone: ZoneInfo) -> None:
        self.config = config
        self._area_of: Callable[[object], str] = attrgetter(config.base)
        self._tops, self._places = config.tops, config.places
        self._shares = Shares(forget=config.forget_days)
        self._countings = {name: _counting(config, windows(name, zone), self._shares) for name in config.windows}
        self._slowest = self._countings["day"] if "day" in self._countings else self._countings["hour"]
        self._slowest.teaches = True
        self._by_resolution = {
            "instant": list(self._countings.values()),
            "day": [counting for name, counting in self._countings.items() if name == "day"],
        }

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the configuration that fits it."""
        return cls(SurgeConfig.of(areas), areas.zone)

    def observe(self, event: Event, t: float) -> list[Signal]:
        """Count an event; O(1) a key as long as its count is not extreme.

        Parameters
        ----------
        event
            The event, not seen before.
        t
            Its time in epoch seconds, not below the watermark.

        Raises
        ------
        ValueError
            When the event's window is closed.

        """
        signals: list[Signal] = []
        place, kind, config = event.place, event.kind, self.config
        district, area = place.district, self._area_of(place)
        if not area:
            if not self._tops:
                return signals
            area = ELSEWHERE
        inside = place.community if self._places else ""
        mark = (t, event.id, event.reporter, event.source, place)
        name = (district, kind)
        for counting in self._by_resolution[event.resolution]:
            if not counting.since <= t < counting.until:
                counting.turn(t)
            counting.here.add(district)
            family = counting.families.get(name)
            if family is None:
                family = counting.families[name] = Family(counting.judge.first)
            family.count = total = family.count + 1
            cell = family.cells.get(area)
            if cell is None:
                cell = family.cells[area] = Cell(config.min_count)
            cell.pending.append(mark)
            cell.count = count = cell.count + 1
            if count % FOLD == 0:
                cell.parts(config.evidence)
            if count >= cell.threshold or total >= family.threshold:
                found = counting.look(name, area, inside)
                signals.extend(_signal(counting, finding, config) for finding in found)
        return signals

    def advance(self, watermark: float) -> list[Signal]:
        """Close every window that ended at or before the watermark (epoch seconds).

        Returns
        -------
        list
            Final signals and withdrawals of closed windows by end and id, then provisional ones of open windows.

        """
        found: list[tuple[Counting, Finding]] = []
        targets = [(counting, counting.windows.index(watermark)) for counting in self._countings.values()]
        taught = False
        while due := [(end, n) for n, (c, target) in enumerate(targets) if (end := c.next_close(target)) is not None]:
            counting, target = targets[min(due)[1]]  # in the order of time: what one learns another uses
            found.extend((counting, finding) for finding in counting.close_next(target))
            taught |= counting.teaches
        for counting, target in targets:
            found.extend((counting, finding) for finding in counting.reach(target, anew=taught))
        signals = [_signal(counting, finding, self.config) for counting, finding in found]
        signals.sort(key=lambda signal: (not signal.final, signal.ends_at, signal.id))
        return signals

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call: an entry a district for each open window, and one for baselines.

        Returns
        -------
        dict
            MessagePack by ``surge/open/<kind of window>/<number>/<district>`` and ``surge/model/<district>``; ``None``
            means gone.

        """
        learned: set[str] = set()
        for counting in self._countings.values():
            learned |= counting.bank.changed
            counting.bank.changed.clear()
        return dump_open(self._countings, self.config.evidence) | dump_models(self._countings, self._shares, learned)

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `dirty` gave, in a detector that has seen nothing yet.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        self.refuse_strange(items, OPEN, MODEL)
        for key in sorted(items):  # baselines before open windows
            if key.startswith(MODEL):
                load_models(self._countings, self._shares, key.removeprefix(MODEL), items[key])
        for key in sorted(items):
            if key.startswith(OPEN):
                load_open(self._countings, key.removeprefix(OPEN), items[key], self.config.min_count)


def _counting(config: SurgeConfig, grid: Windows, shares: Shares) -> Counting:
    hourly = grid.name == "hour"
    bank = Bank(
        grid,
        Baseline(config.hourly if hourly else config.daily),
        silence=config.silence_days * grid.per_day,
        forget=config.forget_days * grid.per_day,
        least=config.at_risk,
        others=Others(config.min_to_explain, config.tops, shares.places if config.places else None),
    )
    judge = Judge(config, warm_up=config.warm_up_hours if hourly else config.warm_up_days, shares=shares)
    return Counting(grid, bank, judge, shares)


def _signal(counting: Counting, finding: Finding, config: SurgeConfig) -> Signal:
    district, level, area, kind = finding.key
    grid, facts, expected = counting.windows, finding.facts, finding.expected
    starts_at = instant(grid.start(finding.window))
    key = f"{area}|{kind}"
    high = 0 if expected is None else critical_count(expected.mean, expected.size, _HIGH) - 1
    return Signal(
        id=f"surge:{grid.name}:{district}:{level}:{key}:{starts_at:%Y%m%dT%H%MZ}",
        detector=SurgeDetector.name,
        key=key,
        kind=kind,
        place=place_at(facts.place, level),
        level=level,
        starts_at=starts_at,
        ends_at=instant(grid.start(finding.window + 1)),
        observed=facts.count,
        expected=0.0 if expected is None else _told(expected.mean),
        expected_high=float(high),
        p_value=_told(finding.p_value),
        by_chance=_told(finding.by_chance * config.districts * len(config.windows)),
        model_age=0 if expected is None else expected.age,
        sources=facts.sources,
        evidence=tuple(name for _, name in facts.evidence),
        reporters=facts.distinct_reporters,
        also=finding.also,
        left_to=finding.left_to,
        final=finding.final,
        withdrawn=not finding.speaks and not config.tell_all,
    )


def _told(figure: float) -> float:
    """Return a figure as it is told: to nine digits, for the last ones depend on how the arithmetic was cut up."""
    return float(f"{figure:.9g}")
