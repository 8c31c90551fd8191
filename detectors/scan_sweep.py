"""Counts, expectations and what is kept of the events at one kind of window, city-wide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.event import Event, Source
from detectors.growing import Expected
from detectors.scan_rates import Memory, Rates
from detectors.windows import Windows
from detectors.zones import Floats, Ints

Singles = NDArray[np.float32]

EVIDENCE = 10
REPORTERS = 64
BLOCK = 64  # cells whose tallies are stored together
_BUSY_MASS = 20.0
NEXT_TO_NOTHING = 1e-9
_SLOTS_HOURLY, _SLOTS_DAILY = 48, 7
_WORKING_HOURS = 120


class Tally(msgspec.Struct, array_like=True):
    """What is kept of the events of one class in one cell and window.

    Parameters
    ----------
    count
        Events.
    kinds
        Events by kind.
    sources
        Source types.
    reporters
        Up to 64 distinct ones.
    evidence
        The first ten events' (epoch seconds, id), in order.

    """

    count: int = 0
    kinds: dict[str, int] = msgspec.field(default_factory=dict)
    sources: set[Source] = msgspec.field(default_factory=set)
    reporters: set[str] = msgspec.field(default_factory=set)
    evidence: list[tuple[float, str]] = msgspec.field(default_factory=list)

    def add(self, event: Event, t: float) -> None:
        """Count an event, later than the ones before."""
        self.count += 1
        self.kinds[event.kind] = self.kinds.get(event.kind, 0) + 1
        self.sources.add(event.source)
        if event.reporter and len(self.reporters) < REPORTERS:
            self.reporters.add(event.reporter)
        if len(self.evidence) < EVIDENCE:
            self.evidence.append((t, event.id))


@dataclass
class Past:
    """A closed window.

    Parameters
    ----------
    counts, mean, variance
        What was counted and expected, classes x cells.
    explained
        What is no news: expected on top, because it was reported, classes x cells.
    common
        Relative variance all cells share, classes.

    """

    counts: Singles
    mean: Singles
    variance: Singles
    explained: Singles
    common: Floats


class Sweep:
    """The city's counts at one kind of window.

    Parameters
    ----------
    windows
        Numbering of the windows.
    classes
        How many classes there are.
    memory
        What the expectations remember.
    keep
        Closed windows kept.
    silence
        Windows without any event after which the feed is taken for dead and teaches nothing.

    Attributes
    ----------
    rates
        What is expected.
    past
        Closed windows by number.
    tallies
        By window, then by class and cell; of the windows in `past` and the open ones.
    cursor
        First window that is not closed; ``None`` before any event.
    last_event
        Window of the latest event in a closed window.
    changed
        Windows, classes and blocks of cells whose tallies changed since the last snapshot.
    reread
        Closed windows of which something was explained since then.
    since, until
        Bounds of the window events are counted in, epoch seconds.

    """

    def __init__(self, windows: Windows, *, classes: int, memory: Memory, keep: int, silence: int) -> None:
        self.windows = windows
        self.classes = classes
        self.keep = keep
        slots = _SLOTS_HOURLY if windows.name == "hour" else _SLOTS_DAILY
        self.rates = Rates(classes=classes, slots=slots, memory=memory)
        self.past: dict[int, Past] = {}
        self.tallies: dict[int, dict[tuple[int, int], Tally]] = {}
        self.cursor: int | None = None
        self.last_event: int | None = None
        self.changed: set[tuple[int, int, int]] = set()
        self.reread: set[int] = set()
        self.since = self.until = 0.0
        self.window = 0
        self._silence = silence
        self._here: dict[tuple[int, int], Tally] = {}

    def turn(self, t: float) -> None:
        """Make the window that holds `t` the one events are counted in.

        Raises
        ------
        ValueError
            When it is closed.

        """
        window = self.windows.index(t)
        if self.cursor is None:
            self.cursor = window
        if window < self.cursor:
            raise ValueError(f"{self.windows.name} window {window} is closed; the open ones begin at {self.cursor}")
        self.window = window
        self.since, self.until = self.windows.start(window), self.windows.start(window + 1)
        self._here = self.tallies.setdefault(window, {})

    def add(self, key: tuple[int, int], event: Event, t: float) -> None:
        """Count an event of a class and cell in the window that was turned to."""
        tally = self._here.get(key)
        if tally is None:
            tally = self._here[key] = Tally()
        tally.add(event, t)
        self.changed.add((self.window, key[0], key[1] // BLOCK))

    def due(self, watermark: float) -> Iterator[int]:
        """Yield the windows to close; whoever asks closes each before taking the next."""
        target = self.windows.index(watermark)
        while self.cursor is not None and self.cursor < target:
            quiet = self.last_event is not None and self.cursor > self.last_event + self._silence
            if quiet and self.cursor not in self.tallies:
                self.tallies = {number: kept for number, kept in self.tallies.items() if number > self.cursor}
                self.past.clear()
                self.cursor = min([target, *self.tallies])
            else:
                yield self.cursor
        self.until = self.since

    def close(self, window: int, districts: Ints) -> None:
        """Close a window: note what was counted and expected, then learn it.

        Parameters
        ----------
        window
            Its number, the cursor.
        districts
            Number of each cell's district.

        """
        cells, tallies = len(districts), self.tallies.setdefault(window, {})
        counts = np.zeros((self.classes, cells))
        for (row, cell), tally in tallies.items():
            counts[row, cell] = tally.count
        self.rates.extend(cells)
        outlook = self.rates.expect(self._slot(window), districts)
        busy = _busy(counts, outlook.mean)[:, None]
        self.past[window] = Past(
            counts.astype(np.float32),
            (outlook.mean * busy).astype(np.float32),
            (outlook.variance * busy).astype(np.float32),
            np.zeros(counts.shape, dtype=np.float32),
            outlook.common,
        )
        if tallies:
            self.last_event = window
        self.rates.learn(self._slot(window), counts, outlook)
        self.cursor = window + 1
        for old in [one for one in self.tallies if one <= window - self.keep]:
            self.tallies.pop(old)
            self.past.pop(old, None)

    def recent(self, row: int, cells: int, window: int, length: int) -> tuple[Floats, Expected]:
        """Return one class's counts and expectations, the latest `length` windows up to `window` x cells."""
        counts = np.zeros((length, cells))
        mean, variance = np.full((2, length, cells), NEXT_TO_NOTHING)
        for at, number in enumerate(range(window - length + 1, window + 1)):
            past = self.past.get(number)
            if past is not None:
                known = past.counts.shape[1]  # cells that came later had nothing then, and next to nothing to expect
                counts[at, :known] = past.counts[row]
                shared = _shared(past, row)
                mean[at, :known] = past.mean[row] * shared + past.explained[row]
                variance[at, :known] = past.variance[row] * shared + past.explained[row]
        return counts, Expected(mean, variance)

    def told(self, row: int, cells: Ints, window: int, length: int) -> tuple[Floats, Floats, Floats]:
        """Return what was counted in each of some cells over `length` windows up to `window`, its mean and variance."""
        counts, mean, variance = np.zeros((3, len(cells)))
        for number in range(window - length + 1, window + 1):
            past = self.past.get(number)
            if past is not None:
                known = cells < past.counts.shape[1]
                counts[known] += past.counts[row, cells[known]]
                mean[known] += past.mean[row, cells[known]]
                variance[known] += past.variance[row, cells[known]]
        return counts, np.maximum(mean, NEXT_TO_NOTHING), variance

    def explain(self, row: int, cells: Ints, window: int) -> None:
        """Take for explained what was counted in some cells up to `window`."""
        for number in range(window - self.keep + 1, window + 1):
            past = self.past.get(number)
            if past is not None:
                here = cells[cells < past.counts.shape[1]]
                beyond = past.counts[row, here] - past.mean[row, here]
                past.explained[row, here] = np.maximum(beyond, past.explained[row, here])
                self.reread.add(number)

    def facts(self, row: int, cells: Iterable[int], windows: Iterable[int]) -> Tally:
        """Return what is kept of the events of a class in some cells and windows, with all the evidence."""
        found = Tally()
        kinds: Counter[str] = Counter()
        chosen = list(cells)
        for window in windows:
            here = self.tallies.get(window, {})
            for cell in chosen:
                tally = here.get((row, cell))
                if tally is not None:
                    found.count += tally.count
                    kinds.update(tally.kinds)
                    found.sources |= tally.sources
                    found.reporters |= tally.reporters
                    found.evidence += tally.evidence
        found.kinds = dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0])))
        found.evidence.sort()
        return found

    def _slot(self, window: int) -> int:
        position = int(self.windows.position(window))
        if self.windows.name == "day":
            return position
        return position % 24 + (24 if position >= _WORKING_HOURS else 0)


def _shared(past: Past, row: int) -> float:
    """Return by how much a window as a whole is above or below expectation: the posterior mean of a gamma factor."""
    trust = 1.0 / float(past.common[row])
    ratio = float(past.mean[row].sum() / past.variance[row].sum())
    foreseen = float(past.mean[row].sum() + past.explained[row].sum())
    return (trust + ratio * float(past.counts[row].sum())) / (trust + ratio * foreseen)


def _busy(counts: Floats, mean: Floats) -> Floats:
    """Return by how much each class is to be expected more because more of everything else is reported.

    A feed that grows, or a day when a backlog is typed in, raises all classes; that is no cluster of one.
    """
    total, expected = counts.sum(axis=1), mean.sum(axis=1)
    others, foreseen = total.sum() - total, expected.sum() - expected
    raised: Floats = np.maximum((_BUSY_MASS + others) / (_BUSY_MASS + foreseen), 1.0)
    return raised
