"""Clusters: a class of problems that gathers in neighbouring communities, whatever district they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import msgspec
import numpy as np

from detectors.areas import AreaTree
from detectors.event import Event
from detectors.growing import Expected, GrowingScan
from detectors.inorder import InOrder
from detectors.scan_cells import ScanCells
from detectors.scan_config import ScanConfig
from detectors.scan_rates import DAILY_MEMORY, HOURLY_MEMORY
from detectors.scan_report import Finding, signal_of
from detectors.scan_state import Saved
from detectors.scan_sweep import Sweep
from detectors.signal import Sentence, Signal
from detectors.taxonomy import OTHER, load_taxonomy
from detectors.threads import Threads
from detectors.windows import windows
from detectors.zones import Floats, Ints

__all__ = ["ScanConfig", "ScanDetector"]

_FEW = 19  # draws that tell whether more are worth it
_NOT_RARE = 20.0  # p-value over the largest reported beyond which they are not
_BEFORE_1970 = 2**31  # seeds are not negative, windows may be
_LEAST = 1e-15  # further down in the tail no model is to be believed
_THREADS = "threads/"


class ScanDetector(InOrder):
    """Scans the whole city for clusters of each class of kinds, whenever an hour or a day closes.

    ``learn`` counts an event in its open hour and day. ``advance`` closes the windows that ended at or before the
    watermark, in order: it foresees the counts from those before, weighs every zone of neighbouring areas and every
    course a cluster may have taken (`detectors.growing.GrowingScan`), simulates the p-value of what stands out
    (gamma-mixed Poisson counts, importance sampling), reports the cluster and the ones beside it, and learns the
    counts. What was reported is explained: the same areas are reported again when what came since is a cluster
    again, as a further signal of the same `thread`. Signals and state depend on nothing but the events and the
    watermark, simulations included.

    All districts have to come to one detector: a cluster across a border shows in neither half.

    Trust it after the warm-up, 21 days for days and 336 hours for hours by default, counted from the first event
    and without the days of a dead feed; its expectations of the week's rhythm settle over about four weeks.

    Memory, with c cells, k classes, w = 14 days and 12 hours kept: 16 bytes x c x k x w + 48 bytes x c x k for
    counts and expectations, 16 bytes x 25 x c for zones, and for each cell, class and window kept that had an event
    at most 10 event ids and 64 reporters. With 1,000 cells and 11 classes: 5 MB, and 1 kB to 8 kB a tally.

    Parameters
    ----------
    config
        What is scanned and when it is worth a signal.
    areas
        The area tree: cells, their centres, neighbours and populations.
    classes
        Class of every kind; a kind that is missing counts as ``other``, a class that is counted and not scanned.
    names
        What the classes are called; by their ids without.

    References
    ----------
    Kulldorff (2001), Prospective time periodic geographical disease surveillance using a scan statistic, Journal of
    the Royal Statistical Society A 164; and as in `detectors.growing.GrowingScan`.

    Examples
    --------
    >>> from detectors.event import Place
    >>> from detectors.windows import instant
    >>> east = [{"id": f"e{n}", "name": f"E{n}", "lon": 0.01 * n, "lat": 0.0} for n in range(6)]
    >>> west = [{"id": f"w{n}", "name": f"W{n}", "lon": -0.01 * n, "lat": 0.0} for n in range(1, 6)]
    >>> tree = AreaTree.from_mapping({
    ...     "city": "x", "name": "X", "tz": "UTC", "calendar": "none", "open": False,
    ...     "districts": [{"id": "e", "name": "E", "communities": east}, {"id": "w", "name": "W", "communities": west}],
    ... })
    >>> detector = ScanDetector(ScanConfig(windows=("day",)), tree, {"leak": "gas"})
    >>> def report(day, n, community):
    ...     place, t = Place(district=community[0], community=community), day * 86_400.0 + n
    ...     event = Event(id=f"sos:{t}", source="sos", kind="leak", occurred_at=instant(t), place=place)
    ...     _ = detector.observe(event, t)
    >>> for day in range(40):
    ...     for n in range(11):
    ...         report(day, n, f"e{n}" if n < 6 else f"w{n - 5}")
    >>> detector.advance(40 * 86_400.0)
    []
    >>> for n in range(20):
    ...     report(40, n, ("e0", "w1")[n % 2])
    >>> (signal,) = detector.advance(41 * 86_400.0)
    >>> sorted(member.id for member in signal.cluster.members), signal.cluster.districts
    (['e0', 'w1'], ('e', 'w'))

    """

    name: ClassVar[str] = "scan"

    def __init__(
        self,
        config: ScanConfig,
        areas: AreaTree,
        classes: Mapping[str, str],
        names: Mapping[str, Sentence] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.classes = sorted({*classes.values(), OTHER})
        self.cells = ScanCells(areas, config.cells)
        self._named = [(id_, (names or {}).get(id_, Sentence(id_, id_))) for id_ in self.classes]
        row = {name: number for number, name in enumerate(self.classes)}
        self._rows = {kind: row[name] for kind, name in classes.items()}
        self._other = row[OTHER]
        self.sweeps: dict[str, Sweep] = {}
        for name in config.windows:
            grid = windows(name, areas.zone)
            courses, memory = (config.hourly, HOURLY_MEMORY) if name == "hour" else (config.daily, DAILY_MEMORY)
            silence = config.silence_days * grid.per_day
            self.sweeps[name] = Sweep(
                grid, classes=len(self.classes), memory=memory, keep=courses.windows, silence=silence
            )
        self._by_resolution = {
            "instant": list(self.sweeps.values()),
            "day": [sweep for name, sweep in self.sweeps.items() if name == "day"],
        }
        self._scans: dict[str, GrowingScan] = {}
        self._threads = {name: Threads(sweep.keep) for name, sweep in self.sweeps.items()}
        self._saved = Saved()

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the shipped configuration and the classes of the shipped taxonomy."""
        taxonomy = load_taxonomy()
        classes = {kind.id: kind.category for kind in taxonomy.kinds.values()}
        names = {one.id: Sentence(one.zh, one.en) for one in taxonomy.categories.values()}
        return cls(ScanConfig(), areas, classes, names)

    def learn(self, event: Event, t: float) -> list[Signal]:
        """Count an event; nothing is said before its window closes.

        Parameters
        ----------
        event
            The event, later by time and id than all before.
        t
            Its time in epoch seconds, not below the start of the first window that is open.

        Raises
        ------
        ValueError
            When the event's window is closed.

        """
        cell = self.cells.of(event.place, t)
        if cell is None:
            return []
        key = self._rows.get(event.kind, self._other), cell
        for sweep in self._by_resolution[event.resolution]:
            if not sweep.since <= t < sweep.until:
                sweep.turn(t)
            sweep.add(key, event, t)
        return []

    def close(self, watermark: float) -> list[Signal]:
        """Close every window that ended at or before the watermark (epoch seconds); return final signals."""
        signals: list[Signal] = []
        for name, sweep in self.sweeps.items():
            for window in sweep.due(watermark):
                sweep.close(window, self._look_round(name, sweep.windows.start(window + 1)))
                signals += self._scan(name, sweep, window)
        return signals

    def changed(self) -> dict[str, bytes | None]:
        """Return what changed since the last call: which areas were in which cluster, and `detectors.scan_state`."""
        entries = self._saved.dirty(self.cells, self.classes, self.sweeps)
        for name, threads in self._threads.items():
            entries |= {f"{_THREADS}{name}/{category}": data for category, data in threads.dirty().items()}
        return entries

    def resume(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `changed` gave, in a detector that has seen nothing yet.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        for name, threads in self._threads.items():
            head = f"{_THREADS}{name}/"
            threads.restore({key.removeprefix(head): data for key, data in items.items() if key.startswith(head)})
        others = {key: data for key, data in items.items() if not key.startswith(_THREADS)}
        self._saved.restore(others, self.cells, self.classes, self.sweeps)

    def _look_round(self, name: str, until: float) -> Ints:
        """Draw the zones of all cells known before `until` when they are others; return their districts' numbers."""
        config, cells = self.config, self.cells.before(until)
        if name not in self._scans or self._scans[name].zones.areas != cells:
            zones = self.cells.zones(
                cells, most=config.most, radius_m=config.radius_m, steps=config.steps, share=config.share
            )
            courses = config.hourly if name == "hour" else config.daily
            self._scans[name] = GrowingScan(zones, courses, usual=config.usual)
        numbers = {district: number for number, district in enumerate(dict.fromkeys(self.cells.districts[:cells]))}
        return np.array([numbers[district] for district in self.cells.districts[:cells]], dtype=np.intp)

    def _scan(self, name: str, sweep: Sweep, window: int) -> list[Signal]:
        """Return a signal for every cluster of every class in the windows up to `window`, which has just closed."""
        warm_up = self.config.warm_up_hours if name == "hour" else self.config.warm_up_days
        if sweep.rates.taught < warm_up:
            return []
        latest = np.flatnonzero(sweep.past[window].counts.sum(axis=1))
        named = latest[latest != self._other]  # more of nobody knows what says nothing
        found = [finding for row in named for finding in self._findings(name, sweep, window, int(row))]
        return [self._told(name, sweep, finding) for finding in found]

    def _told(self, name: str, sweep: Sweep, finding: Finding) -> Signal:
        """Return the signal of a cluster, as one more of the cluster it goes on."""
        category = self._named[finding.row]
        signal = signal_of(finding, sweep, self.cells, category, self.config.evidence)
        areas = [self.cells.areas[cell].id for cell in finding.cells]
        thread = self._threads[name].follow(category[0], areas, finding.window, own=signal.id)
        return msgspec.structs.replace(signal, thread=thread)

    def _findings(self, name: str, sweep: Sweep, window: int, row: int) -> list[Finding]:
        """Return the clusters of one class, the likeliest first; what was found before is taken for explained."""
        config, scan = self.config, self._scans[name]
        found: list[Finding] = []
        drawn: Floats = np.zeros(0)
        for _ in range(2 * config.clusters):
            counts, expected = sweep.recent(row, scan.zones.areas, window, scan.courses.windows)
            if counts.sum() < config.min_count or len(found) == config.clusters:
                break
            weighing = scan.weigh(counts, expected)
            if weighing.log_odds < config.looked_into:
                break
            drawn = self._drawn(scan, expected, weighing.log_odds, (window + _BEFORE_1970, row), drawn)
            p_value = max(scan.p_value(weighing.log_odds, drawn), _LEAST)
            if p_value > config.alpha_report:
                break
            region, length = scan.region(weighing), scan.length(weighing)
            cells = _above(region, sweep.told(row, region, window, length))
            sweep.explain(row, region, window)
            if len(cells) >= config.fewest and sweep.told(row, cells, window, length)[0].sum() >= config.min_count:
                found.append(Finding(row, window, length, cells, weighing.log_odds, p_value))
        return found

    def _drawn(
        self, scan: GrowingScan, expected: Expected, log_odds: float, seed: tuple[int, int], before: Floats
    ) -> Floats:
        """Return log-odds drawn with a cluster: few when they already show that this is nothing rare."""
        drawn = before if len(before) else scan.sample(expected, times=_FEW, seed=(*seed, 0))
        rare = scan.p_value(log_odds, drawn) <= _NOT_RARE * self.config.alpha_report
        if rare and len(drawn) == _FEW:
            drawn = np.append(drawn, scan.sample(expected, times=self.config.simulations - _FEW, seed=(*seed, 1)))
        return drawn


def _above(cells: Ints, told: tuple[Floats, Floats, Floats]) -> Ints:
    """Return the cells with at least one event beyond expectation, those with most first."""
    excess = told[0] - told[1]
    order = np.argsort(-excess, kind="stable")
    return cells[order[excess[order] >= 1.0]]
